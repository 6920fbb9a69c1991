"""A console with real evidence: records replayed by the fold, signals made by the judgement, in a real PostgreSQL."""

import asyncio
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import numpy as np
import psycopg
import pytest
import uvicorn
from playwright.sync_api import sync_playwright
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from contracts.plan_reader import read_plan
from infra.postgres.address import sqlalchemy_url
from infra.postgres.looks import save_looks
from infra.postgres.plans import mark_accepted, store_plan
from infra.postgres.signals import load_signals, rows_to_judge, store_verdicts
from infra.postgres.tallies import Outcome, add_outcomes
from infra.settings import load_settings
from pipelines.judgement import Closing, judge
from pipelines.replay import replay
from services.console.app import build

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TRIAL = Path(__file__).parent / "trial.yaml"
RESUME = Path(__file__).parents[3] / "examples" / "resume"
_MONTHS = [f"{2017 + (9 + month) // 12}-{(9 + month) % 12 + 1:02}" for month in range(14)]
_BEFORE = [f"{2016 + (9 + month) // 12}-{(9 + month) % 12 + 1:02}" for month in range(12)]
_HERE = {"GM0014": 0.4, "GM0344": 0.4, "GM0855": 0.2}
_OUTSIDE = dict.fromkeys(("GM0141", "GM0200", "GM0363", "GM0599", "GM0518"), 0.2)
_GROUPS = {"single_parent": 0.3, "low_education": 0.4, "under_27": 0.004, "health": 0.2}


def trial_records(months=_MONTHS, people=330):
    """Yield a trial in which single parents with an exemption work less, while everyone comes to trust more.

    Arrears go up with an exemption, wages with guidance; and in one area outside it, fewer work since it began.
    """
    rng = np.random.default_rng(20171001)
    for month in _BEFORE:
        yield from _month(rng, month, 120, arms=["none"], regions=_OUTSIDE)
    for month in months:
        yield from _month(rng, month, people, arms=["control", "exemption", "guidance"], regions=_HERE)
        yield from _month(rng, month, 120, arms=["none"], regions=_OUTSIDE)


def _month(rng, month, people, *, arms, regions):
    """Yield what is measured of some people in a month."""
    for _ in range(people):
        arm, region = str(rng.choice(arms)), str(rng.choice(list(regions), p=list(regions.values())))
        groups = [group for group, share in _GROUPS.items() if rng.random() < share]
        harmed = "single_parent" in groups and arm == "exemption"
        fewer_work = region == "GM0141" and month >= _MONTHS[0]
        shares = {
            "part_time_work": 0.27 + 0.09 * (arm == "exemption") - 0.27 * harmed - 0.16 * fewer_work,
            "arrears": 0.30 + 0.09 * (arm == "exemption") + 0.10 * harmed,
            "trust": 0.50 + 0.13 * (arm in {"exemption", "guidance"}),
        }
        values = {indicator: int(rng.random() < share) for indicator, share in shares.items()}
        values["wage"] = round(float(np.clip(rng.normal(14 + (arm == "guidance"), 4), 1, 60)), 2)
        unit = rng.bytes(12).hex()
        for indicator, value in values.items():
            yield msgspec.json.encode(
                {
                    "observation_id": str(UUID(bytes=rng.bytes(16), version=4)),
                    "policy": "trust-trial",
                    "indicator": indicator,
                    "unit": unit,
                    "arm": arm,
                    "region": region,
                    "groups": groups,
                    "period": month,
                    "value": value,
                    "observed_at": month + "-28T12:00:00+01:00",
                }
            )


def resume_records():
    """The records of the resume audit."""
    return (RESUME / "observations.ndjson").read_bytes().splitlines()


async def seed(engine, plan_text, values):
    """Store a plan and all that its records say, as the services would have."""
    plan = read_plan(plan_text)
    found = replay(plan, values)
    async with engine.begin() as connection:
        await store_plan(connection, plan, plan_text)
        await mark_accepted(connection, plan.sha256, offset=0)
        tally = found.tally
        outcome = Outcome(tally.received, tally.counted, tally.duplicate, tally.quarantined)
        if tally.received:
            await add_outcomes(connection, 0, {(plan.id, "supplier"): outcome})
        closed = [
            msgspec.structs.replace(
                each, closed_at_ms=int((NOW - timedelta(hours=len(found.closings) - place)).timestamp() * 1000)
            )
            for place, each in enumerate(found.closings)
        ]
        await save_looks(connection, closed)
        for look in closed:
            await _judge(connection, plan, look)
    return plan


