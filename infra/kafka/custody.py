"""The partitions that this process owns: claimed, applied in memory, stored at checkpoints, given back.

Nothing here knows Faust. What is stored is safe whatever Faust and Kafka do, because a checkpoint moves a position
only from where this owner left it, in the transaction that holds everything the records led to.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Generic, NoReturn

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.errors import Fenced, InfrastructureError, LogBroken
from contracts.events import OBSERVATIONS
from contracts.log import TopicFacts
from contracts.records import LogRecord
from infra import metrics
from infra.kafka.watch import TopicWatch
from infra.kafka.work import AnyTask, Work
from infra.postgres.engine import connected
from infra.postgres.positions import Move, Position, Positions

SLICE = 512
"""Records applied without a pause: in between, a rebalance or a checkpoint may come."""

HOLD_AT = 400_000
"""Records that may wait for a checkpoint; then the stream is held."""

Bounds = Callable[[Collection[int]], Awaitable[Mapping[int, tuple[int, int]]]]
"""Tells first and next offset of the log of each partition."""

_HOLD_POLL_S = 0.01
_RETRY_S = 0.5
_NOTE_TIMEOUT_S = 3.0

_log = structlog.get_logger("stream")


@dataclass(slots=True)
class _Held(Generic[AnyTask]):
    """An owned partition; `stored` is the offset that PostgreSQL holds."""

    position: Position
    task: AnyTask
    stored: int

    def slice_size(self) -> int:
        """Return how many records to apply at once: single ones where an earlier owner failed, to name the one."""
        failed = self.position.failed_offset
        return 1 if failed is not None and self.task.next_offset <= failed else SLICE


class Custody(Generic[AnyTask]):
    """The owned partitions of one service.

    Args:
        work: The service.
        engine: The store.
        watch: Tells which topic it is.
        owner: Names this process in the table of positions.
    """

    def __init__(self, work: Work[AnyTask], engine: AsyncEngine, watch: TopicWatch, *, owner: str) -> None:
        self._work = work
        self._engine = engine
        self._watch = watch
        self._owner = owner
        self._lock = asyncio.Lock()
        self._held: dict[int, _Held[AnyTask]] = {}
        self._topic: TopicFacts | None = None
        self._n_waiting = 0

    def positions(self) -> Mapping[int, int]:
        """Return the next offset to read of every owned partition."""
        return {partition: held.task.next_offset for partition, held in self._held.items()}

    async def caught_up(self) -> Mapping[int, AnyTask]:
        """Return the task, read only, of each owned partition of which the whole log is stored: nothing waits there.

        Raises:
            LogBroken: If the topic was made anew.
            Unavailable: If Kafka does not tell where the log ends.
        """
        if not self._held or self._topic is None:
            return {}
        await self._watch.confirm(self._topic)
        ends = await self._watch.ends(self._topic, sorted(self._held))
        held = self._held.items()  # as it is now: partitions may have come or gone meanwhile
        return {each: owned.task for each, owned in held if each in ends and owned.stored >= ends[each]}

    # Claim and release

    async def claim(self, partitions: Collection[int], bounds: Bounds) -> None:
        """Take over the partitions, and load them; what was held before is forgotten.

        Raises:
            LogBroken: If the log does not continue where the stored state ends.
            Unavailable: If a server does not answer.
        """
        async with self._lock:
            self._held, self._n_waiting = {}, 0
            if not partitions:
                return
            self._topic = await self._watch.facts()
            held = await self._load(partitions, self._topic)
            for partition, (first, end) in (await bounds(partitions)).items():
                self._refuse_outside(partition, held[partition].stored, first=first, end=end)
            self._held = held

    async def _load(self, partitions: Collection[int], topic: TopicFacts) -> dict[int, _Held[AnyTask]]:
        async with connected(self._engine) as connection, connection.begin():
            claimed = await self._positions_in(topic).claim(connection, partitions)
            offsets = {partition: position.next_offset for partition, position in claimed.items()}
            tasks = await self._work.load(connection, offsets, topic.partitions)
        return {each.partition: _Held(each, tasks[each.partition], each.next_offset) for each in claimed.values()}

    def _positions_in(self, topic: TopicFacts) -> Positions:
        return Positions(self._work.consumer, topic, owner=self._owner)

    def _refuse_outside(self, partition: int, stored: int, *, first: int, end: int) -> None:
        if not first <= stored <= end:
            raise LogBroken(
                f"partition {partition} of {self._work.topic} holds offsets {first} to {end} now, and "
                f"{self._work.consumer} must go on at {stored}: records are gone that were not dealt with, or the log "
                "was cut back; bring the log back, or begin with an empty database"
            )

    async def release(self) -> None:
        """Store what can be stored now, and hold nothing any more."""
        await self.checkpoint()
        async with self._lock:
            self._held, self._n_waiting = {}, 0

    # Records

    async def take(self, partition: int, records: Sequence[LogRecord], is_current: Callable[[], bool]) -> None:
        """Apply a fetched run of records, slice by slice.

        Args:
            partition: Where they lie.
            records: In their order, without gaps.
            is_current: Whether they are still this process's to apply; asked after every pause.

        Raises:
            LogBroken: If records are missing, or lie beyond what is to be read next.
            InfrastructureError: If the task fails about them.
        """
        self._refuse_holes(partition, records)
        start = 0
        while start < len(records) and (held := self._held.get(partition)) is not None:
            piece = records[start : start + held.slice_size()]
            if not await self._is_prepared(piece, is_current):
                return
            async with self._lock:
                if self._held.get(partition) is not held or not is_current():
                    return
                await self._apply(held, piece)
            start += len(piece)
            await asyncio.sleep(0)

    def _refuse_holes(self, partition: int, records: Sequence[LogRecord]) -> None:
        first, last = records[0].offset, records[-1].offset
        if last - first + 1 != len(records):
            raise LogBroken(
                f"partition {partition} of {self._work.topic} gave {len(records)} records between the offsets {first} "
                f"and {last}: some are missing (compaction and transactions leave such holes)"
            )

    async def _is_prepared(self, records: Sequence[LogRecord], is_current: Callable[[], bool]) -> bool:
        """Wait for room and for what the work needs; False when the records are no longer ours."""
        while is_current():
            if self._n_waiting >= HOLD_AT:
                await asyncio.sleep(_HOLD_POLL_S)
                continue
            try:
                await self._work.prepare(records)
            except (Fenced, LogBroken):
                raise
            except InfrastructureError as error:
                _log.warning("records_wait", problem=str(error))
                await asyncio.sleep(_RETRY_S)
            else:
                return True
        return False

    async def _apply(self, held: _Held[AnyTask], records: Sequence[LogRecord]) -> None:
        try:
            self._n_waiting += held.task.apply(records)
        except LogBroken:
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, the process must end: state may be half changed)
            await self._fail(held.position, records, error)

    async def _fail(self, position: Position, records: Sequence[LogRecord], error: Exception) -> NoReturn:
        """Remember where it failed, so that the next owner goes on record by record, and raise."""
        first, last = records[0].offset, records[-1].offset
        where = f"offset {last}" if first == last else f"one of the offsets {first} to {last}"
        n_failures = await self._note_failure(position, last)
        raise InfrastructureError(
            f"{self._work.consumer} cannot apply {where} in partition {position.partition} of {self._work.topic} "
            f"(failure {n_failures} in a row): {type(error).__name__}: {error}{self._way_out(position.partition, last)}"
        ) from error

    def _way_out(self, partition: int, offset: int) -> str:
        """Return how a record of people's senders can be set aside; events of our own are never skipped."""
        command = f"leerlus quarantine set-aside {partition} {offset}"
        return f"; to go on without this record: `{command}`" if self._work.topic == OBSERVATIONS else ""

    async def _note_failure(self, position: Position, offset: int) -> int:
        if self._topic is None:
            return 0
        positions = self._positions_in(self._topic)
        try:
            async with asyncio.timeout(_NOTE_TIMEOUT_S), self._engine.begin() as connection:
                return await positions.note_failure(connection, position, offset=offset)
        except (SQLAlchemyError, OSError, TimeoutError):
            return 0

    # Checkpoints

    async def checkpoint(self) -> bool:
        """Store everything since the last time: all of it or nothing.

        Returns:
            Whether nothing is left to store; False where a server does not answer yet, and then nothing was begun.

        Raises:
            Fenced: If another process owns a partition now.
            LogBroken: If the topic was made anew.
            Exception: Whatever else; the outcome is then unknown and the process must end.
        """
        async with self._lock, AsyncExitStack() as stack:
            moved = {each: held for each, held in self._held.items() if held.task.next_offset != held.stored}
            if not moved or self._topic is None:
                return True
            try:
                await self._watch.confirm(self._topic)
                await self._work.effects({partition: held.task for partition, held in moved.items()})
                connection = await stack.enter_async_context(connected(self._engine))
            except (Fenced, LogBroken):
                raise
            except InfrastructureError as error:
                _log.warning("checkpoint_postponed", consumer=self._work.consumer, problem=str(error))
                return False
            await self._store(connection, moved, self._topic)
            return True

    async def _store(self, connection: AsyncConnection, moved: Mapping[int, _Held[AnyTask]], topic: TopicFacts) -> None:
        started = time.perf_counter()
        moves = [_move_of(held) for _, held in sorted(moved.items())]
        async with connection.begin():
            await self._positions_in(topic).move(connection, moves)
            await self._work.save(connection, {partition: held.task for partition, held in moved.items()})
        for move in moves:
            moved[move.partition].stored = move.next_offset
        metrics.RECORDS.labels(self._work.consumer).inc(self._n_waiting)
        metrics.CHECKPOINT_SECONDS.labels(self._work.consumer).observe(time.perf_counter() - started)
        self._n_waiting = 0


def _move_of(held: _Held[AnyTask]) -> Move:
    return Move(held.position.partition, held.position.owner_epoch, held.stored, held.task.next_offset)
