"""What the services that read events of ours share: an inbox for each partition they own."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import LogBroken
from contracts.events import Event, decode_event
from contracts.plan import Plan
from contracts.records import LogRecord
from infra.postgres.plans import load_plan

Item = TypeVar("Item")

MOST_WAITING = 128
"""Events that may wait; a look can have 500 rows, and all that wait are dealt with before the position moves."""

_POLL_S = 0.05

_log = structlog.get_logger(__name__)


class Inbox(Generic[Item]):
    """The events of one partition that were read and not yet dealt with.

    Args:
        partition: Its number, for messages.
        next_offset: First record to read.
        keep: What to keep of an event; None for events that do not matter here.
    """

    def __init__(self, partition: int, next_offset: int, keep: Callable[[Event], Item | None]) -> None:
        self.next_offset = next_offset
        self.waiting: deque[Item] = deque()
        self._partition = partition
        self._keep = keep

    def apply(self, records: Sequence[LogRecord]) -> int:
        """Read the records that start at `next_offset`; earlier ones are skipped. Returns the number read.

        Raises:
            LogBroken: If records are missing in between.
        """
        fresh = [record for record in records if record.offset >= self.next_offset]
        for record in fresh:
            if record.offset != self.next_offset:
                raise LogBroken(
                    f"partition {self._partition} goes on at {record.offset}, where {self.next_offset} was expected"
                )
            self._read(record)
            self.next_offset += 1
        return len(fresh)

    def done(self) -> None:
        """Drop the event that has waited longest: it is dealt with."""
        self.waiting.popleft()

    def _read(self, record: LogRecord) -> None:
        """Keep what matters; an event that is not ours to understand is named in the log and passed over."""
        try:
            event = decode_event(record.value, record.headers)
        except (msgspec.MsgspecError, ValueError) as error:
            _log.error("event_not_understood", partition=self._partition, offset=record.offset, problem=str(error))
            return
        item = self._keep(event)
        if item is not None:
            self.waiting.append(item)


class Reader(Generic[Item]):
    """What a streaming service of ours does unless it says otherwise: it reads, and nothing needs loading or storing.

    Args:
        keep: What to keep of an event; None for events that do not matter to the service.
    """

    def __init__(self, keep: Callable[[Event], Item | None]) -> None:
        self._keep = keep
        self._inboxes: Mapping[int, Inbox[Item]] = {}

    async def load(
        self,
        connection: AsyncConnection,  # noqa: ARG002  (the stream's protocol, here and below)
        positions: Mapping[int, int],
        n_partitions: int,  # noqa: ARG002
    ) -> Mapping[int, Inbox[Item]]:
        """Return an empty inbox for each partition."""
        self._inboxes = {partition: Inbox(partition, offset, self._keep) for partition, offset in positions.items()}
        return self._inboxes

    async def prepare(self, records: Sequence[LogRecord]) -> None:  # noqa: ARG002
        """Wait for room: while an outside server is down events must not fill the memory."""
        while sum(len(inbox.waiting) for inbox in self._inboxes.values()) >= MOST_WAITING:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)

    async def effects(self, tasks: Mapping[int, Inbox[Item]]) -> None:
        """Nothing happens outside PostgreSQL."""

    async def save(self, connection: AsyncConnection, tasks: Mapping[int, Inbox[Item]]) -> None:
        """Nothing but the position is stored."""


class KnownPlans:
    """Plans that were read once; a registered plan never changes."""

    def __init__(self) -> None:
        self._by_digest: dict[str, Plan] = {}

    async def get(self, connection: AsyncConnection, sha256: str) -> Plan:
        """Return the plan with this digest, from the store the first time.

        Raises:
            LogBroken: If it is not stored.
        """
        if sha256 not in self._by_digest:
            self._by_digest[sha256] = await load_plan(connection, sha256)
        return self._by_digest[sha256]
