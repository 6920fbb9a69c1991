"""Events on their way to Kafka: left in the transaction that they tell of, taken away once Kafka has them.

A counter per policy, taken in the writer's transaction, numbers the messages; its row stays locked until the commit,
so lower numbers are always visible first and the relay can keep their order.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Subquery, and_, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.log import Message
from infra.postgres.bulk import copy_rows
from infra.postgres.schema import outbox, outbox_counter

__all__ = ["CHANNEL", "Message", "Waiting", "count_waiting", "forget", "next_waiting", "put", "put_all"]

CHANNEL = "leerlus_outbox"
"""Name that the relay listens to; it is called at every commit that leaves messages."""

_COLUMNS = ("policy", "number", "topic", "partition", "key", "headers", "payload")

_FORGET = text(
    "DELETE FROM leerlus.outbox USING unnest(CAST(:policies AS text[]), CAST(:numbers AS bigint[])) "
    "AS sent (policy, number) WHERE outbox.policy = sent.policy AND outbox.number = sent.number"
)

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox, with the place that identifies it."""

    policy: str
    number: int
    message: Message


async def put(connection: AsyncConnection, policy: str, messages: Sequence[Message]) -> None:
    """Leave messages of one policy, in order, in the caller's transaction.

    Args:
        connection: Within the caller's transaction.
        policy: Whose order they follow; empty for messages without a policy.
        messages: What to send.
    """
    await put_all(connection, {policy: messages})


async def put_all(connection: AsyncConnection, messages: Mapping[str, Sequence[Message]]) -> None:
    """Leave messages of several policies; counters are always taken in the same order, so that none waits in a ring."""
    rows: list[tuple[object, ...]] = []
    for policy in sorted(policy for policy, each in messages.items() if each):
        first = await _take_numbers(connection, policy, len(messages[policy]))
        rows += (_row(policy, first + place, each) for place, each in enumerate(messages[policy]))
    if rows:
        await copy_rows(connection, outbox, _COLUMNS, rows)
        await connection.execute(text(f"NOTIFY {CHANNEL}"))


async def _take_numbers(connection: AsyncConnection, policy: str, n_messages: int) -> int:
    """Return the first of `n_messages` numbers."""
    taken = insert(outbox_counter).values(policy=policy, last=n_messages)
    taken = taken.on_conflict_do_update(
        index_elements=[outbox_counter.c.policy], set_={"last": outbox_counter.c.last + n_messages}
    )
    last = await connection.scalar(taken.returning(outbox_counter.c.last))
    return int(last or 0) - n_messages + 1


def _row(policy: str, number: int, message: Message) -> tuple[object, ...]:
    headers = [[_text_of(name.encode()), _text_of(value)] for name, value in message.headers]
    return (policy, number, message.topic, message.partition, message.key, headers, message.payload)


def _text_of(data: bytes) -> str:
    """Return bytes as PostgreSQL can hold them in JSON, which takes no U+0000: a sender may have named a header so."""
    return base64.b64encode(data).decode("ascii")


def _headers_of(stored: Iterable[Sequence[str]]) -> Headers:
    return tuple((base64.b64decode(name).decode(), base64.b64decode(value)) for name, value in stored)


async def next_waiting(connection: AsyncConnection, *, per_policy: int, n_bytes: int | None = None) -> list[Waiting]:
    """Return the oldest waiting messages of every policy, each policy's in order.

    Args:
        connection: Any.
        per_policy: At most so many of one policy, so that none keeps the others waiting.
        n_bytes: No further message once the payloads together have so many bytes: policies take turns, the one that
            waits longest first. None for no bound.
    """
    turns = _turns(per_policy)
    query = select(outbox).join(turns, and_(outbox.c.policy == turns.c.policy, outbox.c.number == turns.c.number))
    if n_bytes is not None:
        query = query.where(turns.c.n_bytes_before < n_bytes)  # the very first has none before it: always taken
    query = query.order_by(outbox.c.policy, outbox.c.number)
    return [_waiting(row) for row in (await connection.execute(query)).all()]


def _turns(per_policy: int) -> Subquery:
    """Return the places of each policy's oldest messages, with the bytes of those whose turn is before; no payloads."""
    policies = select(outbox.c.policy).distinct().subquery()
    turn = func.row_number().over(order_by=outbox.c.number).label("turn")
    size = func.octet_length(outbox.c.payload).label("size")
    first = (
        select(outbox.c.policy, outbox.c.number, outbox.c.stored_at, size, turn)
        .where(outbox.c.policy == policies.c.policy)
        .order_by(outbox.c.number)
        .limit(per_policy)
        .lateral()
    )
    n_bytes = func.sum(first.c.size).over(order_by=(first.c.turn, first.c.stored_at, first.c.policy))
    before = (n_bytes - first.c.size).label("n_bytes_before")
    return select(first.c.policy, first.c.number, before).select_from(policies.join(first, literal(True))).subquery()


def _waiting(row: Row[Any]) -> Waiting:
    message = Message(row.topic, row.partition, row.key, _headers_of(row.headers), row.payload)
    return Waiting(row.policy, row.number, message)


async def forget(connection: AsyncConnection, sent: Iterable[Waiting]) -> None:
    """Take away messages that Kafka has acknowledged."""
    places = [(each.policy, each.number) for each in sent]
    columns = {"policies": [policy for policy, _ in places], "numbers": [number for _, number in places]}
    await connection.execute(_FORGET, columns)


async def count_waiting(connection: AsyncConnection) -> int:
    """Return how many messages wait."""
    return int(await connection.scalar(select(func.count()).select_from(outbox)) or 0)
