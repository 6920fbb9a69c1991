"""What a look says beside its evidence: whether the data are in order, and how unequal the outcome is spread.

Everything here follows from the counts of closed looks, which are stored anyway.
"""

from collections.abc import Iterator
from math import log, sqrt

import numpy as np

from contracts.evidence import POOLED
from contracts.period import parse_period
from contracts.plan import Plan
from contracts.readings import DataWarning, Inequality, Part, WarningCode
from contracts.readings import Measure as Kind
from pipelines.cells import Counts, arms_of
from pipelines.comparisons import FloatArray, IntArray
from pipelines.delays import ReportingDelays
from pipelines.evidence.allocation import log_e_allocation
from pipelines.evidence.inequality import (
    Estimate,
    Sums,
    concentration_index,
    decomposed,
    gini,
    mean_log_deviation,
)
from pipelines.measures import Measure, Method, log_sums, spread_of

_CERTAIN = log(100)
"""Evidence from which a warning about the data is given (nats)."""

_SHIFTED = 0.05
"""A group whose share moved by more than this makes another population."""

_ERRORS = 3.0
"""Standard errors of a share that chance is allowed besides."""


class Readings:
    """The counts of an indicator's closed looks, added up for what is said beside the evidence.

    Args:
        plan: Names arms, groups and areas.
        measure: How the indicator is counted.
    """

    def __init__(self, plan: Plan, measure: Measure) -> None:
        self._plan, self._measure = plan, measure
        self._arms, self._groups = arms_of(plan), tuple(each.id for each in plan.groups)
        self._sums: IntArray | None = None
        self._at_start: IntArray | None = None
        self._latest: IntArray | None = None
        self._delays = ReportingDelays()

    def add(self, counts: Counts) -> None:
        """Add the counts of a closed look; those of a version with other arms or groups are left out."""
        if (counts.arms, counts.groups) != (self._arms, self._groups):
            return
        here = np.array([each.region in self._plan.choices.areas.here for each in counts.strata], dtype=bool)
        before = np.array([self._is_before(each.period) for each in counts.strata], dtype=bool)
        if self._plan.pre_period is not None and (here & before).any():
            self._at_start = _added(self._at_start, counts.sums[here & before].sum(axis=0))
        after = here & ~before
        if not after.any():
            return
        self._latest = counts.sums[after].sum(axis=0)
        self._sums = _added(self._sums, self._latest)
        if self._plan.pre_period is None and self._at_start is None:
            self._at_start = self._latest
        if (
            self._plan.arms is not None
            and self._plan.look.every is None
            and self._measure.method is not Method.CLUSTERS
        ):
            self._delays.add(counts, after)

    def _is_before(self, period: str) -> bool:
        return self._plan.pre_period is not None and self._plan.pre_period.holds(parse_period(period))

    # Warnings

    def warnings(self, enrolled: dict[str, int]) -> tuple[DataWarning, ...]:
        """Return what makes the data doubtful.

        Args:
            enrolled: Units enrolled per arm; empty where nobody sends enrolments.
        """
        return (*self._allocation(enrolled), *self._late_arms(), *self._shares())

    def _allocation(self, enrolled: dict[str, int]) -> Iterator[DataWarning]:
        """Yield arms that got other shares of the units than planned, and arms that are behind the plan."""
        planned = dict(self._plan.arms.planned) if self._plan.arms is not None else {}
        if not planned or (self._sums is None and not enrolled):
            return
        counted = {} if self._sums is None else dict(zip(self._arms, self._sums[:, 0, 0].tolist(), strict=True))
        units = {arm: (enrolled or counted).get(arm, 0) for arm in planned}
        total, log_e = sum(units.values()), log_e_allocation(list(units.values()), list(planned.values()))
        for arm, expected in planned.items():
            share = expected / sum(planned.values())
            if log_e >= _CERTAIN and total:
                yield _warning("sample_ratio", arm, POOLED, seen=units[arm] / total, expected=share, log_e=log_e)
            if units[arm] < expected:
                yield _warning("enrolment_behind", arm, POOLED, seen=float(units[arm]), expected=float(expected))

    def _late_arms(self) -> Iterator[DataWarning]:
        """Yield watched arms that report earlier or later than the reference, with both mean delays in looks."""
        for arm, each in self._delays.against_reference(self._plan):
            log_e = max(each.log_e_a_later, each.log_e_b_later)
            if log_e >= _CERTAIN:
                yield _warning(
                    "reporting_delay", arm, POOLED, seen=each.mean_lag_b, expected=each.mean_lag_a, log_e=log_e
                )

    def _shares(self) -> Iterator[DataWarning]:
        """Yield groups that make another share of all units than at the start."""
        if self._at_start is None or self._latest is None:
            return
        start, now = self._at_start[:, :, 0].sum(axis=0), self._latest[:, :, 0].sum(axis=0)
        if min(start[0], now[0]) < self._plan.evidence.minimum_n:
            return
        for place, group in enumerate(self._plan.groups, start=1):
            seen, expected = float(now[place] / now[0]), float(start[place] / start[0])
            together = float(start[place] + now[place]) / float(start[0] + now[0])
            by_chance = sqrt(together * (1.0 - together) * (1.0 / start[0] + 1.0 / now[0]))
            if abs(seen - expected) > max(_SHIFTED, _ERRORS * by_chance):
                yield _warning("group_shares", POOLED, group.id, seen=seen, expected=expected)

    # Inequality

    def inequality(self) -> tuple[Inequality, ...]:
        """Return how unequal the outcome is spread in every arm, where enough people are in every part."""
        if self._sums is None or self._measure.method is Method.CLUSTERS or self._plan.measured == "repeatedly":
            return ()
        places = [
            place for place, arm in enumerate(self._arms) if self._plan.arms is None or arm in self._plan.arms.every
        ]
        return tuple(
            reading for place in places for reading in self._of_arm(self._arms[place] or POOLED, self._sums[place])
        )

    def _of_arm(self, arm: str, cells: IntArray) -> Iterator[Inequality]:
        least = max(self._plan.disclosure.minimum_cell, 2)
        everybody, scale = cells[0], cells[self._scale()]
        n, whole = int(everybody[0]), self._measure.has_logs and everybody[0] >= least
        if whole:
            yield _reading(arm, "mean_log_deviation", "total", mean_log_deviation(_sums(everybody)), n)
        if len(scale) < 2 or (scale[:, 0] < least).any():  # noqa: PLR2004
            return
        n_scale = int(scale[:, 0].sum())
        if whole and n_scale == n:
            within, between = decomposed([_sums(cell) for cell in scale])
            yield _reading(arm, "mean_log_deviation", "within", Estimate(within, None), n)
            yield _reading(arm, "mean_log_deviation", "between", Estimate(between, None), n)
        mean, variance = self._moments(scale)
        if float(mean.max()) > 0 and float(mean.min()) >= 0:
            yield _reading(
                arm, "concentration_index", "between", concentration_index(scale[:, 0], mean, variance), n_scale
            )
            yield _reading(arm, "gini", "between", gini(scale[:, 0], mean, variance), n_scale)

    def _scale(self) -> list[int]:
        """Return the columns of the groups on an ordered scale, lowest first."""
        ordered = [
            (each.order, place) for place, each in enumerate(self._plan.groups, start=1) if each.order is not None
        ]
        return [place for _, place in sorted(ordered)]

    def _moments(self, cells: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return means and variances of cells; of counts those of a share."""
        n, total = cells[:, 0], cells[:, 1]
        if self._measure.method is Method.EXACT:
            share = total / n
            return share, share * (1.0 - share)
        mean, squares = spread_of(n, total, cells[:, 2:4], unit=self._measure.unit)
        return mean, squares / n


def _added(known: IntArray | None, more: IntArray) -> IntArray:
    return more if known is None else known + more


def _sums(cell: IntArray) -> Sums:
    """Return a cell's sums, with the outcome in the whole numbers that are counted: no measure depends on the unit."""
    log_y, log_y2, y_log_y = log_sums(cell).tolist()
    high, low = cell[2:4].tolist()
    return Sums(int(cell[0]), float(cell[1]), float(high * 2**31 + low), log_y, log_y2, y_log_y)


def _reading(arm: str, measure: Kind, part: Part, estimate: Estimate, n: int) -> Inequality:
    return Inequality(
        arm=arm, measure=measure, part=part, value=estimate.value, standard_error=estimate.standard_error, n=n
    )


def _warning(
    code: WarningCode, arm: str, group: str, *, seen: float, expected: float, log_e: float | None = None
) -> DataWarning:
    return DataWarning(code=code, arm=arm, region=POOLED, group=group, seen=seen, expected=expected, log_e=log_e)
