"""Reads records whose header names are not UTF-8, which the pinned aiokafka cannot.

Kafka takes any bytes as a header name. aiokafka's fast reader gives up on one that is not UTF-8, and with it on the
partition: a single record would stop a stream for good. Here such a batch is read again by aiokafka's own slow reader,
with what cannot be read as U+FFFD. `install` puts this in the place of one name in one module of aiokafka; a test holds
it to the version that is pinned.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_HEAD = Struct(">qi")  # base offset, and the length of what follows


def install() -> None:
    """Let every consumer of this process read such records."""
    fetcher.MemoryRecords = ForgivingRecords


class ForgivingRecords:
    """The batches of a fetched piece of a log, as aiokafka's fetcher asks for them.

    Args:
        data: The piece as the broker sent it.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._records = MemoryRecords(data)

    def size_in_bytes(self) -> int:
        """Return the size of the piece."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Return whether there is another whole batch."""
        return bool(self._records.has_next())

    def next_batch(self) -> "ForgivingBatch | None":
        """Return the next batch, None after the last."""
        batch = self._records.next_batch()
        return ForgivingBatch(batch, self._data) if batch is not None else None


class ForgivingBatch:
    """A batch that is read fast, and slowly once that fails."""

    def __init__(self, batch: Any, data: bytes) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> object:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        next_offset = self._batch.base_offset
        try:
            for record in self._batch:
                yield record
                next_offset = record.offset + 1
        except UnicodeDecodeError:
            yield from (record for record in self._slowly() if record.offset >= next_offset)

    def _slowly(self) -> Iterator[Any]:
        batch = _DefaultRecordBatchPy(self._bytes())
        batch._maybe_uncompress()  # noqa: SLF001  (between this and reading lies the only place to step in)
        batch._buffer = _Forgiving(batch._buffer)  # noqa: SLF001
        return iter(batch)

    def _bytes(self) -> bytes:
        """Return the batch as it was sent."""
        place, wanted = 0, self._batch.base_offset
        while True:
            base_offset, length = _HEAD.unpack_from(self._data, place)
            if base_offset == wanted:
                return self._data[place : place + _HEAD.size + length]
            place += _HEAD.size + length


class _Forgiving(bytearray):
    """Bytes of which every piece becomes text."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Forgiving(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, errors)
