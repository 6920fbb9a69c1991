"""Whether the inspector slows the evaluator: the same log, with and without it, in turns.

The evaluator has a core to itself; Kafka, PostgreSQL, the inspector and its validating process share the others. So
what is measured is what a second process of the same machine takes from the first: caches, memory, and the answers of
the servers that both ask.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import psutil
import psycopg

from benchmarks.goals import Goal, judge
from benchmarks.made_plans import Size, made_plan, made_records
from benchmarks.provenance import provenance, save
from contracts.events import OBSERVATIONS
from contracts.log import Message
from contracts.plan import Plan
from infra.embedded.kafka import Kafka
from infra.embedded.postgres import Postgres
from infra.embedded.progress import silent
from infra.embedded.roles import BOOTSTRAP, OWNER, SERVICE, create_database
from infra.embedded.server import stop, wait_until_ready
from infra.embedded.state import StateDirectory
from infra.kafka.admin import ensure_topics
from infra.kafka.sender import Sender
from infra.postgres.engine import migrate, open_engine
from infra.postgres.plans import store_plan
from infra.settings import load_settings

ROOT = Path(__file__).parents[1]
SIZE = Size(regions=12, groups=4, arms=2)
MOST_SLOWER = 0.05
_TEMPLATE = "template_of_rounds"
_WARM_BATCHES = 2
_POLL_S = 0.02
_SENT_AT_ONCE = 5_000
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Measured:
    """How the evaluator did in one round.

    Attributes:
        with_inspector: Whether the inspector ran beside it.
        seconds: From its first checkpoint to its last.
        cpu_seconds: What it took of its core.
        records: Records in that time.
        inspected: Records that the inspector checked in that time.
    """

    with_inspector: bool
    seconds: float
    cpu_seconds: float
    records: int
    inspected: int

    @property
    def per_second(self) -> float:
        """Records per second."""
        return self.records / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Records per second of the evaluator's processor time."""
        return self.records / self.cpu_seconds


class Cores(NamedTuple):
    """Cores of the evaluator, and of everything else."""

    evaluator: list[int]
    others: list[int]


class Bench:
    """Servers with a log full of records, and a database for each round."""

    def __init__(self, kafka: Kafka, postgres: Postgres, folder: Path, cores: Cores) -> None:
        self._kafka, self._postgres, self._folder, self._cores = kafka, postgres, folder, cores

    def fill(self, n: int) -> None:
        """Write the records, and a database that knows their plan."""
        plan = made_plan(SIZE)
        with psycopg.connect(self._postgres.dsn(BOOTSTRAP, database="postgres"), autocommit=True) as connection:
            create_database(connection, _TEMPLATE)
        migrate(self._postgres.dsn(OWNER, database=_TEMPLATE))
        asyncio.run(self._store(plan))
        registration = f'{{"plan_registered": {{"id": "{plan.id}", "version": 1, "sha256": "{plan.sha256}"}}}}'
        records = made_records(SIZE, n, one_month=False, rng=np.random.default_rng(1))
        asyncio.run(self._send(plan.id, [registration.encode(), *records]))

    async def _store(self, plan: Plan) -> None:
        engine = open_engine(self._postgres.dsn(SERVICE, database=_TEMPLATE))
        async with engine.begin() as connection:
            await store_plan(connection, plan, "made by a benchmark")
        await engine.dispose()

    async def _send(self, policy: str, values: Sequence[bytes]) -> None:
        async with Sender(self._kafka.address, client="benchmark") as sender:
            for start in range(0, len(values), _SENT_AT_ONCE):
                piece = values[start : start + _SENT_AT_ONCE]
                await sender.deliver(Message(OBSERVATIONS, None, policy.encode(), (), value) for value in piece)

    def measure(self, n: int, *, with_inspector: bool) -> Measured:
        """Return how the evaluator does on an empty database."""
        name = f"round_{next(_numbers)}"
        with psycopg.connect(self._postgres.dsn(BOOTSTRAP, database="postgres"), autocommit=True) as connection:
            create_database(connection, name, template=_TEMPLATE)
        dsn = self._postgres.dsn(SERVICE, database=name)
        with psycopg.connect(dsn, autocommit=True) as store:
            if not with_inspector:
                return self._measure(store, dsn, n)
            with self._running("inspector", dsn, self._cores.others):
                _wait(lambda: _count(store, "SELECT count(*) FROM leerlus.quality_batch") >= _WARM_BATCHES)
                return self._measure(store, dsn, n, with_inspector=True)

    def _measure(
        self, store: psycopg.Connection[tuple[object, ...]], dsn: str, n: int, *, with_inspector: bool = False
    ) -> Measured:
        with self._running("evaluator", dsn, self._cores.evaluator) as evaluator:
            _wait(lambda: _done(store, "leerlus-evaluator") > 0)
            began, first, cpu = time.perf_counter(), _done(store, "leerlus-evaluator"), _cpu(evaluator)
            seen = _done(store, "leerlus-inspector")
            _wait(lambda: _done(store, "leerlus-evaluator") > n)
            seconds, taken = time.perf_counter() - began, _cpu(evaluator) - cpu
            inspected = _done(store, "leerlus-inspector") - seen
        return Measured(with_inspector, seconds, taken, n + 1 - first, inspected)

    @contextmanager
    def _running(self, service: str, dsn: str, cores: Sequence[int]) -> Iterator[psutil.Process]:
        """Run a service on some cores, and kill it afterwards."""
        variables = {
            "LEERLUS_STATE_DIR": str(self._folder / "services"),
            "LEERLUS_KAFKA__BOOTSTRAP": self._kafka.address,
            "LEERLUS_POSTGRES__DSN": dsn,
            f"LEERLUS_HEALTH__{service.upper()}": str(_free_port()),
        }
        with (self._folder / f"{service}.log").open("ab") as log:
            command = [sys.executable, "-W", "ignore", "-m", "services", "run", service]
            started = subprocess.Popen(command, env={**os.environ, **variables}, cwd=ROOT, stdout=log, stderr=log)
        process = psutil.Process(started.pid)
        process.cpu_affinity(list(cores))
        try:
            yield process
        finally:
            started.send_signal(signal.SIGKILL)
            started.wait()


