"""The Faust app around a custody: which settings exactly-once needs, and which of Faust's hooks lead where."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import faust
import mode
from faust.types import TP

from infra.kafka.forgiving import install
from infra.kafka.transport import Chunks

SESSION_TIMEOUT_S = 6.0
"""A worker that is silent for so long loses its partitions."""


class Reader(Protocol):
    """What the app leads to."""

    def positions(self) -> Mapping[int, int]:
        """Return the next offset to read of each owned partition."""
        ...

    async def assigned(self) -> None:
        """Called after every rebalance, before anything is fetched."""
        ...

    async def revoked(self) -> None:
        """Called when partitions are taken away; nothing more is fetched until `assigned`."""
        ...

    async def read(self, stream: Any) -> None:
        """Called with the events, each a run of one partition's records."""
        ...


class App(faust.App):  # type: ignore[misc]  # Faust has no types
    """An app that tells its consumer where to read."""

    mundane_level = "debug"
    topic_name: str
    reader: Reader

    def positions(self) -> Mapping[TP, int]:
        """Return where to read next, for our consumer."""
        return {TP(self.topic_name, partition): offset for partition, offset in self.reader.positions().items()}


def build_app(reader: Reader, *, consumer: str, topic: str, bootstrap: str, member: str, folder: Path) -> App:
    """Return an app that has yet to be started, in the running event loop.

    Args:
        reader: What it leads to.
        consumer: Group in Kafka.
        topic: What to read.
        bootstrap: Addresses of the brokers, separated by commas.
        member: Name under which Kafka knows this worker when it comes back.
        folder: Faust wants one of its own.
    """
    install()
    app = App(
        consumer,
        broker=[f"checkpointed://{address.strip()}" for address in bootstrap.split(",")],
        datadir=str(folder),
        store="memory://",
        web_enabled=False,
        ConsumerScheduler=Chunks,
        consumer_auto_offset_reset="none",  # a position that the log does not have is an error, never a jump
        consumer_group_instance_id=member,
        consumer_max_fetch_size=1 << 20,
        broker_commit_interval=3600,  # positions live in PostgreSQL; nothing is ever committed to Kafka
        broker_session_timeout=SESSION_TIMEOUT_S,
        broker_heartbeat_interval=1.0,
        broker_rebalance_timeout=10.0,
        stream_wait_empty=False,
        stream_buffer_maxsize=4,
        topic_allow_declare=False,
        topic_disable_leader=True,
    )
    app.topic_name, app.reader = topic, reader
    app.on_partitions_revoked.connect(_hook(reader.revoked), weak=False)
    app.on_rebalance_complete.connect(_hook(reader.assigned), weak=False)
    source = app.topic(topic, key_serializer="raw", value_serializer="raw", acks=False)
    app.agent(source, name=consumer, supervisor_strategy=mode.CrashingSupervisor)(reader.read)
    return app


def _hook(function: Callable[[], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return the function as Faust calls it, with arguments that we do not need."""

    async def called(*_: object, **__: object) -> None:
        await function()

    return called
