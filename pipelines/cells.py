"""Cells: people and events of one look, per region, arm, stratum, own period and set of groups.

Counts are exact integers, so that neither order nor chunking can change them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from contracts.evidence import POOLED
from contracts.period import Period
from contracts.plan import Plan
from contracts.records import Observation
from pipelines.comparisons import IntArray, Tables, Wiring

CellKey = tuple[str, str, str, str, tuple[str, ...]]
"""Region, arm (empty for a policy), cohort (empty where not a stratum), own period, sorted groups."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Where units are compared: never pooled with another stratum's counts."""

    region: str
    cohort: str
    period: str


@dataclass(frozen=True, slots=True)
class Counts:
    """The cells of a closed look as compact arrays.

    Attributes:
        strata: The strata with counted units, sorted.
        arms: The plan's arms; one empty name for a policy.
        groups: Group ids, in the order of the last axis after `all`.
        n, k: People and events; shape (strata, arms, 1 + groups), place 0 of the last axis is everybody.
    """

    strata: tuple[Stratum, ...]
    arms: tuple[str, ...]
    groups: tuple[str, ...]
    n: IntArray
    k: IntArray


def cell_of(content: Observation, period: Period, plan: Plan) -> CellKey:
    """Return the cell that an observation is counted in."""
    arm = content.arm or "none" if plan.arms is not None else ""
    cohort = content.cohort or "" if "cohort" in plan.assignment.strata else ""
    return (content.region, arm, cohort, period.label, tuple(sorted(content.groups)))


def counts_of(cells: Mapping[CellKey, tuple[int, int]], plan: Plan) -> Counts:
    """Return the look's counts as arrays; cells outside `areas.here` are left to claims about elsewhere."""
    here = frozenset(plan.choices.areas.here)
    arms = plan.arms.every if plan.arms is not None else ("",)
    groups = tuple(each.id for each in plan.groups)
    kept = {key: count for key, count in cells.items() if key[0] in here and key[1] in arms}
    keys = sorted({(region, cohort, period) for region, _, cohort, period, _ in kept})
    at = {key: place for place, key in enumerate(keys)}
    column = {group: 1 + place for place, group in enumerate(groups)}
    n = np.zeros((len(keys), len(arms), 1 + len(groups)), dtype=np.int64)
    k = np.zeros_like(n)
    for (region, arm, cohort, period, members), (people, events) in kept.items():
        place = at[region, cohort, period], arms.index(arm)
        columns = [0, *(column[group] for group in members)]
        n[(*place, columns)] += people
        k[(*place, columns)] += events
    return Counts(tuple(Stratum(*key) for key in keys), arms, groups, n, k)


def tables_of(counts: Counts, plan: Plan, wiring: Wiring) -> Tables:
    """Return the look's tables for every base comparison, in the order of strata; one-sided tables are among them.

    Counts of an earlier version may be given: what the plan no longer names is left out.
    """
    known = np.array([stratum.region in plan.choices.areas.here for stratum in counts.strata], dtype=bool)
    kept = Counts(
        tuple(stratum for stratum, keep in zip(counts.strata, known, strict=True) if keep),
        counts.arms,
        counts.groups,
        counts.n[known],
        counts.k[known],
    )
    return Tables.join([*_effects(kept, plan, wiring), *_gaps(kept, plan, wiring)])


def _effects(counts: Counts, plan: Plan, wiring: Wiring) -> Iterator[Tables]:
    """Yield per watched arm its tables against the reference, for everybody and every group."""
    if plan.claims.effect is None or plan.arms is None or plan.arms.reference not in counts.arms:
        return
    a = counts.arms.index(plan.arms.reference)
    groups = [POOLED, *(each.id for each in plan.groups if each.id in counts.groups)]
    columns = [0, *(1 + counts.groups.index(group) for group in groups[1:])]
    for arm in (each for each in plan.arms.watched if each in counts.arms):
        b = counts.arms.index(arm)
        base = [[wiring.place("effect", arm, each.region, group) for group in groups] for each in counts.strata]
        sides = [side[:, at][:, columns] for at in (a, b) for side in (counts.n, counts.k)]
        yield _with_people(base, *sides)


def _gaps(counts: Counts, plan: Plan, wiring: Wiring) -> Iterator[Tables]:
    """Yield per disadvantaged group its tables against everybody else of the same stratum and arm."""
    if plan.claims.gap is None:
        return
    known = plan.arms.every if plan.arms is not None else ("",)
    arms = [arm for arm in counts.arms if arm in known]
    places = [counts.arms.index(arm) for arm in arms]
    n, k = counts.n[:, places], counts.k[:, places]
    for group in (each.id for each in plan.groups if each.disadvantaged and each.id in counts.groups):
        column = 1 + counts.groups.index(group)
        base = [[wiring.place("gap", arm or POOLED, each.region, group) for arm in arms] for each in counts.strata]
        n_b, k_b = n[:, :, column], k[:, :, column]
        yield _with_people(base, n[:, :, 0] - n_b, k[:, :, 0] - k_b, n_b, k_b)


def _with_people(base: list[list[int]], n_a: IntArray, k_a: IntArray, n_b: IntArray, k_b: IntArray) -> Tables:
    """Return the tables that anybody is in, flat."""
    numbers = np.array(base, dtype=np.int64).reshape(n_a.shape)
    tables = Tables(*(part.reshape(-1).astype(np.int64) for part in (numbers, n_a, k_a, n_b, k_b)))
    return tables.where((tables.n_a + tables.n_b) > 0)
