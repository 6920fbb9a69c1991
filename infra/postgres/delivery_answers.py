"""What was answered to a delivery, kept for a while so that the same delivery sent again gets the same answer."""

import zlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.supplier_tables import delivery_answer as stored

KEPT = timedelta(days=7)
"""How long an answer is kept."""


@dataclass(frozen=True, slots=True)
class DeliveryName:
    """By what a delivery, or a part of one, is known again.

    Attributes:
        supplier: Whose it is.
        name: What the supplier calls it.
        first_line: Where the part begins.
    """

    supplier: str
    name: str
    first_line: int


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer, and the SHA-256 of what was delivered."""

    sha256: bytes
    answer: bytes


async def find_answer(connection: AsyncConnection, name: DeliveryName) -> KeptAnswer | None:
    """Return what was answered to a delivery; None if it is not known."""
    found = (await connection.execute(select(stored.c.sha256, stored.c.answer).where(_is(name)))).one_or_none()
    return None if found is None else KeptAnswer(bytes(found[0]), zlib.decompress(found[1]))


async def keep_answer(connection: AsyncConnection, name: DeliveryName, kept: KeptAnswer) -> None:
    """Keep what was answered to a delivery; the first answer stays."""
    row = {"supplier": name.supplier, "name": name.name, "first_line": name.first_line}
    answer = zlib.compress(kept.answer, 1)
    statement = insert(stored).values(**row, sha256=kept.sha256, answer=answer).on_conflict_do_nothing()
    await connection.execute(statement)


async def forget_old_answers(connection: AsyncConnection) -> None:
    """Forget what was answered longer ago than `KEPT`."""
    await connection.execute(delete(stored).where(stored.c.answered_at < func.now() - KEPT))


def _is(name: DeliveryName) -> ColumnElement[bool]:
    return (
        (stored.c.supplier == name.supplier) & (stored.c.name == name.name) & (stored.c.first_line == name.first_line)
    )
