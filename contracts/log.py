"""What is said between the log and the store: which topic it is, and what is to be written to one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What must stay as it is while a topic is read.

    Attributes:
        name: The topic.
        id: Kafka's own id; another one under the same name is another topic.
        partitions: How many it has.
    """

    name: str
    id: str
    partitions: int


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
