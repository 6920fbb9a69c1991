"""The course of a demonstration: register, deliver at a pace one can follow, close the last look, show the way in."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import Unavailable
from contracts.plan import Plan
from contracts.plan_reader import read_plan
from infra.postgres.deliveries import Counts
from infra.postgres.engine import connected, open_engine
from infra.postgres.installation import mark_demonstration
from infra.postgres.registry import registered
from infra.settings import Settings
from infra.supplier import Supplier
from infra.supplier_keys import OWN_SUPPLIER
from services.demo.examples import Example
from services.demo.following import Follower, News
from services.demo.telling import Telling
from services.registering import register_plan
from services.supervisor.groups import service_address

_TICK_S = 0.25
_LARGEST_BATCH = 500
_POLL_S = 0.2
_PATIENCE_S = 60.0
_QUIET_S = 2.0


def tell(example: Example, settings: Settings, *, seconds: float, console: Console) -> None:
    """Show an example in a service that runs.

    Args:
        example: What to show.
        settings: Of the running service.
        seconds: How long the delivery takes; 0 is as fast as it goes.
        console: Where it is told.

    Raises:
        LeerlusError: If the service refuses, does not answer, or loses track of a record.
    """
    plan = read_plan(example.plan_text)
    engine = open_engine(settings.need_postgres())
    gateway, board = (service_address(service, settings) for service in ("gateway", "console"))
    with asyncio.Runner() as runner:
        try:
            runner.run(_register(plan, example.plan_text, engine, settings))
            with (
                Supplier(gateway, key=settings.need_gateway_key()) as supplier,
                Telling(console, plan, total=example.n_records, board=board) as telling,
            ):
                story = _Story(example, plan, supplier, telling, Follower(engine, plan), runner)
                story.deliver(seconds)
                story.close_looks()
                story.sum_up(settings)
        finally:
            runner.run(engine.dispose())


async def _register(plan: Plan, text: str, engine: AsyncEngine, settings: Settings) -> None:
    """Register the plan; an installation that holds nothing else says on its screens that it is a demonstration."""
    async with connected(engine) as connection, connection.begin():
        if all(each.policy == plan.id for each in await registered(connection)):
            await mark_demonstration(connection)
    await register_plan(plan, text, dsn=settings.need_postgres(), bootstrap=settings.need_kafka())


@dataclass(slots=True)
class _Story:
    """One demonstration under way.

    Attributes:
        example, plan: What is shown.
        supplier: Delivers.
        telling: Prints.
        follower: Asks the store.
        runner: Runs the follower.
        uploads: The delivery that each file is.
        before: What had become of this supplier's records before.
    """

    example: Example
    plan: Plan
    supplier: Supplier
    telling: Telling
    follower: Follower
    runner: asyncio.Runner
    uploads: dict[str, UUID] = field(default_factory=dict)
    before: Counts = field(default_factory=Counts)

    @property
    def counts(self) -> Counts:
        """What has become of the records that were sent now."""
        return self.follower.of(OWN_SUPPLIER).since(self.before)

    def deliver(self, seconds: float) -> None:
        """Deliver everything in the time given, telling what happens."""
        self.runner.run(self.follower.news())  # what happened before is not told again
        self.before = self.follower.of(OWN_SUPPLIER)
        self.telling.say(f"delivering {self.example.n_records:,} records of {self.plan.id}, broken ones among them")
        self.telling.say("a look: watched against others; what a fair bet of 1 on it has paid; whether it stands")
        n_ticks = max(1, round(seconds / _TICK_S))
        size = min(_LARGEST_BATCH, -(-len(self.example.records) // n_ticks))
        started, n_sent = time.monotonic(), 0
        for batch in self.example.batches(size):
            upload = self._upload(batch.file)
            self.supplier.deliver(batch.lines, upload=upload)
            n_sent += len(batch.lines)
            self.telling.sent(len(batch.lines))
            self._look()
            time.sleep(max(0.0, started + seconds * n_sent / self.example.n_records - time.monotonic()))
        self._until(lambda _: self.counts.received >= self.example.n_records, "every record is accounted for")

    def close_looks(self) -> None:
        """Close the look that is still open, and wait until nothing is on its way any more."""
        markers = self.follower.of().received
        self.supplier.close_looks(self.plan.id)
        self._until(lambda _: self.follower.of().received > markers, "the marker that closes the last look is read")
        quiet_since = time.monotonic()

        def is_quiet(news: News) -> bool:
            nonlocal quiet_since
            if not news.is_settled:
                quiet_since = time.monotonic()
            return time.monotonic() - quiet_since > _QUIET_S

        self._until(is_quiet, "everything that was read is judged")

    def sum_up(self, settings: Settings) -> None:
        """Tell what became of the records, and where to look."""
        counts, say = self.counts, self.telling.say
        say(
            f"{counts.received:,} records: {counts.counted:,} counted, {counts.duplicate:,} duplicates, "
            f"{counts.quarantined:,} refused"
        )
        if counts.duplicate and not counts.counted:
            say("all of it had been delivered before: what arrives twice is counted once")
        for signal in self.follower.known_signals.values():
            say(f"signal {signal.number} ({signal.severity}, {signal.state}): {self.telling.address_of(signal)}")
        say(f"console: {self.telling.board} (English: {self.telling.board}/en/)", "bold")
        if settings.mlflow.uri is not None:
            say(f"MLflow: {settings.mlflow.uri}")

    def _upload(self, file: str) -> UUID:
        """Return the id of the delivery that a file is."""
        if file not in self.uploads:
            self.uploads[file] = uuid4()
            self.telling.files[str(self.uploads[file])] = file
        return self.uploads[file]

    def _look(self) -> News:
        news = self.runner.run(self.follower.news())
        self.telling.news(news, self.counts)
        return news

    def _until(self, is_so: Callable[[News], bool], what: str) -> None:
        """Ask on until something is so.

        Raises:
            Unavailable: If it is not within a minute.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not is_so(self._look()):
            if time.monotonic() > deadline:
                raise Unavailable(f"after {_PATIENCE_S:.0f} s it is not so that {what}; see `leerlus status`")
            time.sleep(_POLL_S)
