"""The JSON API about data: suppliers, deliveries, and how the data of a policy stand."""

from collections.abc import Callable, Sequence
from datetime import datetime

from fastapi import APIRouter, HTTPException
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.quality_rules import RULES
from infra.postgres import reading
from infra.postgres.deliveries_told import newest_deliveries
from infra.postgres.engine import connected
from infra.postgres.reading import StoredPlan
from services.console.data_board import supplier_view
from services.console.data_coverage import coverage
from services.console.data_page import shown_plans
from services.console.data_policy import completeness, timeliness
from services.console.data_policy_records import (
    CompletenessRecord,
    CoverageRecord,
    DataRecord,
    TimelinessRecord,
    pause_record,
    rule_record,
)
from services.console.data_reading import PolicyFacts, policy_facts, stored_board
from services.console.data_records import DeliveryRecord, SupplierRecord, delivery_record, supplier_record
from services.console.words import ZONE

_MOST_DELIVERIES = 50


def data_api(engine: AsyncEngine, *, clock: Callable[[], datetime]) -> APIRouter:
    """Return the routes of the API that are about data.

    Args:
        engine: Where it reads.
        clock: Tells the present.
    """
    router = APIRouter(prefix="/api/v1")

    @router.get("/suppliers")
    async def suppliers(policy: str | None = None) -> list[SupplierRecord]:
        """Return every supplier, with what became of its records; of one policy if it is named."""
        async with connected(engine) as connection:
            plans = await _plans(connection, policy)
            board = await stored_board(connection, policy)
        view = supplier_view(board, plans, now=clock())
        return [supplier_record(each, view.lines, view.reasons) for each in view.facts]

    @router.get("/deliveries")
    async def deliveries(supplier: str | None = None) -> list[DeliveryRecord]:
        """Return the deliveries that came last, the newest first."""
        async with connected(engine) as connection:
            found = await newest_deliveries(connection, supplier, limit=_MOST_DELIVERIES)
        return [delivery_record(each) for each in found]

    @router.get("/data")
    async def data(policy: str) -> DataRecord:
        """Return how the data of a policy stand: in time, complete, covering its plan, inspected, and paused."""
        async with connected(engine) as connection:
            (stored,) = await _plans(connection, policy)
            facts = await policy_facts(connection, stored.plan)
        return _data(facts, clock())

    return router


async def _plans(connection: AsyncConnection, policy: str | None) -> Sequence[StoredPlan]:
    """Return the plan of the policy that is named, or all; one that is not known is not found."""
    plans = await reading.plans_to_show(connection)
    if policy is not None and policy not in {each.plan.id for each in plans}:
        raise HTTPException(404, f"no policy {policy[:40]!r} is registered")
    return shown_plans(plans, policy)


def _data(facts: PolicyFacts, now: datetime) -> DataRecord:
    plan = facts.plan
    cover = coverage(plan, facts.rows, facts.watches)
    today = now.astimezone(ZONE).date()
    return DataRecord(
        policy=plan.id,
        plan_version=plan.version,
        timeliness=TimelinessRecord.model_validate(timeliness(plan, facts.looks, facts.watches, today=today)),
        completeness=[CompletenessRecord.model_validate(each) for each in completeness(plan, facts.looks)],
        coverage=None if cover is None else CoverageRecord.model_validate(cover),
        checked_at=None if facts.checked is None else facts.checked.checked_at,
        rules=[rule_record(each) for each in facts.results if each.result.rule in RULES],
        pauses=[pause_record(each) for each in facts.pauses],
        findings_held_back=facts.n_held,
    )
