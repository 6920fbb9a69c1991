"""The gateway's way to Kafka: connected when it is first needed, bounded in time, replaced when it is broken."""

import asyncio
from collections.abc import Sequence

from contracts.errors import Unavailable
from contracts.log import Message
from infra.kafka.sender import Sender

_TIMEOUT_S = 10.0


class Outlet:
    """Sends records for all requests of one process.

    Records that were handed over before a time-out may still arrive, so a supplier that tries again sends them twice;
    the ledger drops the second.

    Args:
        bootstrap: Addresses of brokers, separated by commas.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._sender: Sender | None = None
        self._connecting = asyncio.Lock()

    async def send(self, messages: Sequence[Message]) -> None:
        """Send messages and return when Kafka has acknowledged all of them.

        Raises:
            Unavailable: If it has not within ten seconds; none, some or all of them may have arrived.
        """
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await (await self._connected()).deliver(messages)
        except TimeoutError as error:
            raise Unavailable(f"Kafka at {self._bootstrap} did not answer within {_TIMEOUT_S:.0f} s") from error
        except Unavailable as error:
            if not getattr(error.__cause__, "retriable", True):
                await self.close()
            raise

    async def connect(self) -> None:
        """Connect, if that has not happened yet.

        Raises:
            Unavailable: If no broker answers.
        """
        await self._connected()

    async def close(self) -> None:
        """Send what was handed over and close the connection."""
        if self._sender is not None:
            sender, self._sender = self._sender, None
            await sender.__aexit__(None, None, None)

    async def _connected(self) -> Sender:
        async with self._connecting:
            if self._sender is None:
                self._sender = await Sender(self._bootstrap, client="leerlus-gateway").__aenter__()
            return self._sender
