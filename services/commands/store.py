"""One question to PostgreSQL, from a command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import Unavailable
from infra.postgres.engine import open_engine

Answer = TypeVar("Answer")


def ask(dsn: str, question: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    """Return the answer to a question, put in a transaction of its own.

    Raises:
        Unavailable: If PostgreSQL does not answer.
    """
    return asyncio.run(_ask(dsn, question))


async def _ask(dsn: str, question: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    engine = open_engine(dsn)
    try:
        async with engine.begin() as connection:
            return await question(connection)
    except OperationalError as error:
        raise Unavailable(f"PostgreSQL does not answer: {error.orig}") from error
    finally:
        await engine.dispose()
