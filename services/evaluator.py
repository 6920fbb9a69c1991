"""The evaluator: observations in, evidence out. The only place that counts and quarantines.

What is concluded is `pipelines.fold`'s; this service loads its state, feeds it the log and stores what it found.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.events import OBSERVATIONS
from contracts.in_force import in_force
from contracts.log import Message
from contracts.plan import Plan
from contracts.records import LogRecord
from infra.at_rest import Keyring, keyring_of
from infra.kafka.home import home_partition
from infra.kafka.stream import Stream
from infra.postgres.blocks import load_blocks
from infra.postgres.engine import connected, open_engine
from infra.postgres.installation import fix_partitions, ledger_key
from infra.postgres.outbox import put_all
from infra.postgres.plans import find_plans, load_plans
from infra.postgres.quarantine import note_in_force
from infra.postgres.segments import Segments
from infra.postgres.setting_aside import offsets_to_set_aside
from infra.settings import Settings
from pipelines.changes import Block, Changes, Segment
from pipelines.fold import Partition, plans_named
from services.checkpoint import count, save_changes
from services.retention import Retention
from services.silence import Silence
from services.streaming import run_service


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluation of one partition.

    Attributes:
        partition: The fold's state.
        ledger: Where its ledger is stored.
        plans: Every plan known to this process, by digest; shared by all partitions.
    """

    partition: Partition
    ledger: Segments
    plans: Mapping[str, Plan]

    @property
    def next_offset(self) -> int:
        """First record that was not applied."""
        return self.partition.next_offset

    def apply(self, records: Sequence[LogRecord]) -> int:
        """Fold the records that start at `next_offset`; returns how many."""
        return self.partition.apply(records, self.plans)


class Evaluator:
    """Observations in, evidence out.

    Args:
        engine: The store, for plans that are registered while it runs.
        clock: The present, aware; only for when something was said.
        keyring: Encrypts what refused records held.
    """

    consumer = "leerlus-evaluator"
    topic = OBSERVATIONS

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime], keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring
        self._clock = clock
        self._plans: dict[str, Plan] = {}

    async def load(
        self, connection: AsyncConnection, positions: Mapping[int, int], n_partitions: int
    ) -> Mapping[int, Evaluation]:
        """Return the stored state of each claimed partition.

        Raises:
            LogBroken: If the topic has another partition count than at first, or a block is damaged.
        """
        await fix_partitions(connection, n_partitions, topic=self.topic)
        await note_in_force(connection, positions.keys(), in_force().values())
        key = await ledger_key(connection)
        self._plans.update(await load_plans(connection))
        home = partial(home_partition, n_partitions=n_partitions)
        aside = await offsets_to_set_aside(connection, positions.keys())
        return {
            index: await self._restored(
                connection,
                index,
                Partition(next_offset=offset, ledger_key=key, index=index, home=home, set_aside=aside[index]),
            )
            for index, offset in positions.items()
        }

    async def _restored(self, connection: AsyncConnection, index: int, partition: Partition) -> Evaluation:
        ledger = Segments(index)
        blocks = [Block(*block) for block in await load_blocks(connection, index)]
        segments = [Segment(*segment) for segment in await ledger.load(connection)]
        partition.restore(blocks, segments, self._plans)
        return Evaluation(partition, ledger, self._plans)

    async def prepare(self, records: Sequence[LogRecord]) -> None:
        """Fetch the plans that registrations among the records name.

        Raises:
            Unavailable: If the store does not answer.
        """
        missing = plans_named(records) - self._plans.keys()
        if missing:
            async with connected(self._engine) as connection:
                self._plans.update(await find_plans(connection, missing))

    async def effects(self, tasks: Mapping[int, Evaluation]) -> None:
        """Nothing happens outside PostgreSQL."""

    async def save(self, connection: AsyncConnection, tasks: Mapping[int, Evaluation]) -> None:
        """Store what the records since the last checkpoint led to."""
        taken = {index: task.partition.take_changes() for index, task in sorted(tasks.items())}
        orders: dict[str, list[Message]] = defaultdict(list)
        for index, changes in taken.items():
            if changes is not None:
                for order, messages in (await self._save(connection, index, tasks[index], changes)).items():
                    orders[order] += messages
        await put_all(connection, orders)
        for changes in filter(None, taken.values()):
            count(changes)

    async def _save(
        self, connection: AsyncConnection, index: int, task: Evaluation, changes: Changes
    ) -> Mapping[str, Sequence[Message]]:
        known, now = task.partition.policies, self._clock()
        return await save_changes(
            connection, index, changes, ledger=task.ledger, keyring=self._keyring, known=known, now=now
        )


def run(settings: Settings) -> None:
    """Run the evaluator until SIGTERM or SIGINT; the process ends here."""
    engine, keyring = open_engine(settings.need_postgres()), keyring_of(settings)

    async def keep(_: Stream[Evaluation]) -> None:
        await Retention(engine, keyring, keep_days=settings.quarantine.keep_days).watch()

    async def watch(stream: Stream[Evaluation]) -> None:
        async def caught_up() -> Mapping[int, Partition]:
            return {index: task.partition for index, task in (await stream.caught_up()).items()}

        await Silence(engine, caught_up, _now).watch()

    work = Evaluator(engine, _now, keyring)
    run_service(work, settings=settings, port=settings.health.evaluator, engine=engine, beside=[watch, keep])


def _now() -> datetime:
    return datetime.now(UTC)
