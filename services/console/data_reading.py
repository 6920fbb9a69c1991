"""What the page of the data and the API read about one policy, and about its suppliers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import Plan
from contracts.readings import DataWarning
from infra.postgres import evidence_reading, reading, supplier_board
from infra.postgres.quality import CheckedBatch, LatestResult, latest_results, newest_batches
from infra.postgres.quality_board import LookCount, OpenPause, look_counts, n_held_back, pauses_now, remembered
from infra.postgres.supplier_board import Delivered, InQuarantine, LastRefusal, ReasonCount
from infra.postgres.suppliers import StoredKey, Supplier, all_keys, all_suppliers
from pipelines.quality_looks import Watch
from pipelines.quality_state import PolicyState
from services.claimed import comparisons
from services.console.family import MOST_COMPARED

_TELL_OF_PEOPLE = frozenset({"effect", "gap", "elsewhere"})


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """What is stored about the data of a policy.

    Attributes:
        looks: What its looks counted.
        watches: What the inspector remembers of each outcome; empty where it has seen nothing.
        rows: The latest evidence about regions and groups.
        results: What each rule of the inspector said last.
        checked: The micro-batch that was checked last; None where there is no inspector yet.
        pauses: Pauses of policy signals that last.
        n_held: Findings that wait until a pause is over.
        behind: Arms with fewer participants than the plan names.
    """

    plan: Plan
    looks: tuple[LookCount, ...]
    watches: tuple[Watch, ...]
    rows: tuple[EvidenceRow, ...]
    results: tuple[LatestResult, ...]
    checked: CheckedBatch | None
    pauses: tuple[OpenPause, ...]
    n_held: int
    behind: tuple[DataWarning, ...]


@dataclass(frozen=True, slots=True)
class StoredBoard:
    """What is stored about suppliers."""

    delivered: tuple[Delivered, ...]
    quarantine: tuple[InQuarantine, ...]
    reasons: tuple[ReasonCount, ...]
    refusals: Mapping[str, LastRefusal]
    registered: Mapping[str, Supplier]
    keys: Sequence[StoredKey]
    pauses: tuple[OpenPause, ...]


async def policy_facts(connection: AsyncConnection, plan: Plan) -> PolicyFacts:
    """Return what is stored about the data of a policy."""
    batches = await newest_batches(connection, plan.id, limit=1)
    warnings = [each for look in await reading.last_looks(connection, plan.id) for each in look.warnings]
    behind = [each for each in warnings if each.code == "enrolment_behind"]
    return PolicyFacts(
        plan,
        await look_counts(connection, plan.id),
        _watches(await remembered(connection, plan.id), plan),
        await _rows(connection, plan),
        tuple(await latest_results(connection, plan.id)),
        batches[0] if batches else None,
        await pauses_now(connection, plan.id),
        await n_held_back(connection, plan.id),
        tuple({(each.arm, each.region, each.group): each for each in behind}.values()),
    )


def _watches(data: bytes | None, plan: Plan) -> tuple[Watch, ...]:
    """Return what the inspector remembers under this version of the plan."""
    if data is None:
        return ()
    state = PolicyState.decoded(data)
    return tuple(state.watches.values()) if state.version == plan.version else ()


async def _rows(connection: AsyncConnection, plan: Plan) -> tuple[EvidenceRow, ...]:
    """Return the latest evidence about each region and each group; of very many regions the groups alone."""
    of_groups = [each for each in comparisons(plan, pooled=True) if each.claims[0] in _TELL_OF_PEOPLE]
    of_regions = [
        replace(each, groups=(POOLED,)) if each.claims[0] == "effect" else each
        for each in comparisons(plan, pooled=False)
        if each.claims[0] in _TELL_OF_PEOPLE
    ]
    chosen = [*of_groups, *of_regions]
    if sum(each.size for each in chosen) > MOST_COMPARED:
        chosen = of_groups
    found = [each for one in chosen for each in await evidence_reading.latest(connection, plan.id, one)]
    return tuple(each.row for each in found)


async def stored_board(connection: AsyncConnection, policy: str | None) -> StoredBoard:
    """Return what is stored about the suppliers of a policy; None for every policy."""
    return StoredBoard(
        await supplier_board.delivered(connection, policy),
        await supplier_board.in_quarantine(connection, policy),
        await supplier_board.open_reasons(connection, policy),
        await supplier_board.last_refusals(connection, policy),
        await all_suppliers(connection),
        await all_keys(connection),
        await pauses_now(connection, policy),
    )
