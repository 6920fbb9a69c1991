"""Everything of ours that Faust's transport calls: three small changes through its public extension points.

Registered as the transport `checkpointed` (entry point `faust.transports`).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from contracts.errors import LogBroken
from contracts.records import LogRecord

if TYPE_CHECKING:
    from aiokafka.structs import ConsumerRecord

_POLL_S = 0.02

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"


def log_record(record: Record) -> LogRecord:
    """Return a record as the rest of us knows it; what is missing in it is empty."""
    headers = tuple((name, value or b"") for name, value in record.headers) if record.headers else ()
    return LogRecord(record.offset, record.timestamp, record.key, record.value or b"", headers)


class Chunks:
    """The setting `ConsumerScheduler`: a fetched run of a partition's records is handed over as one event.

    The event stands at the place of the run's last record, and its value is the run.
    """

    def iterate(self, records: Mapping[TP, Sequence[Record]]) -> Iterator[tuple[TP, Any]]:
        """Yield one event for each partition."""
        return ((partition, replace(run[-1], value=run)) for partition, run in records.items() if run)


class Consumer(driver.Consumer):  # type: ignore[misc]  # Faust has no types
    """A consumer whose positions come from PostgreSQL, and which never goes elsewhere on its own."""

    mundane_level = "debug"

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go to the positions that the app knows; Faust calls this after every rebalance, before it fetches."""
        kafka = await super().seek_to_committed()
        assigned = self.assignment()
        ours = {place: offset for place, offset in self.app.positions().items() if place in assigned}
        if ours:
            await self.seek_wait(ours)
        return {**kafka, **ours}

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109  (Faust's signature)
        """Yield fetched events.

        Between an assignment and `seek_to_committed` there is no position, which the driver may find out; then nothing
        is fetched yet.

        Raises:
            LogBroken: If the log holds no record at our position, as after it was cut back or made anew.
        """
        try:
            async for event in super().getmany(timeout):
                yield event
        except NoOffsetForPartitionError:
            await asyncio.sleep(_POLL_S)
        except OffsetOutOfRangeError as error:
            raise LogBroken(
                f"the log does not continue where we are reading ({error}): it was cut back, or the topic was made anew"
            ) from error


class Transport(driver.Transport):  # type: ignore[misc]
    """Faust's transport with our consumer."""

    Consumer = Consumer
