"""A record on its way to Kafka."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be written to a topic.

    Attributes:
        topic: Where to.
        partition: Which partition; None lets the key decide, by murmur2 as Kafka's own default.
        key: The policy in UTF-8, None where it is not known.
        headers: Kafka headers in their order.
        payload: The record's bytes.
    """

    topic: str
    partition: int | None
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    payload: bytes
