"""Writes records to Kafka: acknowledged by every replica, written once by each sender, in order per partition."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.errors import Unavailable
from contracts.log import Message

_LINGER_MS = 5
_BATCH_BYTES = 256 * 1024
_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies in the log."""

    topic: str
    partition: int
    offset: int


class Sender:
    """A connection that writes; an asynchronous context manager.

    A message without a partition goes where murmur2 of its key says, which for a policy's key is the policy's home.

    Args:
        bootstrap: Addresses of the brokers, separated by commas.
        client: Names this sender in the broker's log.
    """

    def __init__(self, bootstrap: str, *, client: str) -> None:
        self._bootstrap = bootstrap
        self._client = client
        self._producer: AIOKafkaProducer

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            Unavailable: If no broker answers.
        """
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=_LINGER_MS,
            max_batch_size=_BATCH_BYTES,
            request_timeout_ms=_TIMEOUT_MS,
        )
        try:
            await self._producer.start()
        except (KafkaError, OSError) as error:
            await self._producer.stop()
            raise Unavailable(f"Kafka at {self._bootstrap} does not answer: {error}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def deliver(self, messages: Iterable[Message]) -> Sequence[Place]:
        """Write messages in their order and return their places once Kafka has acknowledged all.

        Raises:
            Unavailable: If Kafka does not take one; which of the others it took is not known.
        """
        try:
            written = [await self._hand_over(message) for message in messages]
            places = await asyncio.gather(*written)
        except KafkaError as error:
            raise Unavailable(f"Kafka at {self._bootstrap} did not take a message: {error}") from error
        return [Place(place.topic, place.partition, place.offset) for place in places]

    async def _hand_over(self, message: Message) -> "asyncio.Future[Any]":
        """Return the acknowledgement to wait for; waits itself while too much is under way."""
        acknowledged: asyncio.Future[Any] = await self._producer.send(
            message.topic,
            message.payload,
            key=message.key,
            partition=message.partition,
            headers=list(message.headers),
        )
        return acknowledged
