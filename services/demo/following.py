"""What happens in the service, as its store tells it: asked again and again, each thing is told once."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.evidence import EvidenceRow
from contracts.plan import Plan
from infra.postgres.deliveries import NO_SUPPLIER, Counts, delivered_by
from infra.postgres.engine import connected
from infra.postgres.evidence_reading import rows_after
from infra.postgres.outbox import count_waiting
from infra.postgres.reading import StoredSignal, signals
from infra.postgres.refusals import Quarantined, Wanted, newest_refusals

_MOST = 1_000


@dataclass(frozen=True, slots=True)
class News:
    """What happened since the last question.

    Attributes:
        refused: Records that were quarantined.
        rows: Evidence of the looks that closed, over all regions and of areas elsewhere.
        signals: Signals that are new or changed.
        is_settled: Whether nothing happened and nothing is on its way to the next service.
    """

    refused: tuple[Quarantined, ...]
    rows: tuple[EvidenceRow, ...]
    signals: tuple[StoredSignal, ...]
    is_settled: bool


@dataclass(slots=True)
class Follower:
    """Follows one policy.

    Attributes:
        engine: The store.
        plan: The policy's plan.
        counts: What became of the policy's records so far, by supplier.
        known_signals: The signals of the policy as they were last seen, by number.
    """

    engine: AsyncEngine
    plan: Plan
    counts: dict[str, Counts] = field(default_factory=dict)
    known_signals: dict[str, StoredSignal] = field(default_factory=dict)
    _refused: int = 0
    _closing: int = 0

    async def news(self) -> News:
        """Return what happened since the last time; the first time, all that ever did."""
        async with connected(self.engine) as connection:
            return await self._news(connection)

    async def _news(self, connection: AsyncConnection) -> News:
        before = self.counts
        self.counts = await delivered_by(connection, self.plan.id)
        refused = await newest_refusals(connection, Wanted(policy=self.plan.id, after=self._refused), limit=_MOST)
        seen = await rows_after(connection, self.plan.id, self._closing)
        changed = [each for each in await signals(connection, policy=self.plan.id, state=None) if self._is_news(each)]
        n_waiting = await count_waiting(connection)
        self._refused = refused[-1].id if refused else self._refused
        self._closing = seen[-1].closing if seen else self._closing
        self.known_signals |= {each.number: each for each in changed}
        is_settled = before == self.counts and not (refused or seen or changed or n_waiting)
        return News(refused, tuple(each.row for each in seen), tuple(changed), is_settled)

    def of(self, supplier: str = NO_SUPPLIER) -> Counts:
        """Return what became of a supplier's records so far."""
        return self.counts.get(supplier, Counts())

    def _is_news(self, signal: StoredSignal) -> bool:
        known = self.known_signals.get(signal.number)
        return known is None or (known.severity, known.state) != (signal.severity, signal.state)
