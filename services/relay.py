"""The relay: what services left in the outbox goes to Kafka, in order per policy, at least once.

One relay is on duty, by a lock that its database session holds; others stand by. A message leaves the outbox when
Kafka has acknowledged it, so after a failure the last ones are sent again, in the same order.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.errors import Unavailable
from infra import metrics
from infra.kafka.sender import Sender
from infra.postgres.duty import heard, listen, take_duty
from infra.postgres.engine import connected
from infra.postgres.outbox import CHANNEL, forget, next_waiting

_PER_POLICY = 500
_MOST_BYTES = 16 * 1024 * 1024
_STAND_BY_S = 1.0
_LOOK_EVERY_S = 1.0
_RETRY_S, _LONGEST_RETRY_S = 0.5, 10.0

_log = structlog.get_logger(__name__)


class Relay:
    """Takes messages from the outbox to Kafka.

    Args:
        engine: The store.
        bootstrap: Addresses of Kafka's brokers.
    """

    def __init__(self, engine: AsyncEngine, bootstrap: str) -> None:
        self._engine = engine
        self._bootstrap = bootstrap
        self._retry_s = _RETRY_S
        self.is_ready = False
        self.is_on_duty = False
        self.n_published = 0

    @property
    def is_alive(self) -> bool:
        """Whether it goes on: it retries for ever."""
        return True

    def facts(self) -> Mapping[str, object]:
        """Return what a person may want to know."""
        return {"service": "leerlus-relay", "on_duty": self.is_on_duty, "published": self.n_published}

    async def run(self) -> None:
        """Publish until cancelled; servers that do not answer are waited for."""
        while True:
            try:
                async with Sender(self._bootstrap, client="leerlus-relay") as sender, self._duty() as connection:
                    await self._publish(connection, sender)
            except (Unavailable, SQLAlchemyError, OSError) as error:
                self.is_ready = False
                _log.warning("relay_waits", problem=str(error), seconds=self._retry_s)
                await asyncio.sleep(self._retry_s)
                self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)

    @asynccontextmanager
    async def _duty(self) -> AsyncIterator[AsyncConnection]:
        """Give the session on duty; losing it ends the duty, and what it would do then fails."""
        async with connected(self._engine) as connection:
            while not await take_duty(connection, "relay"):
                self.is_ready = True
                await asyncio.sleep(_STAND_BY_S)
            await listen(connection, CHANNEL)
            self.is_ready = self.is_on_duty = True
            _log.info("relay_on_duty")
            try:
                yield connection
            finally:
                self.is_on_duty = False

    async def _publish(self, connection: AsyncConnection, sender: Sender) -> None:
        while True:
            waiting = await next_waiting(connection, per_policy=_PER_POLICY, n_bytes=_MOST_BYTES)
            metrics.OUTBOX_WAITING.set(len(waiting))
            if not waiting:
                await heard(connection, timeout_s=_LOOK_EVERY_S)
                continue
            await sender.deliver(each.message for each in waiting)
            await forget(connection, waiting)
            self._retry_s = _RETRY_S
            self.n_published += len(waiting)
            for each in waiting:
                metrics.PUBLISHED.labels(each.message.topic).inc()
