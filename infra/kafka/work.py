"""What a streaming service has to say for itself; everything around it is the stream's."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.records import LogRecord


class Task(Protocol):
    """What is in memory about one owned partition: the state, or what waits to be dealt with."""

    @property
    def next_offset(self) -> int:
        """First record that was not applied."""
        ...

    def apply(self, records: Sequence[LogRecord]) -> int:
        """Apply the records that start at `next_offset`; earlier ones are skipped. Returns the number applied.

        In memory only. A record that cannot be understood is the task's own affair: an exception ends the process.

        Raises:
            LogBroken: If the first record lies above `next_offset`.
        """
        ...


AnyTask = TypeVar("AnyTask", bound=Task)


class Work(Protocol[AnyTask]):
    """A streaming service.

    Attributes:
        consumer: Written name, such as `leerlus-evaluator`: its group in Kafka and its positions in PostgreSQL.
        topic: What it reads.
    """

    consumer: str
    topic: str

    async def load(
        self, connection: AsyncConnection, positions: Mapping[int, int], n_partitions: int
    ) -> Mapping[int, AnyTask]:
        """Return a task for each claimed partition, as it was stored at its position.

        Args:
            connection: In the transaction that claims the partitions.
            positions: Next offset of each claimed partition.
            n_partitions: How many the topic has.
        """
        ...

    async def prepare(self, records: Sequence[LogRecord]) -> None:
        """Fetch what `apply` will need of the outside; ownership is checked again afterwards.

        Raises:
            InfrastructureError: If it does not succeed now; it is asked again.
        """
        ...

    async def effects(self, tasks: Mapping[int, AnyTask]) -> None:
        """Bring about what must exist outside before the checkpoint: each effect is looked for by its id, then made.

        Raises:
            InfrastructureError: If it does not succeed now; the checkpoint waits, and it is asked again.
        """
        ...

    async def save(self, connection: AsyncConnection, tasks: Mapping[int, AnyTask]) -> None:
        """Store what changed since the last time, in the transaction that moves the positions.

        Args:
            connection: In the checkpoint's transaction, once the positions have moved.
            tasks: Those whose `next_offset` moved.
        """
        ...
