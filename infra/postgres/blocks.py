"""The evaluator's state, in blocks: a checkpoint writes only those that changed."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.schema import state_block


class StoredBlock(NamedTuple):
    """A piece of state; without data it is no longer used."""

    policy: str
    name: str
    data: bytes | None


_PUT = text(
    "INSERT INTO leerlus.state_block (partition, policy, name, data) "
    "SELECT :partition, policy, name, data "
    "FROM unnest(CAST(:policies AS text[]), CAST(:names AS text[]), CAST(:data AS bytea[])) "
    "AS block (policy, name, data) "
    "ON CONFLICT (partition, policy, name) DO UPDATE SET data = excluded.data"
)
_DROP = text(
    "DELETE FROM leerlus.state_block AS stored "
    "USING unnest(CAST(:policies AS text[]), CAST(:names AS text[])) AS block (policy, name) "
    "WHERE stored.partition = :partition AND stored.policy = block.policy AND stored.name = block.name"
)


async def load_blocks(connection: AsyncConnection, partition: int) -> list[StoredBlock]:
    """Return every block of a partition."""
    columns = (state_block.c.policy, state_block.c.name, state_block.c.data)
    rows = await connection.execute(select(*columns).where(state_block.c.partition == partition))
    return [StoredBlock(*row) for row in rows]


async def save_blocks(connection: AsyncConnection, partition: int, blocks: Iterable[StoredBlock]) -> None:
    """Write changed blocks, each in place of the one with its policy and name; of two the later counts."""
    newest = {(block.policy, block.name): block.data for block in blocks}
    written = {place: data for place, data in newest.items() if data is not None}
    dropped = newest.keys() - written.keys()
    if written:
        await connection.execute(_PUT, {**_columns(partition, written), "data": list(written.values())})
    if dropped:
        await connection.execute(_DROP, _columns(partition, dropped))


def _columns(partition: int, places: Iterable[tuple[str, str]]) -> dict[str, object]:
    policies, names = zip(*places, strict=True)
    return {"partition": partition, "policies": list(policies), "names": list(names)}
