"""Which regions and groups of a plan the records are about, and which not.

Nothing here tells fewer people than the plan's smallest cell: of such a region or group only that, and not how many.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import Plan
from pipelines.quality_looks import Sums, Watch


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which regions and groups of the plan have fewer people than its smallest cell, or none.

    Attributes:
        regions, groups: Those, in the order of the plan.
        n_regions, n_groups: How many were looked for.
    """

    regions: tuple[str, ...]
    groups: tuple[str, ...]
    n_regions: int
    n_groups: int


def coverage(plan: Plan, rows: Iterable[EvidenceRow], watches: Sequence[Watch]) -> Coverage | None:
    """Return what of the plan the records do not cover; None where nothing was seen of them yet.

    Args:
        plan: Names regions and groups.
        rows: The latest evidence.
        watches: What the inspector remembers of each outcome.
    """
    people: dict[tuple[str, str], int] = defaultdict(int)
    for place, n in (*_in_rows(rows), *_in_watches(watches)):
        people[place] = max(people[place], n)
    if not people:
        return None
    areas = plan.choices.areas
    regions = areas.every if watches else areas.here + areas.elsewhere
    groups = tuple(each.id for each in plan.groups)
    smallest = plan.disclosure.minimum_cell
    return Coverage(
        tuple(each for each in regions if people["region", each] < smallest),
        tuple(each for each in groups if people["group", each] < smallest),
        len(regions),
        len(groups),
    )


def _in_rows(rows: Iterable[EvidenceRow]) -> Iterable[tuple[tuple[str, str], int]]:
    """Yield how many people each row is about, in its region and in its group."""
    for row in rows:
        everyone = row.n_a + row.n_b
        if row.group != POOLED:
            yield ("group", row.group), everyone if row.claim == "effect" else row.n_b
        if row.region != POOLED:
            yield ("region", row.region), row.n_b if row.claim == "elsewhere" else everyone


def _in_watches(watches: Iterable[Watch]) -> Iterable[tuple[tuple[str, str], int]]:
    """Yield how many records the open look and the first ones hold of each region and group."""
    for watch in watches:
        for cells in (watch.cells, watch.start, watch.before):
            yield from (((kind, name), sums.n) for kind, name, sums in _parts(cells))


def _parts(cells: dict[str, Sums]) -> Iterable[tuple[str, str, Sums]]:
    for key, sums in cells.items():
        kind, _, name = key.partition("=")
        if kind in {"region", "group"}:
            yield kind, name, sums
