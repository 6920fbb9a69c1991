"""Closes looks whose time is over: when the clock has passed them and nothing of the policy has come for a day.

A look otherwise closes with the first record of a later period, which may never come. The marker goes through the
outbox into the policy's log like one that people send, so that a replay sees it too; a backfill is never cut short,
because it is not silent.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import Unavailable
from contracts.events import OBSERVATIONS
from contracts.records import PeriodClosed
from infra.kafka.message import Message
from infra.postgres.engine import connected
from infra.postgres.outbox import put
from infra.postgres.tallies import silent_policies
from pipelines.fold import Partition
from pipelines.policy import Policy

SILENT_FOR = timedelta(hours=24)
LOOK_EVERY_S = 600.0

_log = structlog.get_logger(__name__)


def overdue(policies: Iterable[Policy], *, today: date) -> Iterator[PeriodClosed]:
    """Yield a marker for each open look with records whose period and lateness have passed.

    Args:
        policies: Their state; read only.
        today: The date, in UTC: in no place of the Kingdom in Europe is it earlier.
    """
    for policy in policies:
        for indicator, watched in policy.watched.items():
            period = watched.open.period if watched.open.n_counted and policy.plan.look.every is None else None
            with suppress(ValueError):  # the end of the calendar
                if period is not None and policy.plan.lateness.after(period.end) <= today:
                    yield PeriodClosed(policy=policy.plan.id, indicator=indicator, period=period.label)


class Silence:
    """Looks now and then for looks that nobody will close.

    Args:
        engine: The store.
        partitions: Gives the partitions that this process owns.
        clock: The present, aware.
    """

    def __init__(
        self, engine: AsyncEngine, partitions: Callable[[], Mapping[int, Partition]], clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._partitions = partitions
        self._clock = clock
        self._marked: set[PeriodClosed] = set()

    async def watch(self) -> None:
        """Look for as long as the event loop runs."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Unavailable as error:
                _log.warning("silence_not_looked_at", problem=str(error))

    async def look(self) -> None:
        """Leave a marker for each look that is overdue in a policy that is silent; one look has one marker.

        One too many does no harm: it names its period, and closes nothing that comes after it.

        Raises:
            Unavailable: If the store does not answer.
        """
        due = {index: self._due(partition) for index, partition in self._partitions().items()}
        if not any(due.values()):
            return
        async with connected(self._engine) as connection, connection.begin():
            silent = await silent_policies(connection, SILENT_FOR)
            for index, markers in due.items():
                for marker in markers:
                    if marker.policy in silent:
                        await put(connection, marker.policy, [_message(marker, index)])
                        self._marked.add(marker)
                        _log.info("period_closed_by_clock", policy=marker.policy, period=marker.period)

    def _due(self, partition: Partition) -> list[PeriodClosed]:
        markers = overdue(partition.policies.values(), today=self._clock().date())
        return [marker for marker in markers if marker not in self._marked]


def _message(marker: PeriodClosed, partition: int) -> Message:
    value = msgspec.json.encode({"period_closed": msgspec.to_builtins(marker)})
    return Message(OBSERVATIONS, partition, marker.policy.encode(), (), value)
