"""The ledger in storage: entries appended at every checkpoint, and many small segments made one now and then.

A segment's number is the offset its checkpoint moved to, so numbers rise with the log. Segments of one kind are joined
by putting their bytes one after the other, oldest first.
"""

from dataclasses import dataclass

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.schema import ledger_segment

JOIN_AT = 256
"""Segments that may wait to be joined: loading stays quick, and each byte is written a few times at most."""

FULL_BYTES = 32 << 20
"""A segment of this size is left alone for good."""

_JOIN = text(
    "WITH gone AS (DELETE FROM leerlus.ledger_segment "
    "WHERE partition = :partition AND kind = :kind AND number > :after RETURNING number, data) "
    "INSERT INTO leerlus.ledger_segment (partition, kind, number, data) "
    "SELECT :partition, :kind, max(number), string_agg(data, CAST('' AS bytea) ORDER BY number) FROM gone"
)


@dataclass(slots=True)
class _Tail:
    """The segments of one kind after the last full one."""

    after: int = -1
    n_segments: int = 0
    n_bytes: int = 0

    def add(self, number: int, n_bytes: int) -> None:
        """Note a segment; a full one ends the tail."""
        self.n_segments += 1
        self.n_bytes += n_bytes
        if n_bytes >= FULL_BYTES:
            self.after, self.n_segments, self.n_bytes = number, 0, 0

    @property
    def is_long(self) -> bool:
        """Whether it is time to join what is in it."""
        return self.n_segments >= JOIN_AT or (self.n_segments > 1 and self.n_bytes >= FULL_BYTES)


class Segments:
    """The stored ledger of one partition; belongs to the partition's owner.

    Args:
        partition: Its number.
    """

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._tails: dict[str, _Tail] = {}

    async def load(self, connection: AsyncConnection) -> list[tuple[str, bytes]]:
        """Return every segment as (kind, data), oldest first."""
        stored = ledger_segment.c
        query = select(stored.kind, stored.number, stored.data).where(stored.partition == self._partition)
        rows = (await connection.execute(query.order_by(stored.number))).all()
        for row in rows:
            self._tail(row.kind).add(row.number, len(row.data))
        return [(row.kind, row.data) for row in rows]

    async def append(self, connection: AsyncConnection, number: int, *, kind: str, data: bytes) -> None:
        """Append a segment; joins the small ones where there are many.

        Args:
            connection: Within the checkpoint's transaction.
            number: The offset that the checkpoint moves to.
            kind: Which ledger.
            data: New entries.
        """
        row = {"partition": self._partition, "kind": kind, "number": number, "data": data}
        await connection.execute(insert(ledger_segment).values(row))
        tail = self._tail(kind)
        tail.add(number, len(data))
        if tail.is_long:
            await self._join(connection, tail, kind=kind, number=number)

    async def _join(self, connection: AsyncConnection, tail: _Tail, *, kind: str, number: int) -> None:
        place = {"partition": self._partition, "kind": kind}
        await connection.execute(_JOIN, {**place, "after": tail.after})
        stored = ledger_segment.c
        size = await connection.scalar(
            select(func.length(stored.data)).where(
                stored.partition == self._partition, stored.kind == kind, stored.number == number
            )
        )
        tail.n_segments, tail.n_bytes = 0, 0
        tail.add(number, int(size or 0))

    def _tail(self, kind: str) -> _Tail:
        return self._tails.setdefault(kind, _Tail())
