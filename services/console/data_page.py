"""Everything the page of the data shows, read and made ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.plan import Plan
from infra.postgres import reading
from infra.postgres.deliveries_told import newest_deliveries
from infra.postgres.quality import CheckedBatch
from infra.postgres.quality_board import data_version
from infra.postgres.reading import StoredPlan
from infra.postgres.supplier_board import MOST_LOOKED_AT
from services.console.data_board import supplier_view
from services.console.data_coverage import Coverage, coverage
from services.console.data_policy import Completeness, Timeliness, completeness, timeliness
from services.console.data_quality import PauseLine, QualityLines, RuleLine
from services.console.data_reading import PolicyFacts, StoredBoard, policy_facts, stored_board
from services.console.data_sayings import sayings
from services.console.data_words import duration
from services.console.names import Names
from services.console.remarks import Remarks
from services.console.rendering import Screen
from services.console.words import ZONE

MOST_POLICIES = 12
"""Policies of which the page shows the data at once; of more, those chosen."""

_MOST_REASONS = 10
_MOST_DELIVERIES = 10


@dataclass(frozen=True, slots=True)
class PolicyData:
    """The data of one policy, in one language.

    Attributes:
        plan, names, title: Of the policy.
        lateness: How long its records are waited for.
        received: Records of it that came; 0 before the first.
        accepted: Share of these that was accepted; None before the first.
        failed, could_not_run, not_applicable: Rules of the inspector by what became of them.
        enrolment: Which arms have fewer participants than planned.
    """

    plan: Plan
    names: Names
    title: str
    lateness: str
    received: int
    accepted: float | None
    timeliness: Timeliness
    completeness: tuple[Completeness, ...]
    enrolment: tuple[str, ...]
    coverage: Coverage | None
    checked: CheckedBatch | None
    failed: tuple[RuleLine, ...]
    could_not_run: tuple[RuleLine, ...]
    not_applicable: tuple[RuleLine, ...]
    pauses: tuple[PauseLine, ...]
    n_pauses: int
    n_held: int


def shown_plans(plans: Sequence[StoredPlan], policy: str | None) -> tuple[StoredPlan, ...]:
    """Return the plan of the policy that is asked for; all of them where none is, or where it is not known."""
    chosen = tuple(each for each in plans if each.plan.id == policy)
    return chosen or tuple(plans)


async def data_context(
    connection: AsyncConnection, plans: Sequence[StoredPlan], policy: str | None, *, screen: Screen, now: datetime
) -> dict[str, Any]:
    """Return what the template `data.html` needs.

    Args:
        connection: Reads.
        plans: All plans in force.
        policy: The one to show; None, or one that is not known, for all.
        screen: In which language.
        now: The present, aware.
    """
    chosen = shown_plans(plans, policy)
    only = chosen[0].plan.id if len(chosen) == 1 and policy == chosen[0].plan.id else None
    titles = {each.plan.id: each.plan.title.in_language(screen.language.code) for each in plans}
    version = await data_version(connection)  # before the rest, so that nothing is missed
    board = await stored_board(connection, only)
    facts = [await policy_facts(connection, each.plan) for each in chosen[:MOST_POLICIES]]
    told = await newest_deliveries(connection, limit=_MOST_DELIVERIES)
    view = supplier_view(board, chosen, now=now)
    names = {line.supplier for line in view.lines}
    n_open = len(await reading.signals(connection, policy=only, state="open")) if only else 0
    return {
        "here": "data",
        "policy": only,
        "n_open": n_open,
        "policies": sorted(titles.items(), key=itemgetter(1)),
        "titles": titles,
        "data": [_policy_data(each, board, screen=screen, now=now) for each in facts],
        "n_left_out": max(0, len(chosen) - MOST_POLICIES),
        "deliveries": [each for each in told if only is None or each.supplier in names],
        "most_reasons": _MOST_REASONS,
        "most_looked_at": MOST_LOOKED_AT,
        "stream": screen.url("/stroom/gegevens"),
        "data_version": version,
        "now": now,
        "lines": view.lines,
        "facts": view.facts,
        "reasons": view.reasons,
        "together": view.together,
        **sayings(screen.words),
    }


def _policy_data(facts: PolicyFacts, board: StoredBoard, *, screen: Screen, now: datetime) -> PolicyData:
    plan, words = facts.plan, screen.words
    names = Names(plan, screen.language.code)
    lines, remarks = QualityLines(names, words), Remarks(plan, names, words)
    mine = [each for each in board.delivered if each.policy == plan.id]
    received = sum(each.received for each in mine)
    return PolicyData(
        plan=plan,
        names=names,
        title=names.text(plan.title),
        lateness=duration(words, plan.lateness),
        received=received,
        accepted=sum(each.counted + each.duplicate for each in mine) / received if received else None,
        timeliness=timeliness(plan, facts.looks, facts.watches, today=now.astimezone(ZONE).date()),
        completeness=completeness(plan, facts.looks),
        enrolment=tuple(remarks.enrolment(each) for each in facts.behind),
        coverage=coverage(plan, facts.rows, facts.watches),
        checked=facts.checked,
        failed=lines.of(facts.results, "failed"),
        could_not_run=lines.of(facts.results, "could_not_run"),
        not_applicable=lines.of(facts.results, "not_applicable"),
        pauses=lines.pauses(facts.pauses),
        n_pauses=len(facts.pauses),
        n_held=facts.n_held,
    )
