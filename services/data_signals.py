"""Data signals: one for each pause of policy signals, raised when it begins and withdrawn when the rule passes again.

They are for whoever delivered the records, or for the office that owns the plan where nobody is known to have; they
say nothing about people. The judge tells of them, since it is the judge that falls silent.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.errors import LogBroken, Unavailable
from contracts.events import SIGNALS, DataSignalRaised, DataSignalWithdrawn, cloudevent_headers, encode_event
from contracts.log import Message
from contracts.plan import Plan
from contracts.quality import Pause
from contracts.quality_rules import RULES
from infra.postgres.engine import connected
from infra.postgres.outbox import put_all
from infra.postgres.pauses import PauseToTell, mark_told, pauses_to_tell
from infra.postgres.reading import plan_by_version

SOURCE = "/leerlus/judge"
_LOOK_EVERY_S = 1.0

_log = structlog.get_logger(__name__)


class DataSignals:
    """Tells of pauses that began or ended.

    Args:
        engine: The store.
        clock: The present, aware.
    """

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    async def watch(self, _: object) -> None:
        """Look for as long as the event loop runs."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.look()
            except Unavailable as error:
                _log.warning("data_signals_wait", problem=str(error))

    async def look(self) -> None:
        """Raise and withdraw what is due, once, whoever else looks at the same time.

        Raises:
            Unavailable: If the store does not answer.
        """
        async with connected(self._engine) as connection, connection.begin():
            due, now = await pauses_to_tell(connection), self._clock()
            messages: dict[str, list[Message]] = defaultdict(list)
            for each in due:
                plan = await _plan(connection, each)
                messages[each.pause.policy] += [_message(event, now) for event in _events(each, plan)]
            await mark_told(connection, due, now=now)
            await put_all(connection, messages)
        for each in due:
            series = each.pause.series.key
            _log.info("data_signal_told", policy=each.pause.policy, series=series, is_over=each.is_over)


async def _plan(connection: AsyncConnection, each: PauseToTell) -> Plan:
    plan = await plan_by_version(connection, each.pause.policy, each.plan_version)
    if plan is None:
        raise LogBroken(f"version {each.plan_version} of {each.pause.policy} is not stored, but a pause names it")
    return plan


def _events(each: PauseToTell, plan: Plan) -> list[DataSignalRaised]:
    """Return the events that are due; of a pause that nobody was told of both."""
    raised = [] if each.is_told else [_event(DataSignalRaised, each.pause, plan)]
    return raised + ([_event(DataSignalWithdrawn, each.pause, plan)] if each.is_over else [])


def _event(kind: type[DataSignalRaised], pause: Pause, plan: Plan) -> DataSignalRaised:
    cell, rule = pause.series.cell, RULES[pause.series.rule]
    return kind(
        policy=pause.policy,
        signal=str(pause.id),
        rule=rule.id,
        indicator=cell.indicator,
        arm=cell.arm,
        region=cell.region,
        group=cell.group,
        suppliers=pause.suppliers,
        office=plan.owner.office,
        text_nl=rule.text.in_language("nl"),
        text_en=rule.text.in_language("en"),
    )


def _message(event: DataSignalRaised, now: datetime) -> Message:
    headers = tuple(cloudevent_headers(event, source=SOURCE, time=now))
    return Message(SIGNALS, None, event.policy.encode(), headers, encode_event(event))
