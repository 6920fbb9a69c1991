"""Cells: what one look counts, per region, arm, stratum, own period and set of groups.

A cell holds whole numbers only (units, then the sums that the indicator's measure needs), so that neither order nor
chunking can change them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contracts.admission import NO_ARM
from contracts.period import Period
from contracts.plan import Plan
from contracts.records import Observation
from pipelines.comparisons import IntArray

CellKey = tuple[str, str, str, str, tuple[str, ...]]
"""Region, arm (empty for a policy), cohort (empty where not a stratum), own period, sorted groups."""

Amounts = tuple[int, ...]
"""Units, then the sums of the indicator's measure."""


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
        arms: The plan's arms and `none`; one empty name for a policy.
        groups: Group ids, in the order of the columns.
        sums: Amounts; shape (strata, arms, columns, amounts). Column 0 is everybody, then come the groups, then for
            each group the rest: everybody else.
        paired: Of clusters, per group those with both sides: clusters, sums of the means of the rest and of the group,
            and of their difference and its square (`squared`); shape (strata, arms, groups, 5). Empty otherwise.
    """

    strata: tuple[Stratum, ...]
    arms: tuple[str, ...]
    groups: tuple[str, ...]
    sums: IntArray
    paired: IntArray

    def column(self, group: str) -> int:
        """Return the column of a group."""
        return 1 + self.groups.index(group)

    def rest(self, group: str) -> int:
        """Return the column of everybody outside a group."""
        return 1 + len(self.groups) + self.groups.index(group)


def arms_of(plan: Plan) -> tuple[str, ...]:
    """Return the arms that cells are kept for; `none` is outside the areas of an experiment."""
    return (*plan.arms.every, NO_ARM) if plan.arms is not None else ("",)


def cell_of(content: Observation, period: Period, plan: Plan) -> CellKey:
    """Return the cell that an observation is counted in."""
    arm = content.arm or NO_ARM if plan.arms is not None else ""
    cohort = content.cohort or "" if "cohort" in plan.assignment.strata else ""
    return (content.region, arm, cohort, period.label, tuple(sorted(content.groups)))


def counts_of(cells: Mapping[CellKey, Amounts], plan: Plan, *, n_amounts: int) -> Counts:
    """Return the amounts of a look's units as arrays.

    Args:
        cells: The look's cells.
        plan: Names the areas, arms and groups.
        n_amounts: Length of the amounts.
    """
    frame = Frame(plan, cells)
    n_groups = len(frame.groups)
    sums = np.zeros((*frame.shape, 1 + 2 * n_groups, n_amounts), dtype=np.int64)
    for key, amounts in frame.kept:
        sums[(*frame.place(key), frame.columns(key[4]))] += np.array(amounts, dtype=np.int64)
    sums[:, :, 1 + n_groups :] = sums[:, :, :1] - sums[:, :, 1 : 1 + n_groups]
    return frame.counts(sums, np.zeros((*frame.shape, 0, 5), dtype=np.int64))


class Frame:
    """Where the cells of a look lie in its arrays; cells of areas and arms that the plan does not name are left out.

    Attributes:
        arms, groups: Names along the axes.
        kept: The cells, or whatever else is kept by the same keys, in their order.
        shape: Strata and arms.
    """

    def __init__(self, plan: Plan, cells: Mapping[CellKey, Amounts]) -> None:
        known = frozenset(plan.choices.areas.every)
        self.arms, self.groups = arms_of(plan), tuple(each.id for each in plan.groups)
        self.kept = [(key, amounts) for key, amounts in cells.items() if key[0] in known and key[1] in self.arms]
        self._strata = sorted({(region, cohort, period) for (region, _, cohort, period, _), _ in self.kept})
        self._at = {key: place for place, key in enumerate(self._strata)}
        self.shape = (len(self._strata), len(self.arms))

    def place(self, key: CellKey) -> tuple[int, int]:
        """Return the stratum and the arm of a cell."""
        region, arm, cohort, period, _ = key
        return self._at[region, cohort, period], self.arms.index(arm)

    def columns(self, members: Sequence[str]) -> list[int]:
        """Return the columns that the units of a cell belong to, the rests and groups that are gone left out."""
        return [0, *(1 + self.groups.index(group) for group in members if group in self.groups)]

    def counts(self, sums: IntArray, paired: IntArray) -> Counts:
        """Return the look's counts."""
        return Counts(tuple(Stratum(*key) for key in self._strata), self.arms, self.groups, sums, paired)
