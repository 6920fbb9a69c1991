"""Closes looks whose time is over: when the clock has passed them and nothing of the policy has come for a day.

A look otherwise closes with the first record of a later period, which may never come. The marker goes through the
outbox into the policy's log like one that people send, so that a replay sees it too; a backfill is never cut short,
because it is not silent. What waits in the log unread has come too: where records wait, nothing is silent.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import Unavailable
from contracts.events import OBSERVATIONS
from contracts.log import Message
from contracts.records import PeriodClosed
from infra.postgres.engine import connected
from infra.postgres.outbox import put_all
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
        caught_up: Gives the partitions that this process owns and of which no record waits in the log.
        clock: The present, aware.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        caught_up: Callable[[], Awaitable[Mapping[int, Partition]]],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._caught_up = caught_up
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
            Unavailable: If the store or Kafka does not answer.
        """
        due = self._due(await self._caught_up())
        if not due:
            return
        async with connected(self._engine) as connection, connection.begin():
            silent = await silent_policies(connection, SILENT_FOR)
            left = {marker: index for marker, index in due.items() if marker.policy in silent}
            await put_all(connection, _messages(left))
        self._marked |= left.keys()
        for marker in left:
            _log.info("period_closed_by_clock", policy=marker.policy, period=marker.period)

    def _due(self, partitions: Mapping[int, Partition]) -> Mapping[PeriodClosed, int]:
        """Return each marker to leave now, with the partition of its policy."""
        today = self._clock().date()
        return {
            marker: index
            for index, partition in partitions.items()
            for marker in overdue(partition.policies.values(), today=today)
            if marker not in self._marked
        }


def _messages(markers: Mapping[PeriodClosed, int]) -> Mapping[str, list[Message]]:
    """Return the messages of each policy."""
    messages: dict[str, list[Message]] = defaultdict(list)
    for marker, partition in markers.items():
        messages[marker.policy].append(_message(marker, partition))
    return messages


def _message(marker: PeriodClosed, partition: int) -> Message:
    value = msgspec.json.encode({"period_closed": msgspec.to_builtins(marker)})
    return Message(OBSERVATIONS, partition, marker.policy.encode(), (), value)
