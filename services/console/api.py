"""The JSON API: policies, signals and evidence, through the same disclosure rule as the pages."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.evidence import POOLED
from contracts.plan import Plan, Text
from infra.postgres import reading
from infra.postgres.engine import connected
from infra.postgres.reading import Chosen, Seen, StoredPlan, StoredSignal
from pipelines.comparisons import comparisons
from pipelines.disclosure import disclose

_DECIMALS = 2
_MOST_ROWS = 5_000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class TextRecord(_Record):
    """A text in Dutch, English or both."""

    nl: str | None
    en: str | None


class PolicyRecord(_Record):
    """A policy or experiment and the plan it follows."""

    id: str
    version: int
    sha256: str
    is_accepted: bool
    kind: str
    title: TextRecord
    owner_office: str
    regions: list[str]
    arms: list[str]
    groups: list[str]
    indicators: list[str]


class SignalRecord(_Record):
    """A signal as it is now."""

    id: UUID
    number: str
    policy: str
    plan_version: int
    claim: str
    indicator: str
    arm: str
    region: str
    group: str
    direction: str
    severity: str
    state: str
    owner_office: str
    owner_table: str | None
    decide_before: datetime
    raised_at: datetime
    changed_at: datetime


class EvidenceQuery(BaseModel):
    """Which comparisons; what is left out may be anything.

    Attributes:
        history: Every look instead of the latest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str
    claim: str | None = None
    indicator: str | None = None
    arm: str | None = None
    region: str = POOLED
    group: str | None = None
    history: bool = False


class EvidenceRecord(_Record):
    """What a look says about one comparison, as far as it may be shown: `held_back` says why figures are missing."""

    policy: str
    plan_version: int
    plan_sha256: str
    claim: str
    indicator: str
    arm: str
    region: str
    group: str
    look: str
    look_index: int
    closing: int
    closed_at: datetime | None
    n_a: int | None
    n_b: int | None
    share_a: float | None
    share_b: float | None
    scale: str | None
    estimate: float | None
    lower: float | None
    upper: float | None
    difference: float | None
    difference_lower: float | None
    difference_upper: float | None
    held_back: str | None
    log_e_worse: float | None
    log_e_better: float | None
    recent: str | None
    guarantee: str
    state: str
    stands: str | None
    reason: str | None


def api(engine: AsyncEngine) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/policies")
    async def policies() -> list[PolicyRecord]:
        """Return every policy with its plan in force."""
        async with connected(engine) as connection:
            return [_policy(stored) for stored in await reading.plans_in_force(connection)]

    @router.get("/signals")
    async def signals(
        policy: str | None = None, state: Literal["open", "withdrawn"] | None = None
    ) -> list[SignalRecord]:
        """Return signals, the newest first."""
        async with connected(engine) as connection:
            found = await reading.signals(connection, policy=policy, state=state)
        return [_signal(each) for each in found]

    @router.get("/signals/{number}")
    async def signal(number: str) -> SignalRecord:
        """Return one signal."""
        async with connected(engine) as connection:
            found = await reading.signal(connection, number)
        if found is None:
            raise HTTPException(404, f"no signal has the number {number[:40]!r}")
        return _signal(found)

    @router.get("/evidence")
    async def evidence(query: Annotated[EvidenceQuery, Query()]) -> list[EvidenceRecord]:
        """Return the evidence of the comparisons that fit; those over all regions unless a region is named."""
        async with connected(engine) as connection:
            plan = await _plan_of(connection, query.policy)
            chosen = _comparisons(plan, query.model_dump(exclude={"policy", "history"}, exclude_none=True))
            read = reading.history if query.history else reading.latest
            seen = [each for one in chosen for each in await read(connection, query.policy, one)]
        if len(seen) > _MOST_ROWS:
            raise HTTPException(
                413, f"{len(seen)} rows fit; at most {_MOST_ROWS} are given: name more of the comparison"
            )
        return [_evidence(each, plan) for each in seen]

    return router


async def _plan_of(connection: AsyncConnection, policy: str) -> Plan:
    plans = await reading.plans_in_force(connection)
    found = next((stored.plan for stored in plans if stored.plan.id == policy), None)
    if found is None:
        known = ", ".join(stored.plan.id for stored in plans) or "none"
        raise HTTPException(404, f"no policy {policy[:40]!r} is registered; known: {known}")
    return found


def _comparisons(plan: Plan, wanted: dict[str, str]) -> list[Chosen]:
    """Return the comparisons of a plan that fit, one choice per claim."""
    fitting = [
        each
        for indicator in plan.indicators
        for each in comparisons(plan, indicator)
        if all(getattr(each, name) == value for name, value in wanted.items())
    ]
    chosen = []
    for claim in dict.fromkeys(each.claim for each in fitting):
        parts = [each for each in fitting if each.claim == claim]
        names = ("indicator", "arm", "region", "group")
        chosen.append(Chosen((claim,), *(tuple(dict.fromkeys(getattr(p, name) for p in parts)) for name in names)))
    return chosen


def _policy(stored: StoredPlan) -> PolicyRecord:
    plan = stored.plan
    return PolicyRecord(
        id=plan.id,
        version=plan.version,
        sha256=plan.sha256,
        is_accepted=stored.is_accepted,
        kind=plan.kind,
        title=_text(plan.title),
        owner_office=plan.owner.office,
        regions=list(plan.choices.areas.every),
        arms=list(plan.arms.every) if plan.arms is not None else [],
        groups=[group.id for group in plan.groups],
        indicators=[indicator.id for indicator in plan.indicators],
    )


def _text(text: Text) -> TextRecord:
    return TextRecord(nl=text.nl, en=text.en)


def _signal(signal: StoredSignal) -> SignalRecord:
    return SignalRecord.model_validate(signal)


def _evidence(seen: Seen, plan: Plan) -> EvidenceRecord:
    """Return a row as it may be shown: what is held back, is, and e-values are too coarse to count people from."""
    row, shown = seen.row, disclose(seen.row, plan.disclosure)
    figures = {name: getattr(shown, name) for name in shown.__struct_fields__}
    facts = {
        name: getattr(row, name) for name in EvidenceRecord.model_fields if hasattr(row, name) and name not in figures
    }
    evidence = {
        name: None if shown.held_back else round(getattr(row, name), _DECIMALS)
        for name in ("log_e_worse", "log_e_better")
    }
    return EvidenceRecord(**{**facts, **figures, **evidence, "closing": seen.closing, "closed_at": seen.closed_at})
