"""Waiting for a server that is about to answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from contracts.errors import Unavailable

_PATIENCE_S = 60.0
_RETRY_S = 0.5

Answer = TypeVar("Answer")

_log = structlog.get_logger("stream")


async def patiently(question: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask until a server answers, for a minute at most.

    Raises:
        Unavailable: If none does.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return await question()
        except Unavailable as error:
            if time.monotonic() > deadline:
                raise
            _log.warning("waiting_for_server", problem=str(error))
            await asyncio.sleep(_RETRY_S)
