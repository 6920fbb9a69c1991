"""What is fixed when an installation is made: the ledger's key and the number of partitions."""

import secrets

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import LogBroken
from infra.postgres.schema import installation

_KEY_BYTES = 32


async def ledger_key(connection: AsyncConnection) -> bytes:
    """Return the key of the ledger's hashes, made the first time it is asked for."""
    return await _first(connection, "ledger_key", secrets.token_bytes(_KEY_BYTES))


async def fix_partitions(connection: AsyncConnection, n_partitions: int, *, topic: str) -> None:
    """Fix the partition count the first time, and refuse another one ever after.

    Raises:
        LogBroken: If the topic has another count than at first, since policies would change their home.
    """
    fixed = int(await _first(connection, "partitions", str(n_partitions).encode()))
    if fixed != n_partitions:
        raise LogBroken(
            f"{topic} has {n_partitions} partitions; this installation was made with {fixed}, which decides where "
            f"each policy lives: make the topic anew with {fixed}, or begin with an empty database"
        )


async def mark_demonstration(connection: AsyncConnection) -> None:
    """Note that this installation was made to show how it works; screens say so."""
    await _first(connection, "demonstration", b"yes")


async def _first(connection: AsyncConnection, name: str, value: bytes) -> bytes:
    """Return the stored value of a name; the one given is stored if there is none."""
    await connection.execute(insert(installation).values(name=name, value=value).on_conflict_do_nothing())
    return bytes(await connection.scalar(select(installation.c.value).where(installation.c.name == name)) or b"")
