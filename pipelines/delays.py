"""How late each arm reports: units by their own period and the number of looks until they were counted.

Arms are compared over own periods of which everything was received, so that an arm that began later does not seem
early.
"""

from collections.abc import Iterator

import numpy as np

from contracts.period import Period, parse_period
from contracts.plan import Plan
from pipelines.cells import Counts
from pipelines.comparisons import BoolArray, IntArray
from pipelines.evidence.allocation import Delays, delay_imbalance

_FEWEST_PERIODS = 2


class ReportingDelays:
    """Units per own period, lag and arm, over all closed looks of an indicator."""

    def __init__(self) -> None:
        self._units: dict[Period, dict[int, IntArray]] = {}
        self._arms: tuple[str, ...] = ()

    def add(self, counts: Counts, chosen: BoolArray) -> None:
        """Add the units of some strata of a closed look."""
        self._arms = counts.arms
        periods = [parse_period(stratum.period) for stratum in counts.strata]
        newest = max(period for period, kept in zip(periods, chosen.tolist(), strict=True) if kept)
        for place in np.flatnonzero(chosen).tolist():
            lags = self._units.setdefault(periods[place], {})
            lag = _looks_between(periods[place], newest)
            lags[lag] = lags.get(lag, 0) + counts.sums[place, :, 0, 0]

    def against_reference(self, plan: Plan) -> Iterator[tuple[str, Delays]]:
        """Yield each watched arm with how late it and the reference report; nothing while too little is complete."""
        arms, table = plan.arms, self._complete(plan)
        if arms is None or len(table) < _FEWEST_PERIODS:
            return
        reference = table[:, :, self._arms.index(arms.reference)]
        for arm in arms.watched:
            watched = table[:, :, self._arms.index(arm)]
            if reference.any() and watched.any():
                yield arm, delay_imbalance(reference, watched)

    def _complete(self, plan: Plan) -> IntArray:
        """Return the units of the own periods for which the lateness has passed; shape (periods, lags, arms)."""
        newest = max(self._units, default=None)
        done = [
            period
            for period in sorted(self._units)
            if newest is not None and plan.lateness.after(period.end) < newest.end
        ]
        n_lags = 1 + max((lag for period in done for lag in self._units[period]), default=0)
        table = np.zeros((len(done), n_lags, len(self._arms)), dtype=np.int64)
        for place, period in enumerate(done):
            for lag, units in self._units[period].items():
                table[place, lag] = units
        return table


def _looks_between(period: Period, later: Period) -> int:
    n = 0
    while period.start < later.start:
        period, n = period.following(), n + 1
    return n
