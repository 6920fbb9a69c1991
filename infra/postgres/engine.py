"""Connections to PostgreSQL, with the time limits that exactly-once rests on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from contracts.errors import Unavailable
from infra.postgres.address import sqlalchemy_url
from infra.postgres.upgrade import migrate

__all__ = ["connected", "migrate", "open_engine"]

_LIMITS = {
    "idle_in_transaction_session_timeout": "5s",  # a process that froze inside a transaction must let go of its rows
    "lock_timeout": "15s",
    "statement_timeout": "30s",
}
_NETWORK = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms; a cut cable is noticed while we wait for an answer too
}


def open_engine(dsn: str, *, pool_size: int = 5) -> AsyncEngine:
    """Return an engine for `dsn`; nothing is connected yet.

    READ COMMITTED is required: after waiting for a row lock, a claim must see what the last owner committed.

    Args:
        dsn: Address of the service role, `postgresql://...`.
        pool_size: Connections kept open; twice as many may be in use for a moment.
    """
    options = " ".join(f"-c {name}={value}" for name, value in _LIMITS.items())
    return create_async_engine(
        sqlalchemy_url(dsn),
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text goes to the log, and parameters hold the ledger's key
        connect_args={**_NETWORK, "options": options, "application_name": "leerlus"},
    )


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection; nothing has begun on it when this raises.

    Raises:
        Unavailable: If the server does not answer, or no connection becomes free.
    """
    connection = engine.connect()
    try:
        await connection.start()
    except (OperationalError, PoolTimeout, OSError) as error:
        raise Unavailable(f"PostgreSQL does not answer: {error}") from error
    try:
        yield connection
    finally:
        await connection.close()
