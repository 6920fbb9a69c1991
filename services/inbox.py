"""The events of one partition of a topic of ours that were read and not yet dealt with."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec
import structlog

from contracts.errors import LogBroken
from contracts.events import Event, decode_event
from contracts.records import LogRecord

Item = TypeVar("Item")

_log = structlog.get_logger(__name__)


class Inbox(Generic[Item]):
    """One owned partition.

    Args:
        partition: Its number, for messages.
        next_offset: First record to read.
        keep: What to keep of an event; None for events that do not matter here.
    """

    def __init__(self, partition: int, next_offset: int, keep: Callable[[Event], Item | None]) -> None:
        self.next_offset = next_offset
        self.waiting: list[Item] = []
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
            self.next_offset += 1
            self._read(record)
        return len(fresh)

    def take(self) -> list[Item]:
        """Return what waits, which is then dealt with."""
        taken, self.waiting = self.waiting, []
        return taken

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
