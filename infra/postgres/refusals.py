"""The quarantine, as people look into it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import Reason
from infra.postgres.schema import quarantine as stored


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A refused record.

    Attributes:
        id: Its number in the quarantine.
        partition, offset: Where it lies in the log.
        policy: The policy it names, where that could be read.
        supplier, upload, line: Where it came from, as the gateway said.
        reasons: Why it was refused, in the order of the checks.
        value: Its bytes as sent.
        arrived_at: When the log took it.
    """

    id: int
    partition: int
    offset: int
    policy: str | None
    supplier: str | None
    upload: str | None
    line: int | None
    reasons: tuple[Reason, ...]
    value: bytes
    arrived_at: datetime | None


async def newest_refusals(
    connection: AsyncConnection, *, policy: str | None, after: int = 0, limit: int
) -> tuple[Quarantined, ...]:
    """Return the records that were refused last, the oldest of them first.

    Args:
        connection: Any.
        policy: Only those that name this policy; None for all.
        after: Only those with a higher number.
        limit: At most so many.
    """
    query = select(stored).where(stored.c.id > after).order_by(stored.c.id.desc()).limit(limit)
    if policy is not None:
        query = query.where(stored.c.policy == policy)
    return tuple(_read(row) for row in reversed((await connection.execute(query)).all()))


async def count_refusals(connection: AsyncConnection, *, policy: str | None) -> int:
    """Return how many records were refused."""
    query = select(func.count()).select_from(stored)
    if policy is not None:
        query = query.where(stored.c.policy == policy)
    return int(await connection.scalar(query) or 0)


async def refusal(connection: AsyncConnection, number: int) -> Quarantined | None:
    """Return the refused record with this number; None if there is none."""
    row = (await connection.execute(select(stored).where(stored.c.id == number))).one_or_none()
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> Quarantined:
    fields = {name: row._mapping[name] for name in Quarantined.__slots__}  # noqa: SLF001  (SQLAlchemy's public name)
    return Quarantined(**{**fields, "reasons": tuple(Reason(**each) for each in fields["reasons"])})
