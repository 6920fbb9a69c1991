"""Runs a streaming service: takes every record exactly once, and leaves by one door whatever happens."""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Generic

import structlog
from faust.types import TP
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import InfrastructureError, Unavailable
from contracts.log import TopicFacts
from infra.embedded.state import claim
from infra.kafka.app import App, build_app
from infra.kafka.custody import Custody
from infra.kafka.leaving import guarded, leave
from infra.kafka.patience import patiently
from infra.kafka.seat import take_seat
from infra.kafka.status import StreamStatus
from infra.kafka.transport import log_record
from infra.kafka.watch import TopicWatch
from infra.kafka.work import AnyTask, Work
from infra.postgres.engine import open_engine
from infra.settings import Settings

CHECKPOINT_EVERY_S = 0.5

_CONFIRM_EVERY_S = 2.0
_LONGEST_DELAY_S = 10.0
_LAST_CHECKPOINT_S = 5.0

Beside = Callable[["Stream[Any]"], Awaitable[None]]
"""Something that runs beside a stream, in its event loop."""

_log = structlog.get_logger("stream")


def run_stream(
    work: Work[AnyTask], *, settings: Settings, engine: AsyncEngine | None = None, beside: Sequence[Beside] = ()
) -> None:
    """Run a streaming service until SIGTERM or SIGINT; the process ends here.

    Args:
        work: The service.
        settings: Where Kafka and PostgreSQL are, and where the process may keep its place.
        engine: The store, where the work uses one already.
        beside: What else runs in the event loop, from before the first connection on.

    Raises:
        Unavailable: If a server is not configured.
        SettingsError: If the state directory cannot be written.
    """
    bootstrap = settings.need_kafka()
    store = engine if engine is not None else open_engine(settings.need_postgres())
    claim(settings.state_dir)
    seat = take_seat(settings.state_dir / "seats", work.consumer)
    folder = settings.state_dir / "faust" / seat.name
    folder.mkdir(parents=True, exist_ok=True)
    gc.freeze()  # what is loaded by now stays; the collector need not look at it again
    gc.set_threshold(100_000, 10, 10)
    stream = Stream(work, store, TopicWatch(bootstrap, work.topic), owner=f"{seat.name}/{os.getpid()}")

    def build() -> App:
        return build_app(
            stream, consumer=work.consumer, topic=work.topic, bootstrap=bootstrap, member=seat.name, folder=folder
        )

    asyncio.run(stream.run(build, beside))


class Stream(Generic[AnyTask]):
    """A custody and the Faust app that feeds it.

    Args:
        work: The service.
        engine: The store.
        watch: Tells which topic it is.
        owner: Names this process in the table of positions.
    """

    def __init__(self, work: Work[AnyTask], engine: AsyncEngine, watch: TopicWatch, *, owner: str) -> None:
        self.status = StreamStatus(work.consumer)
        self._topic = work.topic
        self._watch = watch
        self._custody = Custody(work, engine, watch, owner=owner)
        self._app: App
        self._beside: list[asyncio.Future[None]] = []

    @guarded
    async def run(self, build: Callable[[], App], beside: Sequence[Beside]) -> None:
        """Run until a signal; does not return."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._start_beside, self._finish)
        self._start_beside(self.status.beat)
        for function in beside:
            self._start_beside(function, self)
        facts = await patiently(self._watch.facts)
        await patiently(lambda: self._watch.refuse_unfit(facts))
        self._app = build()
        self._start_beside(self._checkpoints)
        self._start_beside(self._confirm_topic, facts)
        await self._app.start()
        await self._app.wait_until_stopped()
        leave(self._app.crash_reason or InfrastructureError("Faust stopped by itself"))

    def _start_beside(self, function: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """Run something of which an error ends the process."""
        self._beside.append(asyncio.ensure_future(guarded(function)(*arguments)))

    async def _finish(self) -> None:
        """Store what can be stored quickly, and leave."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_CHECKPOINT_S):
                await self._custody.checkpoint()
        _log.info("stopping", consumer=self.status.consumer, longest_stall_s=round(self.status.longest_stall_s, 3))
        leave(None)

    async def _confirm_topic(self, known: TopicFacts) -> None:
        """Notice that the topic is gone or another one, also while there is nothing to read or to store."""
        while True:
            await asyncio.sleep(_CONFIRM_EVERY_S)
            with suppress(Unavailable):
                await self._watch.confirm(known)

    async def _checkpoints(self) -> None:
        delay_s = CHECKPOINT_EVERY_S
        while True:
            await asyncio.sleep(delay_s)
            is_stored = await self._custody.checkpoint()
            self.status.note_checkpoint(self._lag(), is_stored=is_stored)
            delay_s = CHECKPOINT_EVERY_S if is_stored else min(2 * delay_s, _LONGEST_DELAY_S)

    def _lag(self) -> Mapping[int, int]:
        ends = {partition: self._end_of(partition) for partition in self._custody.positions()}
        return {
            partition: max(0, end - self._custody.positions().get(partition, end))
            for partition, end in ends.items()
            if end is not None
        }

    def _end_of(self, partition: int) -> int | None:
        """Return the end of the log as of the last fetch; None before it, or when the partition was just taken away."""
        try:
            end: int | None = self._app.consumer.highwater(TP(self._topic, partition))
        except AssertionError:
            return None
        return end

    async def caught_up(self) -> Mapping[int, AnyTask]:
        """Return what is in memory about each owned partition of which nothing waits; see `Custody.caught_up`."""
        return await self._custody.caught_up()

    # What the app leads to

    def positions(self) -> Mapping[int, int]:
        """Return the next offset to read of each owned partition."""
        return self._custody.positions()

    @guarded
    async def assigned(self) -> None:
        """Claim what Kafka has assigned, before anything of it is fetched."""
        await patiently(lambda: self._custody.claim(self._assigned(), self._bounds))
        self.status.note_assignment(len(self.positions()))
        _log.info("partitions_claimed", consumer=self.status.consumer, positions=dict(self.positions()))

    def _assigned(self) -> Collection[int]:
        return {place.partition for place in self._app.consumer.assignment() if place.topic == self._topic}

    async def _bounds(self, partitions: Collection[int]) -> Mapping[int, tuple[int, int]]:
        places = [TP(self._topic, partition) for partition in partitions]
        first = await self._app.consumer.earliest_offsets(*places)
        end = await self._app.consumer.highwaters(*places)
        return {place.partition: (first[place], end[place]) for place in places}

    @guarded
    async def revoked(self) -> None:
        """Store and let go."""
        await self._custody.release()

    async def read(self, events: Any) -> None:
        """Take run after run."""
        async for event in events.noack().events():
            await self._take(event)

    @guarded
    async def _take(self, event: Any) -> None:
        generation = event.message.generation_id
        records = [log_record(record) for record in event.value]
        await self._custody.take(
            event.message.partition, records, lambda: bool(generation == self._app.consumer_generation_id)
        )
