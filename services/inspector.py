"""The inspector: observations in, data quality out, beside the evaluator and never in its way.

A micro-batch is full at so many records, or when its first record has waited so long; then Great Expectations checks it
in a process of its own. Its results, the pauses it begins or ends, the state that goes on, the event and the position
are one transaction: a restart checks nothing twice and loses nothing.
"""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.errors import Unavailable
from contracts.events import OBSERVATIONS
from contracts.expectations import Check, Frame
from contracts.log import Message
from contracts.records import LogRecord
from infra.expectations import Validated, Worker
from infra.kafka.home import home_partition
from infra.kafka.stream import Stream
from infra.postgres.engine import connected, open_engine
from infra.postgres.installation import ledger_key
from infra.postgres.outbox import put_all
from infra.postgres.plans import find_plans, load_plans
from infra.postgres.quality import load_states, save_states
from infra.settings import Settings
from pipelines.fold import plans_named
from pipelines.quality import conclude, examine
from pipelines.quality_gathering import Gathering
from pipelines.quality_rows import Lot
from pipelines.quality_state import PolicyState
from pipelines.seals import REPLAYS, Seals
from services.freshness import Freshness
from services.inspected import Inspected, save_inspected
from services.inspecting import Batch, Inspection
from services.streaming import run_service

if TYPE_CHECKING:
    from contracts.plan import Plan

_POLL_S = 0.05
_MOST_TRIES = 3
_NICENESS = 10

_log = structlog.get_logger(__name__)


class Inspector:
    """Observations in, data quality out.

    Args:
        engine: The store, for plans that are registered while it runs.
        worker: The process that validates.
        settings: Size of a micro-batch, among others.
        clock: The present, aware.
    """

    consumer = "leerlus-inspector"
    topic = OBSERVATIONS

    def __init__(self, engine: AsyncEngine, worker: Worker, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._engine, self._worker, self._clock = engine, worker, clock
        self._limits = settings.inspector
        self._plans: dict[str, Plan] = {}
        self._tasks: dict[int, Inspection] = {}

    async def load(
        self, connection: AsyncConnection, positions: Mapping[int, int], n_partitions: int
    ) -> Mapping[int, Inspection]:
        """Return each claimed partition as it was stored."""
        self._plans.update(await load_plans(connection))
        stored = await load_states(connection, positions.keys())
        self._replays = Seals(await ledger_key(connection), purpose=REPLAYS)
        self._tasks = {
            index: Inspection(index, self._gathering(index, offset, stored[index], n_partitions), time.monotonic)
            for index, offset in positions.items()
        }
        return self._tasks

    def _gathering(self, index: int, offset: int, stored: Mapping[str, bytes], n_partitions: int) -> Gathering:
        states = {policy: PolicyState.decoded(data) for policy, data in stored.items()}
        home = partial(home_partition, n_partitions=n_partitions)
        return Gathering(offset, states, self._plans, lambda policy: home(policy) == index, self._replays)

    async def prepare(self, records: Sequence[LogRecord]) -> None:
        """Wait for room, and fetch the plans that registrations among the records name.

        Raises:
            Unavailable: If the store does not answer.
        """
        while any(self._is_full(task) for task in self._tasks.values()):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)
        missing = plans_named(records) - self._plans.keys()
        if missing:
            async with connected(self._engine) as connection:
                self._plans.update(await find_plans(connection, missing))

    def _is_full(self, task: Inspection) -> bool:
        return task.gathering.n_waiting >= self._limits.records

    async def effects(self, tasks: Mapping[int, Inspection]) -> None:
        """Nothing happens outside PostgreSQL."""

    async def save(self, connection: AsyncConnection, tasks: Mapping[int, Inspection]) -> None:
        """Store what came of the micro-batches that were checked."""
        messages: dict[str, list[Message]] = defaultdict(list)
        for index, task in sorted(tasks.items()):
            if task.batch is not None:
                await self._save(connection, index, task, task.batch, messages)
                task.done()
        await put_all(connection, messages)

    async def _save(
        self,
        connection: AsyncConnection,
        index: int,
        task: Inspection,
        batch: Batch,
        messages: dict[str, list[Message]],
    ) -> None:
        inspected = batch.inspected or ()
        for each in inspected:
            messages[each.policy] += await save_inspected(connection, index, each, now=self._clock())
        changed = batch.registered | {each.policy for each in inspected}
        states = {policy: task.gathering.states[policy].encoded() for policy in changed}
        await save_states(connection, index, states)

    # Beside the stream

    async def watch(self, _: Stream[Inspection]) -> None:
        """Check micro-batches as they become due, for as long as the event loop runs."""
        while True:
            await asyncio.sleep(_POLL_S)
            for task in tuple(self._tasks.values()):
                batch = task.cut_when_due(n_records=self._limits.records, seconds=self._limits.seconds)
                if batch is not None:
                    await self._inspect(task, batch)

    async def _inspect(self, task: Inspection, batch: Batch) -> None:
        began = time.perf_counter()
        found = [await self._inspected(lot, task.gathering.states[lot.plan.id]) for lot in batch.lots]
        batch.inspected = tuple(found)
        _log.info(
            "batch_checked",
            partition=task.partition,
            end=batch.end,
            policies=len({each.policy for each in found}),
            failed=sum(each.count("failed") for each in found),
            set_apart=sum(lot.n_apart for lot in batch.lots),
            could_not_run=sum(each.count("could_not_run") for each in found),
            seconds=round(time.perf_counter() - began, 3),
        )

    async def _inspected(self, lot: Lot, state: PolicyState) -> Inspected:
        examination = examine(lot, state, now_ms=int(self._clock().timestamp() * 1000))
        validated = await self._validated(examination.frames)
        checks = [check for each in validated for check in each.checks]
        return Inspected(examination, validated, conclude(examination, checks, state))

    async def _validated(self, frames: Sequence[Frame]) -> tuple[Validated, ...]:
        """Return what became of the frames; a worker that keeps failing is a reason of its own, not a halt."""
        problem = ""
        for _ in range(_MOST_TRIES):
            try:
                return await self._worker.validate(frames)
            except Unavailable as error:
                problem = str(error)
                _log.warning("batch_not_validated", problem=problem)
        return tuple(Validated(frame.name, tuple(_not_run(frame, problem)), {}) for frame in frames)


def _not_run(frame: Frame, problem: str) -> Iterator[Check]:
    for each in frame.expectations:
        meta = msgspec.convert(each["meta"], dict[str, object])
        yield Check(str(meta["rule"]), str(meta["part"]), (), problem)


def run(settings: Settings) -> None:
    """Run the inspector until SIGTERM or SIGINT; the process ends here.

    It and the process that validates give way to whatever else wants the processor: it may be late, others may not.
    """
    os.nice(_NICENESS)
    engine = open_engine(settings.need_postgres())
    worker = Worker()

    async def watch_silence(stream: Stream[Inspection]) -> None:
        async def idle() -> Mapping[int, Gathering]:
            return {index: task.gathering for index, task in (await stream.caught_up()).items() if task.is_idle}

        await Freshness(engine, worker, idle, _now).watch()

    work = Inspector(engine, worker, settings, _now)
    beside = [work.watch, watch_silence]
    run_service(work, settings=settings, port=settings.health.inspector, engine=engine, beside=beside)


def _now() -> datetime:
    return datetime.now(UTC)
