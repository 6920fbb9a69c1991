"""One question to PostgreSQL, or one change, from a command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.engine import connected, open_engine

Answer = TypeVar("Answer")


def ask(dsn: str, question: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    """Return the answer to a question, asked in a transaction of its own; what it changes is kept.

    Raises:
        Unavailable: If PostgreSQL does not answer.
    """
    return asyncio.run(_ask(dsn, question))


async def _ask(dsn: str, question: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    engine = open_engine(dsn)
    try:
        async with connected(engine) as connection, connection.begin():
            return await question(connection)
    finally:
        await engine.dispose()