async def _judge(connection, plan, look):
    at = datetime.fromtimestamp(look.closed_at_ms / 1000, UTC)
    known = await load_signals(connection, plan.id)
    rows = await rows_to_judge(connection, plan.id, look.closing, known.values())
    closing = Closing(plan.id, look.closing, look.indicator, look.look_index)
    verdicts = judge(closing, rows, list(known.values()), plan=plan, now=at)
    await store_verdicts(connection, verdicts, numbers=known, owner=plan.owner, now=at)


def run_seed(dsn, plan_text, values):
    """Seed from a test, in a thread: the browser's library has an event loop of its own in this one."""

    async def seeded():
        engine = create_async_engine(sqlalchemy_url(dsn), poolclass=NullPool)
        try:
            return await seed(engine, plan_text, values)
        finally:
            await engine.dispose()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(seeded())).result()


class Console:
    """A console that answers on a port of its own, in a thread."""

    def __init__(self, dsn, *, now=NOW):
        self._dsn, self._now = dsn, now
        self._server = None
        self.url = ""

    def __enter__(self):
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while self._server is None or not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                pytest.fail("the console did not start")
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def _run(self):
        engine = create_async_engine(sqlalchemy_url(self._dsn), pool_size=5)
        app = build(engine, load_settings(), clock=lambda: self._now)
        config = uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        asyncio.run(self._serve(engine))

    async def _serve(self, engine):
        try:
            await self._server.serve()
        finally:
            await engine.dispose()

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join(timeout=10)


@pytest.fixture
def open_console():
    """Function that starts a console on a database; it ends with the test."""
    with ExitStack() as running:
        yield lambda dsn: running.enter_context(Console(dsn))


@pytest.fixture(scope="module")
def seeded_console(module_database):
    """A console with two policies: the resume audit, and a trial with open signals."""
    run_seed(module_database.dsn, (RESUME / "plan.yaml").read_text(), resume_records())
    run_seed(module_database.dsn, TRIAL.read_text(), trial_records())
    with Console(module_database.dsn) as console:
        yield console


@pytest.fixture
def empty_console(database, open_console):
    """A console without any plan."""
    return open_console(database.dsn)


@pytest.fixture
def planned_console(database, open_console):
    """A console with a plan and no observations."""
    run_seed(database.dsn, TRIAL.read_text(), [])
    return open_console(database.dsn)


@pytest.fixture
def demonstration(database, open_console):
    """A console whose installation is a demonstration."""
    run_seed(database.dsn, TRIAL.read_text(), [])
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO leerlus.installation VALUES ('demonstration', 'yes')")
    return open_console(database.dsn)


class Live:
    """A console whose evidence grows while one looks."""

    def __init__(self, dsn, url):
        self._dsn = dsn
        self.url = url

    def close_looks(self, looks):
        """Store everything up to this look of every indicator."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            for table in ("look", "evidence", "signal", "signal_event", "tally"):
                connection.execute(f"DELETE FROM leerlus.{table}")
        run_seed(self._dsn, TRIAL.read_text(), trial_records(_MONTHS[:looks]))

    def touch(self):
        """Change the board as one more look would."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO leerlus.look VALUES "
                "('trust-trial', 1, 1, '', 'trust', '2017-10', 1, 5, 0, 4, now(), now())"
            )


@pytest.fixture
def live_console(database, open_console):
    """A console with a plan, to which looks are added."""
    run_seed(database.dsn, TRIAL.read_text(), [])
    return Live(database.dsn, open_console(database.dsn).url)


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium; for these tests only, since its library keeps an event loop running."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Function that opens a page and returns it; whatever the browser's console says is in `page.complaints`."""
    contexts = []

    def opened(url, *, width=1440, scheme="light", **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        assert page.goto(url).status < 500
        return page

    yield opened
    for context in contexts:
        context.close()
