"""The publisher: tells the owner's office of every signal that is raised, changes or is withdrawn.

The console needs no telling: it reads the tables. A notice is left once: it is looked up in the store, then in the
channel, and only then made; the store learns of it in the transaction that moves the position.
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.errors import LogBroken
from contracts.events import SIGNALS, Event, SignalChanged, SignalRaised, SignalWithdrawn, event_id
from contracts.plan import Plan
from contracts.signal import Severity
from infra.notify import Channel, Notice, OfficeFiles
from infra.postgres.effects import add_effects, find_effects
from infra.postgres.engine import connected
from infra.postgres.reading import StoredSignal, plan_by_version, signal
from infra.settings import Settings
from services.console.languages import SOURCE, translations
from services.console.names import Names
from services.console.subjects import about
from services.console.titles import title
from services.inbox import Inbox, Reader

_SEVERITIES: dict[Severity, str] = {
    "info": "ter informatie",
    "notice": "let op",
    "warning": "waarschuwing",
    "high": "hoog",
}
_HAPPENED: dict[type[SignalRaised], str] = {
    SignalRaised: "nieuw",
    SignalChanged: "gewijzigd",
    SignalWithdrawn: "ingetrokken",
}
_ZONE = ZoneInfo("Europe/Amsterdam")

_log = structlog.get_logger(__name__)


class Publisher(Reader[SignalRaised]):
    """Signals in, notices out.

    Args:
        channel: Where notices are left.
        engine: For looking up what was made, outside the position's transaction.
    """

    consumer = "leerlus-publisher"
    topic = SIGNALS

    def __init__(self, channel: Channel, engine: AsyncEngine) -> None:
        super().__init__(_of_a_signal)
        self._channel = channel
        self._engine = engine
        self._made: dict[str, str] = {}

    async def effects(self, tasks: Mapping[int, Inbox[SignalRaised]]) -> None:
        """Leave a notice of every event that was read, in order.

        Raises:
            Unavailable: If the channel does not answer; what was left so far is not left again.
        """
        for task in tasks.values():
            while task.waiting:
                await self._publish(task.waiting[0])
                task.done()

    async def save(
        self,
        connection: AsyncConnection,
        tasks: Mapping[int, Inbox[SignalRaised]],  # noqa: ARG002  (the stream's protocol)
    ) -> None:
        """Remember the notices that were left."""
        made, self._made = self._made, {}
        await add_effects(connection, self.consumer, made)

    async def _publish(self, event: SignalRaised) -> None:
        identity = event_id(event)
        async with connected(self._engine) as connection:
            if await find_effects(connection, self.consumer, [str(identity)]):
                return
            notice = await _notice(connection, event)
        place = await self._channel.find(notice) or await self._channel.leave(notice)
        self._made[str(identity)] = place
        _log.info("notice_left", signal=event.number, severity=event.severity, office=notice.office, place=place)


def build(settings: Settings, engine: AsyncEngine) -> Publisher:
    """Return the publisher, with the offices' files under the state directory."""
    return Publisher(OfficeFiles(settings.state_dir / "notices"), engine)


def _of_a_signal(event: Event) -> SignalRaised | None:
    return event if isinstance(event, SignalRaised) else None


async def _notice(connection: AsyncConnection, event: SignalRaised) -> Notice:
    """Return the notice of an event.

    Raises:
        LogBroken: If the signal or its plan is not stored.
    """
    stored = await signal(connection, event.number)
    plan = None if stored is None else await plan_by_version(connection, stored.policy, stored.plan_version)
    if stored is None or plan is None:
        raise LogBroken(f"signal {event.number} is told of and not stored: is this the log's database?")
    return Notice(event_id(event), stored.owner_office, _text(event, stored, plan))


def _text(event: SignalRaised, stored: StoredSignal, plan: Plan) -> str:
    """Return the notice in Dutch, the language the offices work in."""
    heading = title(about(stored, plan, Names(plan, SOURCE)), translations(SOURCE).gettext)
    which, happened = f"Signaal {event.number} ({_SEVERITIES[event.severity]})", _HAPPENED[type(event)]
    told = f"{which} over {event.policy}: {happened}. {heading}."
    if isinstance(event, SignalWithdrawn):
        return f"{told} U hoeft niets meer te beslissen."
    day = stored.decide_before.astimezone(_ZONE).date()
    return f"{told} Beslis voor {day:%d-%m-%Y}. Zie /signalen/{event.number}."
