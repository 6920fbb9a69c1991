"""The inspector as a process, on the shared servers, with micro-batches small enough for a test."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from contracts.events import OBSERVATIONS, decode_event
from contracts.log import Message
from contracts.plan_reader import read_plan
from infra.kafka.sender import Sender
from infra.postgres.engine import open_engine
from infra.postgres.outbox import next_waiting
from services.registering import register_plan

ROOT = Path(__file__).parents[3]
PLAN = (ROOT / "tests/data/signals/plan.yaml").read_text(encoding="utf-8")
_units = count(1)


def observation(policy, **fields):
    """An observation that fits the plan, of a unit of its own, unless told otherwise; None leaves a field out."""
    number = next(_units)
    record = {
        "observation_id": str(UUID(int=number)),
        "policy": policy,
        "indicator": "part_time_work",
        "unit": f"{number:016x}",
        "arm": ("control", "guidance")[number % 2],
        "region": ("GM0150", "GM0344")[number // 2 % 2],
        "groups": ["single_parent"] if number % 4 == 0 else [],
        "period": "2026-01",
        "value": number // 4 % 2,
        "observed_at": "2026-01-20T12:00:00+01:00",
        **fields,
    }
    return json.dumps({name: value for name, value in record.items() if value is not None}).encode()


def _environments():
    """The environment of every process that may be looked at."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            yield path.read_bytes()


class Bench:
    """The inspector as a process, and the log and database around it."""

    def __init__(self, bootstrap, dsn, folder, *, records=400, seconds=0.5):
        self.bootstrap, self.dsn, self.folder = bootstrap, dsn, folder
        self.records, self.seconds = records, seconds
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process = None

    def start(self):
        variables = {
            "LEERLUS_STATE_DIR": str(self.folder / "state"),
            "LEERLUS_KAFKA__BOOTSTRAP": self.bootstrap,
            "LEERLUS_POSTGRES__DSN": self.dsn,
            "LEERLUS_HEALTH__INSPECTOR": str(self.port),
            "LEERLUS_INSPECTOR__RECORDS": str(self.records),
            "LEERLUS_INSPECTOR__SECONDS": str(self.seconds),
        }
        with (self.folder / "inspector.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "services", "run", "inspector"],
                env={**os.environ, **variables},
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def is_ready(self):
        """Whether it says that it does its work."""
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False).status_code == 200
        return False

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def stop(self):
        self._process.terminate()
        return self._process.wait(20)

    def leaves_nobody_behind(self):
        """Whether the process that validates ends with the service; true within ten seconds or not at all."""
        own = f"LEERLUS_HEALTH__INSPECTOR={self.port}\0".encode()
        deadline = time.monotonic() + 10
        while any(own in environment for environment in _environments()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def says(self):
        return (self.folder / "inspector.log").read_text(encoding="utf-8")

    def register(self, policy):
        """Register the plan under this name; returns it."""
        text = PLAN.replace("id: guidance-trial", f"id: {policy}")
        plan = read_plan(text)
        asyncio.run(register_plan(plan, text, dsn=self.dsn, bootstrap=self.bootstrap))
        return plan

    def send(self, policy, values, *, headers=()):
        messages = [Message(OBSERVATIONS, None, policy.encode(), headers, value) for value in values]

        async def write():
            async with Sender(self.bootstrap, client="test") as sender:
                return [place.offset for place in await sender.deliver(messages)]

        return asyncio.run(write())

    def rows(self, query, *parameters):
        with psycopg.connect(self.dsn, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()

    def until(self, condition, *, timeout_s=60):
        deadline = time.monotonic() + timeout_s
        while not (found := condition()):
            assert time.monotonic() < deadline, self.says()[-3000:]
            assert self._process.poll() is None, self.says()[-3000:]
            time.sleep(0.1)
        return found

    def checked(self, policy):
        """Offsets of every micro-batch that was checked, in their order."""
        query = "SELECT first_offset, last_offset FROM leerlus.quality_batch WHERE policy = %s ORDER BY first_offset"
        return [(row["first_offset"], row["last_offset"]) for row in self.rows(query, policy)]

    def outcome(self, policy, rule, **cell):
        """Outcome of a rule in a cell; None where there is no result."""
        names = {"indicator": "all", "arm": "all", "region": "all", "group": "all"} | cell
        query = (
            "SELECT outcome FROM leerlus.quality_result WHERE policy = %s AND rule = %s "
            'AND indicator = %s AND arm = %s AND region = %s AND "group" = %s'
        )
        found = self.rows(query, policy, rule, *names.values())
        return found[0]["outcome"] if found else None

    def told(self, policy):
        """The events of a policy that wait in the outbox, in their order."""

        async def read():
            engine = open_engine(self.dsn)
            async with engine.connect() as connection:
                found = await next_waiting(connection, per_policy=1_000_000)
            await engine.dispose()
            return [each.message for each in found if each.policy == policy]

        return [decode_event(each.payload, each.headers) for each in asyncio.run(read())]


@pytest.fixture(scope="session")
def make():
    return observation


@pytest.fixture(scope="session")
def plan_text():
    return PLAN


@pytest.fixture(scope="module")
def inspector(kafka, module_database, tmp_path_factory):
    bench = Bench(kafka.address, module_database.dsn, tmp_path_factory.mktemp("inspector"))
    bench.start()
    yield bench
    assert bench.stop() == 0


@pytest.fixture
def leerlus(inspector):
    """Runs a command against the inspector's store."""

    def run(*arguments):
        variables = {"LEERLUS_STATE_DIR": str(inspector.folder / "state"), "LEERLUS_POSTGRES__DSN": inspector.dsn}
        command = [sys.executable, "-W", "ignore", "-m", "services", *arguments]
        return subprocess.run(
            command, env={**os.environ, **variables}, cwd=ROOT, capture_output=True, text=True, check=False, timeout=90
        )

    return run
