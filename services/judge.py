"""The judge: a look closes; signals are raised, change or are withdrawn, in the transaction that moves the position.

It decides nothing itself: `pipelines.judgement` does, from the evidence that PostgreSQL holds up to that closing. The
events of a look only say that it is time; when the last part of a look is read all its rows are stored.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.events import (
    LOOKS,
    SIGNALS,
    Event,
    LookClosed,
    SignalChanged,
    SignalRaised,
    SignalWithdrawn,
    cloudevent_headers,
    encode_event,
)
from contracts.log import Message
from infra.postgres.engine import open_engine
from infra.postgres.held import held_subjects, hold
from infra.postgres.outbox import put_all
from infra.postgres.pauses import open_pauses
from infra.postgres.signals import Told, load_signals, rows_to_judge, store_verdicts
from infra.settings import Settings
from pipelines.judgement import Closing, judge
from services.data_signals import DataSignals
from services.inbox import Inbox, KnownPlans, Reader
from services.streaming import run_service

SOURCE = "/leerlus/judge"
_GONE = "the evidence carried it in neither of the last two looks"

_log = structlog.get_logger(__name__)


class Judge(Reader[LookClosed]):
    """Looks in, signals out.

    Args:
        clock: The present, aware; for deadlines and moments only.
    """

    consumer = "leerlus-judge"
    topic = LOOKS

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(_whole_look)
        self._clock = clock
        self._plans = KnownPlans()

    async def save(self, connection: AsyncConnection, tasks: Mapping[int, Inbox[LookClosed]]) -> None:
        """Judge every look that was read, in order, and leave signals and their events."""
        messages: dict[str, list[Message]] = defaultdict(list)
        for task in tasks.values():
            while task.waiting:
                look = task.waiting[0]
                messages[look.policy] += await self._judge(connection, look)
                task.done()
        await put_all(connection, messages)

    async def _judge(self, connection: AsyncConnection, look: LookClosed) -> list[Message]:
        """Return the events of one look's verdicts, which are stored."""
        plan, now = await self._plans.get(connection, look.plan_sha256), self._clock()
        known = await load_signals(connection, look.policy)
        held = await held_subjects(connection, look.policy)
        rows = await rows_to_judge(connection, look.policy, look.closing, known.values(), held)
        closing = Closing(look.policy, look.closing, look.indicator, look.look_index)
        paused = [each.series.cell for each in await open_pauses(connection, look.policy)]
        verdicts = judge(closing, rows, list(known.values()), plan=plan, now=now, paused=paused)
        await hold(connection, look.policy, look.closing, [each for each in verdicts if each.kind == "held"], now=now)
        free = [each for each in verdicts if each.kind != "held"]
        told = await store_verdicts(connection, free, numbers=known, owner=plan.owner, now=now)
        for each in told:
            severity, subject = each.verdict.signal.severity, each.verdict.signal.subject
            _log.info(f"signal_{each.verdict.kind}", signal=each.number, severity=severity, **asdict(subject))
        return [_message(_event(each, look), now=now) for each in told]


def run(settings: Settings) -> None:
    """Run the judge, by the clock of this machine, until SIGTERM or SIGINT; the process ends here."""
    engine = open_engine(settings.need_postgres())
    data_signals = DataSignals(engine, _now)
    run_service(Judge(_now), settings=settings, port=settings.health.judge, engine=engine, beside=[data_signals.watch])


def _now() -> datetime:
    return datetime.now(UTC)


def _whole_look(event: Event) -> LookClosed | None:
    """Return a look of which all parts have been read, without the rows, which are read from the store."""
    if isinstance(event, LookClosed) and event.part == event.parts:
        return msgspec.structs.replace(event, rows=())
    return None


def _event(told: Told, look: LookClosed) -> SignalRaised:
    """Return the event that tells of a verdict."""
    verdict, subject = told.verdict, told.verdict.signal.subject
    facts: dict[str, Any] = {
        "policy": subject.policy,
        "signal": str(subject.id),
        "number": told.number,
        "severity": verdict.signal.severity,
        "claim": subject.claim,
        "indicator": subject.indicator,
        "other_indicator": subject.other_indicator,
        "arm": subject.arm,
        "region": subject.region,
        "group": subject.group,
        "direction": subject.direction,
        "look": look.look,
        "closing": look.closing,
    }
    if verdict.kind == "changed":
        return SignalChanged(**facts, was=str(verdict.was))
    if verdict.kind == "withdrawn":
        return SignalWithdrawn(**facts, reason=_GONE)
    return SignalRaised(**facts)


def _message(event: SignalRaised, *, now: datetime) -> Message:
    headers = cloudevent_headers(event, source=SOURCE, time=now)
    return Message(SIGNALS, None, event.policy.encode(), tuple(headers), encode_event(event))
