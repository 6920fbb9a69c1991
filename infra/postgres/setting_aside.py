"""Records that are set aside: the evaluator quarantines them without reading them, so that the stream goes on."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.schema import set_aside


async def ask_to_set_aside(connection: AsyncConnection, *, partition: int, offset: int) -> None:
    """Have one record set aside by the next owner of its partition; asking twice changes nothing."""
    await connection.execute(insert(set_aside).values(partition=partition, offset=offset).on_conflict_do_nothing())


async def offsets_to_set_aside(
    connection: AsyncConnection, partitions: Collection[int]
) -> Mapping[int, frozenset[int]]:
    """Return the offsets that were asked for, per partition."""
    query = select(set_aside.c.partition, set_aside.c.offset).where(set_aside.c.partition.in_(partitions))
    asked = [(row.partition, row.offset) for row in (await connection.execute(query)).all()]
    return {each: frozenset(offset for partition, offset in asked if partition == each) for each in partitions}
