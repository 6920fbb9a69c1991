"""Clusters that wait until they are complete: a class, the clients of a caseworker. Each contributes once.

A cluster contributes the mean of its units received when the look closes that holds the maturity of its last
enrolment; without enrolments, the look of its first unit. Units that come to it in later looks are refused. Where many
clusters get such units they are open-ended, as caseworkers are: what is counted are their first units alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from contracts.period import Duration, Grain, Period, parse_period, period_of
from contracts.plan import FEWEST_CLUSTERS, Plan
from pipelines.cells import Amounts, CellKey, Counts, Frame
from pipelines.comparisons import IntArray
from pipelines.measures import cluster_mean, squared

ClusterKey = tuple[str, str, str, str]
"""Region, arm, cohort, and the cluster's name."""

Members = dict[tuple[str, ...], tuple[int, int]]
"""Units and their sum of values, per set of groups."""

_MOST_RETURNED = 0.05
"""Share of an arm's clusters that may return. Their first units are evidence as before, but no longer of what the plan
says is measured; a shift of as much in who is counted is a warning too."""


@dataclass(slots=True)
class Waiting:
    """The clusters of one indicator that have units and did not contribute yet.

    Attributes:
        first: Own period of each cluster's first unit.
        members: What was received of each cluster.
        contributed: Clusters that contributed so far, by arm.
        returned: Arm and name of those that got units or enrolments of a later look since.
        is_open_ended: Whether they were more, in any arm, than a few mistakes make.
        is_untold: Whether no look has said so yet.
    """

    first: dict[ClusterKey, str] = field(default_factory=dict)
    members: dict[ClusterKey, Members] = field(default_factory=dict)
    contributed: dict[str, int] = field(default_factory=dict)
    returned: set[tuple[str, str]] = field(default_factory=set)
    is_open_ended: bool = False
    is_untold: bool = False

    def come_back(self, arm: str, cluster: str) -> None:
        """Note that a cluster returned; once too many did, that stays so."""
        self.returned.add((arm, cluster))
        n_returned = sum(of == arm for of, _ in self.returned)
        is_much = n_returned > _MOST_RETURNED * max(self.contributed.get(arm, 0), FEWEST_CLUSTERS)
        if is_much and not self.is_open_ended:
            self.is_open_ended = self.is_untold = True

    def add(self, key: CellKey, cluster: str, value: int, *, n_units: int = 1) -> None:
        """Add the value of one unit, or the sum of the values of several."""
        region, arm, cohort, period, groups = key
        at = (region, arm, cohort, cluster)
        self.first.setdefault(at, period)
        units, total = self.members.setdefault(at, {}).get(groups, (0, 0))
        self.members[at][groups] = (units + n_units, total + value)

    def has_due(self, starts: Mapping[str, int], *, maturity: Duration | None, until: date) -> bool:
        """Say whether any cluster is complete; arguments as of `take_due`."""
        return any(_has_passed(_due(starts.get(key[3]), maturity), None, until) for key in self.members)

    def take_due(
        self, starts: Mapping[str, int], *, maturity: Duration | None, until: date, lateness: Duration | None = None
    ) -> "Complete":
        """Remove and return the clusters that are complete.

        Args:
            starts: Day of the last enrolment per cluster, as an ordinal; clusters without are complete.
            maturity: Of the indicator.
            until: End of the look that closes.
            lateness: Awaited after the maturity besides.
        """
        due = {key: _due(starts.get(key[3]), maturity) for key in self.members}
        ready = {key: day for key, day in due.items() if _has_passed(day, lateness, until)}
        for arm, _ in {(arm, name) for _, arm, _, name in ready}:
            self.contributed[arm] = self.contributed.get(arm, 0) + 1
        return Complete(
            {key: (self.first.pop(key), day) for key, day in ready.items()},
            {key: self.members.pop(key) for key in ready},
        )


@dataclass(frozen=True, slots=True)
class Complete:
    """Clusters that contribute to a look: own period of the first unit and the day it is due, and the members."""

    period: dict[ClusterKey, tuple[str, date | None]]
    members: dict[ClusterKey, Members]

    def counts(self, plan: Plan, *, factor: int) -> Counts:
        """Return the means of the clusters, added up per stratum, arm and column; `factor` as in `Measure`."""
        grain = plan.look.grain
        cells: dict[CellKey, Amounts] = {self._cell(key, grain): () for key in self.members}
        frame = Frame(plan, cells)
        n_groups = len(frame.groups)
        sums = np.zeros((*frame.shape, 1 + 2 * n_groups, 4), dtype=np.int64)
        paired = np.zeros((*frame.shape, n_groups, 5), dtype=np.int64)
        kept = {key for key, _ in frame.kept}
        for key, members in self.members.items():
            cell = self._cell(key, grain)
            if cell in kept:
                _add(sums[frame.place(cell)], paired[frame.place(cell)], _means(members, frame, factor))
        return frame.counts(sums, paired)

    def _cell(self, key: ClusterKey, grain: Grain) -> CellKey:
        """Return the cell of a cluster: its period is that of its maturity, else that of its first unit."""
        region, arm, cohort, _ = key
        first, due = self.period[key]
        period: Period = period_of(due, grain) if due is not None else parse_period(first)
        return (region, arm, cohort, period.label, ())


def _due(start: int | None, maturity: Duration | None) -> date | None:
    if start is None:
        return None
    day = date.fromordinal(start)
    return maturity.after(day) if maturity is not None else day


def _has_passed(day: date | None, lateness: Duration | None, until: date) -> bool:
    if day is None:
        return True
    return (lateness.after(day) if lateness is not None else day) < until


def _means(members: Members, frame: Frame, factor: int) -> list[int | None]:
    """Return the mean per column: everybody, every group, the rest of every group; None where nobody is."""
    columns = [[0, 0] for _ in range(1 + 2 * len(frame.groups))]
    for groups, (units, total) in members.items():
        inside = frame.columns(groups)
        outside = [1 + len(frame.groups) + place for place, group in enumerate(frame.groups) if group not in groups]
        for column in (*inside, *outside):
            columns[column][0] += units
            columns[column][1] += total
    return [cluster_mean(total, units, factor=factor) if units else None for units, total in columns]


def _add(sums: IntArray, paired: IntArray, means: list[int | None]) -> None:
    """Add one cluster to its stratum and arm."""
    for column, mean in enumerate(means):
        if mean is not None:
            sums[column] += np.array((1, mean, *squared(mean)), dtype=np.int64)
    n_groups = len(paired)
    for group in range(n_groups):
        inside, rest = means[1 + group], means[1 + n_groups + group]
        if inside is not None and rest is not None:
            paired[group] += np.array((1, rest, inside, *squared(inside - rest)), dtype=np.int64)
