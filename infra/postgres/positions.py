"""How far each streaming service has read, and who owns a partition.

The invariant: a stored `next_offset` of X means that the state is all records below X, each once. A move names the
offset it starts from and the owner's epoch; if either has changed, someone else owns the partition and nothing is
written. Neither Kafka's offsets nor the order of a rebalance matter for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import Fenced, LogBroken
from contracts.log import TopicFacts


@dataclass(frozen=True, slots=True)
class Position:
    """A claimed partition.

    Attributes:
        next_offset: First record not yet dealt with.
        owner_epoch: Number of this claim; a higher one belongs to a later owner.
        failed_offset: The records up to here were being applied when the last owners failed; None if none did.
        failures: How often in a row they did.
    """

    partition: int
    next_offset: int
    owner_epoch: int
    failed_offset: int | None
    failures: int


@dataclass(frozen=True, slots=True)
class Move:
    """A step of one partition, from the stored offset to a later one."""

    partition: int
    owner_epoch: int
    expected: int
    next_offset: int


_ADD = text(
    "INSERT INTO leerlus.position (consumer, topic, partition, topic_id) "
    "SELECT :consumer, :topic, unnest(CAST(:partitions AS int[])), :topic_id ON CONFLICT DO NOTHING"
)
_LOCK = text(
    "SELECT 1 FROM leerlus.position WHERE consumer = :consumer AND topic = :topic "
    "AND partition = ANY(CAST(:partitions AS int[])) ORDER BY partition FOR UPDATE"
)
_OWN = text(
    "UPDATE leerlus.position SET owner_epoch = owner_epoch + 1, owner = :owner "
    "WHERE consumer = :consumer AND topic = :topic AND partition = ANY(CAST(:partitions AS int[])) "
    "RETURNING partition, next_offset, owner_epoch, failed_offset, failures, topic_id"
)
_MOVE = text(
    "UPDATE leerlus.position AS stored SET next_offset = move.next_offset, moved_at = now(), "
    "failures = CASE WHEN stored.failed_offset >= move.next_offset THEN stored.failures ELSE 0 END, "
    "failed_offset = CASE WHEN stored.failed_offset >= move.next_offset THEN stored.failed_offset END "
    "FROM unnest(CAST(:partitions AS int[]), CAST(:epochs AS bigint[]), CAST(:expected AS bigint[]), "
    "CAST(:next_offsets AS bigint[])) AS move (partition, owner_epoch, expected, next_offset) "
    "WHERE consumer = :consumer AND topic = :topic AND stored.partition = move.partition "
    "AND stored.owner_epoch = move.owner_epoch AND stored.next_offset = move.expected"
)
_FAIL = text(
    "UPDATE leerlus.position SET failed_offset = :offset, "
    "failures = CASE WHEN failed_offset >= :offset THEN failures + 1 ELSE 1 END "
    "WHERE consumer = :consumer AND topic = :topic AND partition = :partition AND owner_epoch = :owner_epoch "
    "RETURNING failures"
)
_CLAIM_LIMITS = (  # a claim loads the whole state, which may take longer than anything else here
    text("SET LOCAL statement_timeout = '5min'"),
    text("SET LOCAL idle_in_transaction_session_timeout = '1min'"),
)


class Positions:
    """The positions of one service in one topic; every method runs in the caller's transaction.

    Args:
        consumer: Written name of the service, such as `leerlus-evaluator`.
        topic: The topic as it is now; a stored position belongs to one id.
        owner: Names this process, for people who look at the table.
    """

    def __init__(self, consumer: str, topic: TopicFacts, *, owner: str) -> None:
        self._names = {"consumer": consumer, "topic": topic.name}
        self._topic = topic
        self._owner = owner

    async def claim(self, connection: AsyncConnection, partitions: Collection[int]) -> Mapping[int, Position]:
        """Take the partitions over: waits for a commit in flight, then fences every earlier owner.

        Raises:
            LogBroken: If the positions belong to another topic of the same name.
        """
        for limit in _CLAIM_LIMITS:
            await connection.execute(limit)
        names = {**self._names, "partitions": sorted(partitions)}
        await connection.execute(_ADD, {**names, "topic_id": self._topic.id})
        await connection.execute(_LOCK, names)
        rows = (await connection.execute(_OWN, {**names, "owner": self._owner})).all()
        for row in rows:
            self._refuse_other_topic(row.partition, row.topic_id)
        return {row.partition: Position(*row[:-1]) for row in rows}

    def _refuse_other_topic(self, partition: int, stored: str) -> None:
        if stored != self._topic.id:
            raise LogBroken(
                f"topic {self._topic.name} was made anew: the stored position of {self._names['consumer']} in "
                f"partition {partition} belongs to id {stored}, the topic has id {self._topic.id} now; "
                "bring the old topic back, or begin with an empty database"
            )

    async def move(self, connection: AsyncConnection, moves: Sequence[Move]) -> None:
        """Move every partition on, or none.

        Raises:
            Fenced: If another process owns one of them, or it is not where we left it.
        """
        columns = {
            "partitions": [move.partition for move in moves],
            "epochs": [move.owner_epoch for move in moves],
            "expected": [move.expected for move in moves],
            "next_offsets": [move.next_offset for move in moves],
        }
        moved = await connection.execute(_MOVE, {**self._names, **columns})
        if moved.rowcount != len(moves):
            raise Fenced(
                f"only {moved.rowcount} of the {len(moves)} partitions that {self._owner} holds of "
                f"{self._topic.name} are still its own: another process took over"
            )

    async def note_failure(self, connection: AsyncConnection, position: Position, *, offset: int) -> int:
        """Note that the records up to `offset` could not be applied; returns how often in a row, 0 if fenced."""
        place = {"partition": position.partition, "owner_epoch": position.owner_epoch, "offset": offset}
        failures = await connection.scalar(_FAIL, {**self._names, **place})
        return int(failures or 0)
