"""The topics: made once, and looked at before anything is read from them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from contracts.errors import LogBroken, Unavailable
from contracts.events import OBSERVATIONS, TOPICS, Topic
from contracts.log import TopicFacts

_TIMEOUT_MS = 10_000
_BROKERS_DEFAULT = -1
_CLEANUP, _STAMPS = "cleanup.policy", "message.timestamp.type"
_OF_ARRIVAL = "LogAppendTime"


class Admin:
    """A connection for questions about topics; for one thread at a time.

    Args:
        bootstrap: Addresses of brokers, separated by commas.

    Raises:
        Unavailable: If none answers.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        with _translated(bootstrap):
            self._client = KafkaAdminClient(
                bootstrap_servers=bootstrap.split(","),
                client_id="leerlus-admin",
                bootstrap_timeout_ms=_TIMEOUT_MS,
                request_timeout_ms=_TIMEOUT_MS,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def facts(self, topic: str) -> TopicFacts:
        """Return what Kafka says about a topic now.

        Raises:
            LogBroken: If it does not exist.
            Unavailable: If Kafka does not answer.
        """
        with _translated(self._bootstrap):
            (found,) = self._client.describe_topics([topic])
        if found["error_code"] == UnknownTopicOrPartitionError.errno:
            raise LogBroken(f"topic {topic} does not exist at {self._bootstrap}; `leerlus up` makes it")
        if found["error_code"]:
            raise Unavailable(f"Kafka at {self._bootstrap} answers error {found['error_code']} about topic {topic}")
        return TopicFacts(topic, str(found["topic_id"]), len(found["partitions"]))

    def ends(self, topic: TopicFacts, partitions: Collection[int]) -> Mapping[int, int]:
        """Return the offset that the next record of each partition will have.

        Raises:
            Unavailable: If Kafka does not answer.
        """
        asked = {TopicPartition(topic.name, each): OffsetSpec.LATEST for each in partitions}
        with _translated(self._bootstrap):
            found = self._client.list_partition_offsets(asked)
        return {place.partition: int(end.offset) for place, end in found.items()}

    def ensure(self, topic: Topic) -> None:
        """Make a topic if it is missing; one that exists is left as it is.

        Raises:
            Unavailable: If Kafka does not answer or does not allow it.
        """
        wanted = {
            "num_partitions": topic.partitions,
            "replication_factor": _BROKERS_DEFAULT,
            "configs": topic.config,
        }
        with _translated(self._bootstrap):
            try:
                self._client.create_topics({topic.name: wanted}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                return

    def refuse_unfit(self, topic: TopicFacts) -> None:
        """Refuse a topic whose offsets or times say nothing.

        Where offsets are missing by nature a lost record would not be noticed; and when an observation arrived is for
        the broker to say, not for its sender.

        Raises:
            LogBroken: If the topic is compacted or written in transactions, or observations bear their senders' time.
            Unavailable: If Kafka does not answer, or the topic was made a moment ago and has no leaders yet.
        """
        with _translated(self._bootstrap):
            config = self._config(topic.name, _CLEANUP, _STAMPS)
        if "compact" in config[_CLEANUP]:
            raise LogBroken(
                f"topic {topic.name} has {_CLEANUP}={config[_CLEANUP]}: compaction leaves gaps; allowed is delete alone"
            )
        if topic.name == OBSERVATIONS and config[_STAMPS] != _OF_ARRIVAL:
            raise LogBroken(
                f"topic {topic.name} has {_STAMPS}={config[_STAMPS]}: senders would choose when their records arrived; "
                f"allowed is {_OF_ARRIVAL}: kafka-configs.sh --bootstrap-server {self._bootstrap} --alter "
                f"--topic {topic.name} --add-config {_STAMPS}={_OF_ARRIVAL}"
            )
        with _translated(self._bootstrap):
            transactional = self._has_transactions(topic)
        if transactional:
            raise LogBroken(
                f"topic {topic.name} is written in transactions, whose markers leave gaps: "
                "let senders be idempotent (acks=all) without transactions, and start with a new topic"
            )

    def _config(self, topic: str, *names: str) -> dict[str, str]:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic, dict.fromkeys(names))
        answer = self._client.describe_configs([asked], config_filter="all")["topic"][topic]
        return {name: str(answer[name]["value"]) for name in names}

    def _has_transactions(self, topic: TopicFacts) -> bool:
        """Return whether a sender of the last days has a transaction, open or ended, in the topic."""
        partitions = [TopicPartition(topic.name, each) for each in range(topic.partitions)]
        states = self._client.describe_producers(partitions).values()
        return any(
            sender.coordinator_epoch >= 0 or sender.current_transaction_start_offset >= 0
            for state in states
            for sender in state.active_producers
        )


def ensure_topics(bootstrap: str) -> None:
    """Make every topic of ours that is missing.

    Raises:
        Unavailable: If Kafka does not answer or does not allow it.
    """
    with Admin(bootstrap) as admin:
        for topic in TOPICS:
            admin.ensure(topic)


def topic_id(bootstrap: str, topic: str) -> str:
    """Return Kafka's id of a topic.

    Raises:
        LogBroken: If it does not exist.
        Unavailable: If Kafka does not answer.
    """
    with Admin(bootstrap) as admin:
        return admin.facts(topic).id


@contextmanager
def _translated(bootstrap: str) -> Iterator[None]:
    try:
        yield
    except (KafkaError, OSError) as error:
        raise Unavailable(f"Kafka at {bootstrap} does not do what it is asked: {str(error)[:300]}") from error
