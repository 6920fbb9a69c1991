"""What was made outside, by its id, so that a restart finds it and makes nothing twice."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.schema import effect


async def find_effects(connection: AsyncConnection, consumer: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the place of each effect that a consumer has made, by id."""
    query = select(effect.c.id, effect.c.place).where(effect.c.consumer == consumer, effect.c.id.in_(ids))
    return {row.id: row.place for row in await connection.execute(query)}


async def add_effects(connection: AsyncConnection, consumer: str, places: Mapping[str, str]) -> None:
    """Remember where a consumer made effects; one that is known stays as it is."""
    if places:
        rows = [{"consumer": consumer, "id": each, "place": place} for each, place in places.items()]
        await connection.execute(insert(effect).on_conflict_do_nothing(), rows)
