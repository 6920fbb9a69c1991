"""Deliveries that were answered: sent again, they get the same answer and are not forwarded again.

A store that does not answer holds up no delivery: it is then taken as new, and the ledger knows what was counted.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import Unavailable
from infra.postgres.delivery_answers import DeliveryName, KeptAnswer, find_answer, forget_old_answers, keep_answer
from infra.postgres.engine import connected
from services.gateway.problems import RETRY_AFTER_S, Problem, later

_FORGET_EVERY_S = 3600.0
_log = structlog.get_logger(__name__)


class Remembered:
    """The answers to named deliveries.

    Args:
        engine: Where they are stored.
        clock: The present in seconds, on a clock that never goes back.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._under_way: set[DeliveryName] = set()
        self._forgot_at_s = float("-inf")

    @contextmanager
    def alone(self, name: DeliveryName) -> Iterator[None]:
        """Hold off others of the same name meanwhile.

        Raises:
            Problem: If one is under way in this process.
        """
        if name in self._under_way:
            raise later("under-way", RETRY_AFTER_S)
        self._under_way.add(name)
        try:
            yield
        finally:
            self._under_way.discard(name)

    async def find(self, name: DeliveryName, sha256: bytes) -> bytes | None:
        """Return what was answered to a delivery; None if it is new, or the store does not answer.

        Args:
            name: What it is called.
            sha256: Of what is delivered.

        Raises:
            Problem: If something else was delivered under this name.
        """
        try:
            async with connected(self._engine) as connection:
                kept = await find_answer(connection, name)
        except Unavailable as error:
            _log.warning("answer_not_looked_up", problem=str(error))
            return None
        if kept is not None and kept.sha256 != sha256:
            raise Problem("another-delivery")
        return None if kept is None else kept.answer

    async def keep(self, name: DeliveryName, sha256: bytes, answer: bytes) -> None:
        """Keep what is answered to a delivery, and forget what is old every now and then."""
        try:
            async with connected(self._engine) as connection, connection.begin():
                await keep_answer(connection, name, KeptAnswer(sha256, answer))
                if self._clock() - self._forgot_at_s >= _FORGET_EVERY_S:
                    await forget_old_answers(connection)
                    self._forgot_at_s = self._clock()
        except Unavailable as error:
            _log.warning("answer_not_kept", problem=str(error))
