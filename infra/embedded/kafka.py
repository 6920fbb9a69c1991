"""Apache Kafka: one broker that is its own controller, on 127.0.0.1."""

import base64
import os
import subprocess
import uuid
from pathlib import Path

from contracts.errors import InfrastructureError
from infra.embedded.environment import inherited
from infra.embedded.jars import kafka_jars
from infra.embedded.java import Java, find_java
from infra.embedded.ports import LOOPBACK, answers
from infra.embedded.process import Command, Process
from infra.embedded.progress import Progress, Step
from infra.embedded.state import StateDirectory

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=2097152
num.network.threads=2
num.io.threads=2
"""
_FORMATTED = "meta.properties"  # Kafka writes it last when it formats a folder
_FORMAT_TIMEOUT_S = 60
_ADMIN_TIMEOUT_MS = 1000


class Kafka:
    """The embedded broker.

    Args:
        state: Where its data goes.
        cache_dir: Where its jars are kept.
        mirror: Maven repository to use instead of the public one.
    """

    name = "kafka"
    stop_timeout_s = 15.0

    def __init__(self, state: StateDirectory, *, cache_dir: Path, mirror: str | None = None) -> None:
        self._state = state
        self._cache_dir = cache_dir
        self._mirror = mirror
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        """The broker's process; only its file and log are known before `start`."""
        return self._process or self._state.process(self._command(()))

    @property
    def address(self) -> str:
        """Host and port for clients."""
        return f"{LOOPBACK}:{self._state.ports.remembered(self.name)}"

    def start(self, progress: Progress) -> None:
        """Start the broker; the first time its jars are fetched and its folder is formatted."""
        progress(Step(self.name, "working", "looking for Java"))
        java = find_java()
        jars = kafka_jars(self._cache_dir, mirror=self._mirror, progress=progress)
        properties = self._write_properties()
        program = (str(java.path), *java.flags(), "-cp", os.pathsep.join(map(str, jars)))
        if not (self._data / _FORMATTED).exists():
            progress(Step(self.name, "working", "preparing its folder"))
            self._format(program, properties, java)
        progress(Step(self.name, "working", "starting"))
        self._process = self._state.process(self._command((*program, "kafka.Kafka", str(properties))))
        self._process.start()

    def is_ready(self) -> bool:
        """Return whether an administrator's question is answered by a broker that takes part."""
        from kafka import KafkaAdminClient  # noqa: PLC0415  (only who starts a broker needs it)
        from kafka.errors import RetriableError  # noqa: PLC0415

        if not answers(self._state.ports.remembered(self.name)):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.address, bootstrap_timeout_ms=_ADMIN_TIMEOUT_MS)
        except RetriableError:
            return False
        try:
            return any(not broker["is_fenced"] for broker in admin.describe_cluster()["brokers"])
        except RetriableError:
            return False
        finally:
            admin.close()

    @property
    def _data(self) -> Path:
        return self._state.folder(self.name) / "log"

    def _command(self, arguments: tuple[str, ...]) -> Command:
        return Command(self.name, arguments, environment=inherited(), folder=self._state.folder(self.name))

    def _write_properties(self) -> Path:
        path = self._state.folder(self.name) / "server.properties"
        ports = self._state.ports
        text = _PROPERTIES.format(
            host=LOOPBACK, port=ports.port(self.name), controller=ports.port("kafka_controller"), data=self._data
        )
        path.write_text(text, encoding="utf-8")
        return path

    def _format(self, program: tuple[str, ...], properties: Path, java: Java) -> None:
        tool = (
            "kafka.tools.StorageTool",
            "format",
            "-t",
            _new_cluster_id(),
            "-c",
            str(properties),
            "--ignore-formatted",
        )
        run = subprocess.run(  # noqa: S603  (the command is our own)
            [*program, *tool],
            env=dict(inherited()),
            capture_output=True,
            text=True,
            timeout=_FORMAT_TIMEOUT_S,
            check=False,
        )
        if run.returncode != 0:
            raise InfrastructureError(
                f"Kafka's folder {self._data} could not be prepared with {java.path} (version {java.major}): "
                f"{run.stderr.strip() or run.stdout.strip()}"
            )


def _new_cluster_id() -> str:
    """Return a random id as Kafka writes it; one that began with a hyphen would be read as an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=").replace("-", "_")
