"""The JSON API: policies, signals and evidence."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.evidence import POOLED
from contracts.plan import Plan
from infra.postgres import evidence_reading, reading
from infra.postgres.engine import connected
from infra.postgres.evidence_reading import Chosen, Seen
from services.console.family import family
from services.console.records import (
    EvidenceQuery,
    EvidenceRecord,
    PolicyRecord,
    SignalRecord,
    evidence_record,
    policy_record,
    signal_record,
)
from services.verdicts import ToldVerdict, effects_of, read

_MOST_ROWS = 5_000


def api(engine: AsyncEngine) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/policies")
    async def policies() -> list[PolicyRecord]:
        """Return every policy with its plan in force."""
        async with connected(engine) as connection:
            return [policy_record(stored) for stored in await reading.plans_to_show(connection)]

    @router.get("/signals")
    async def signals(
        policy: str | None = None, state: Literal["open", "withdrawn"] | None = None
    ) -> list[SignalRecord]:
        """Return signals, the newest first."""
        async with connected(engine) as connection:
            found = await reading.signals(connection, policy=policy, state=state)
        return [signal_record(each) for each in found]

    @router.get("/signals/{number}")
    async def signal(number: str) -> SignalRecord:
        """Return one signal."""
        async with connected(engine) as connection:
            found = await reading.signal(connection, number)
        if found is None:
            raise HTTPException(404, f"no signal has the number {number[:40]!r}")
        return signal_record(found)

    @router.get("/evidence")
    async def evidence(query: Annotated[EvidenceQuery, Query()]) -> list[EvidenceRecord]:
        """Return the evidence of the comparisons that fit; those over all regions unless a region is named."""
        async with connected(engine) as connection:
            plan = await _plan_of(connection, query.policy)
            chosen = _comparisons(plan, query)
            _allow(sum(each.size for each in chosen))
            seen = [each for one in chosen for each in await _read(connection, query, one)]
        _allow(len(seen))
        return [evidence_record(each, plan) for each in seen]

    @router.get("/verdicts")
    async def verdicts(policy: str) -> list[ToldVerdict]:
        """Return the verdict on every outcome and watched arm of a policy; none where it has no arms."""
        async with connected(engine) as connection:
            plan = await _plan_of(connection, policy)
            _allow(sum(each.size for each in effects_of(plan)))
            return list(await read(connection, plan))

    return router


async def _read(connection: AsyncConnection, query: EvidenceQuery, chosen: Chosen) -> tuple[Seen, ...]:
    if query.history:
        return await evidence_reading.history(connection, query.policy, chosen, limit=_MOST_ROWS + 1)
    return await evidence_reading.latest(connection, query.policy, chosen)


def _allow(n_rows: int) -> None:
    """Refuse an answer that would be too long to be of use."""
    if n_rows > _MOST_ROWS:
        raise HTTPException(400, f"more than {_MOST_ROWS} rows fit: name more of the comparison")


async def _plan_of(connection: AsyncConnection, policy: str) -> Plan:
    plans = await reading.plans_to_show(connection)
    found = next((stored.plan for stored in plans if stored.plan.id == policy), None)
    if found is None:
        known = ", ".join(stored.plan.id for stored in plans) or "none"
        raise HTTPException(404, f"no policy {policy[:40]!r} is registered; known: {known}")
    return found


def _comparisons(plan: Plan, query: EvidenceQuery) -> list[Chosen]:
    """Return the comparisons of a plan that fit, one choice per claim."""
    together = family(plan, pooled=query.region == POOLED)
    wanted = query.model_dump(exclude={"policy", "history"}, exclude_none=True)
    return [chosen for chosen in (_narrowed(each, wanted) for each in together) if chosen.size]


_PARTS = {
    "claim": "claims",
    "indicator": "indicators",
    "other_indicator": "others",
    "arm": "arms",
    "region": "regions",
    "group": "groups",
}


def _narrowed(chosen: Chosen, wanted: dict[str, str]) -> Chosen:
    """Return those of the chosen comparisons that fit."""
    parts = {
        _PARTS[name]: tuple(each for each in getattr(chosen, _PARTS[name]) if each == value)
        for name, value in wanted.items()
    }
    return replace(chosen, **parts)