def _wait(condition: Callable[[], bool], *, timeout_s: float = 300.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing came of it within {timeout_s:.0f} s")
        time.sleep(_POLL_S)


def _count(store: psycopg.Connection[tuple[object, ...]], query: str, *parameters: object) -> int:
    row = store.execute(query, parameters).fetchone()
    return int(str(row[0])) if row is not None else 0


def _done(store: psycopg.Connection[tuple[object, ...]], consumer: str) -> int:
    query = "SELECT coalesce(sum(next_offset), 0)::bigint FROM leerlus.position WHERE consumer = %s"
    return _count(store, query, consumer)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def servers(cores: Cores) -> Iterator[Bench]:
    """Kafka and PostgreSQL with nothing in them, on the cores that the evaluator has not."""
    parent = Path(tempfile.mkdtemp(prefix="leerlus-bench-"))
    parent.chmod(0o711)
    state = StateDirectory.open(parent / "state")
    kafka, postgres = Kafka(state, cache_dir=load_settings().cache_dir), Postgres(state)
    os.sched_setaffinity(0, cores.others)  # what is started from here on stays on these cores
    try:
        for server in (kafka, postgres):
            server.start(silent)
        wait_until_ready((kafka, postgres), silent, timeout_s=120)
        ensure_topics(kafka.address)
        yield Bench(kafka, postgres, parent, cores)
    finally:
        for server in (postgres, kafka):
            stop(server)
        shutil.rmtree(parent)


def main() -> int:
    """Measure, print, save; 1 where the goal is not reached."""
    options = _options()
    every = sorted(os.sched_getaffinity(0))
    if len(every) < 2:  # noqa: PLR2004
        print("this needs two cores: one for the evaluator, one for everything else", file=sys.stderr)
        return 2
    with servers(Cores(every[:1], every[1:])) as bench:
        print(f"writing {options.records:,} records", flush=True)
        bench.fill(options.records)
        rounds = []
        for number in range(options.rounds):
            for beside in (False, True) if number % 2 == 0 else (True, False):
                rounds.append(bench.measure(options.records, with_inspector=beside))
                print(_line(rounds[-1]), flush=True)
    slower = {name: _slower(rounds, name) for name in ("per_second", "per_cpu_second")}
    print(provenance())
    save("inspector", {"slower": slower, "rounds": [asdict(each) for each in rounds]})
    return judge(
        [
            Goal("the evaluator is slower beside the inspector by (clock)", slower["per_second"], MOST_SLOWER),
            Goal("and by (its own processor time)", slower["per_cpu_second"], MOST_SLOWER),
        ]
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=400_000, help="records in the log")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each kind")
    return parser.parse_args()


def _line(each: Measured) -> str:
    beside = (
        f"beside the inspector, which checks {each.inspected / each.seconds:,.0f}/s" if each.with_inspector else "alone"
    )
    return f"{each.per_second:>10,.0f} records/s, {each.per_cpu_second:>10,.0f} per second of its processor, {beside}"


def _slower(rounds: Sequence[Measured], name: str) -> float:
    """Return by which part the median round beside the inspector is slower than the median round alone."""
    alone, beside = (
        median(getattr(each, name) for each in rounds if each.with_inspector is with_it) for with_it in (False, True)
    )
    return 1.0 - beside / alone


if __name__ == "__main__":
    sys.exit(main())
