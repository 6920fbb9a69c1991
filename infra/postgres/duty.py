"""A database session as a seat that only one process has, and as an ear for what others commit.

The lock and the ear belong to the session: when it ends, however it ends, both are gone.
"""

from hashlib import blake2b

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.bulk import driver


async def take_duty(connection: AsyncConnection, name: str) -> bool:
    """Try to become the one on duty, for as long as the session lives; the session commits every statement from here.

    Args:
        connection: Used for nothing else.
        name: Which duty.
    """
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    number = int.from_bytes(blake2b(f"leerlus {name}".encode(), digest_size=8).digest(), "big", signed=True)
    return bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": number}))


async def listen(connection: AsyncConnection, channel: str) -> None:
    """Begin to hear what is said on a channel."""
    await connection.execute(text(f"LISTEN {channel}"))


async def heard(connection: AsyncConnection, *, timeout_s: float) -> bool:
    """Wait until something is said on a channel that the session listens to; False if nothing was in time."""
    said = (await driver(connection)).notifies(timeout=timeout_s, stop_after=1)
    return bool([each async for each in said])
