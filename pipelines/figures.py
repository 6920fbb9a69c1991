"""The derived figures of comparisons that are shown: estimates, intervals, what could have been seen."""

import numpy as np

from contracts.plan import Plan
from pipelines.comparisons import BoolArray, FloatArray, IntArray, signed_bets, signs
from pipelines.evidence.intervals import difference_intervals, odds_ratio_intervals
from pipelines.evidence.levels import level_intervals
from pipelines.evidence.onset import most_likely_start
from pipelines.evidence.power import as_difference, smallest_visible, smallest_visible_mean
from pipelines.measures import Method
from pipelines.standing import Judged
from pipelines.strength import spread_of_rows
from pipelines.tables import Tables
from pipelines.tracks import NOTHING, TOO_EARLY, log_e_of
from pipelines.watched import Watched


class Figures:
    """Derived figures of the chosen comparisons of an indicator, as arrays over them; nan where one does not exist.

    Attributes:
        place: Where each chosen comparison is in the arrays.
        estimate, lower, upper: Mantel-Haenszel odds ratio of counts, else the difference; with its interval.
        selected_lower, selected_upper: The interval that allows for having been selected, of standing rows.
        difference, difference_lower, difference_upper: On the outcome's own scale.
        smallest: Smallest difference that could have been seen.
        began: Look in which the change most likely began, of rows with `recent`; 0 elsewhere.
    """

    def __init__(self, rows: IntArray, *, watched: Watched, plan: Plan, judged: Judged) -> None:
        self._rows, self._watched, self._plan = rows, watched, plan
        self.place = {row: place for place, row in enumerate(rows.tolist())}
        self.is_ratio = watched.measure.method is Method.EXACT
        self._is_level = watched.wiring.is_level[rows]
        self._people = watched.tracks.people[rows]
        self._selected_alpha = np.where(
            watched.wiring.is_pooled[rows],
            judged.pooled.alpha(plan.evidence.alpha / 2),
            judged.regional.alpha(plan.evidence.alpha / 2),
        )
        self._differences()
        self._on_own_scale()
        self.smallest = self._smallest()
        self.began = self._began()

    # Differences

    def _differences(self) -> None:
        sums = spread_of_rows(self._watched, self._watched.tracks.spread)[self._rows]
        self._variance = _quotient(sums[:, 2], sums[:, 0] ** 2)
        level = self._level()
        self.difference = _quotient(sums[:, 1], sums[:, 0]) - level
        lower, upper = self._intervals(sums, np.full(len(sums), self._plan.evidence.alpha))
        self.difference_lower, self.difference_upper = lower - level, upper - level
        if self.is_ratio and self._is_level.any():
            self._exact_levels(level)

    def _level(self) -> FloatArray:
        """Return what a level is measured from: the floor, or the target where there is none; 0 for comparisons."""
        nulls: FloatArray = self._watched.wiring.nulls[self._rows, 0]
        return np.where(self._is_level, nulls, 0.0)

    def _intervals(self, sums: FloatArray, alphas: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the asymptotic intervals at each row's level, nan behind the gate; repeated looks have none."""
        lower, upper = np.full(len(sums), np.nan), np.full(len(sums), np.nan)
        if self._plan.measured == "repeatedly":
            return lower, upper
        tau = self._watched.indicator.relevant_difference
        for alpha in np.unique(alphas).tolist():
            at = np.flatnonzero(alphas == alpha)
            lower[at], upper[at] = difference_intervals(*sums[at].T, alpha=alpha, tau=tau)
        closed = self._is_behind_gate()
        return np.where(closed, np.nan, lower), np.where(closed, np.nan, upper)

    def _is_behind_gate(self) -> BoolArray:
        """Return which rows have too few units, events or non-events for an asymptotic interval."""
        if not self.is_ratio:
            return np.asarray(self._watched.tracks.state[self._rows] == TOO_EARLY)
        gate = self._plan.evidence
        n, k = self._people[:, [0, 2]], self._people[:, [1, 3]]
        closed = (n < gate.minimum_n) | (k < gate.minimum_events) | (n - k < gate.minimum_events)
        closed[:, 0] &= ~self._is_level
        return np.asarray(closed.any(axis=1))

    def _exact_levels(self, level: FloatArray) -> None:
        """Put the exact share and its interval where counts are held against a level."""
        at = np.flatnonzero(self._is_level)
        n, k = self._people[at, 2], self._people[at, 3]
        lower, upper = level_intervals(n, k, bets=self._plan.evidence.bets, alpha=self._plan.evidence.alpha)
        if self._plan.measured == "repeatedly":
            lower, upper = lower * np.nan, upper * np.nan
        self.difference[at] = _quotient(k.astype(np.float64), n.astype(np.float64)) - level[at]
        self.difference_lower[at], self.difference_upper[at] = lower - level[at], upper - level[at]

    # The row's own scale

    def _on_own_scale(self) -> None:
        stands = self._watched.tracks.stands[self._rows] != NOTHING
        self.estimate, self.lower, self.upper = (
            each.copy() for each in (self.difference, self.difference_lower, self.difference_upper)
        )
        sums = spread_of_rows(self._watched, self._watched.tracks.spread)[self._rows]
        lower, upper = self._intervals(sums, self._selected_alpha)
        level = self._level()
        self.selected_lower, self.selected_upper = lower - level, upper - level
        at = np.flatnonzero(~self._is_level) if self.is_ratio else np.zeros(0, dtype=np.int64)
        if len(at):
            ratio = self._watched.tracks.ratio[self._rows[at]]
            self.estimate[at] = _quotient(ratio[:, 0], ratio[:, 1])
            self.lower[at], self.upper[at] = self._odds_ratios(at, self._plan.evidence.alpha)
            self.selected_lower[at], self.selected_upper[at] = self._selected_odds_ratios(at, stands)
        self.selected_lower = np.where(stands, self.selected_lower, np.nan)
        self.selected_upper = np.where(stands, self.selected_upper, np.nan)

    def _odds_ratios(self, at: IntArray, alpha: float) -> tuple[FloatArray, FloatArray]:
        """Return the exact intervals of some places; nan where looks do not multiply."""
        if self._plan.measured == "repeatedly" or not len(at):
            return np.full(len(at), np.nan), np.full(len(at), np.nan)
        place, tables, _ = self._tables(self._rows[at])
        sides = (tables.n_a, tables.k_a, tables.n_b, tables.k_b)
        bets = np.asarray(self._plan.evidence.bets)
        return odds_ratio_intervals(*sides, row=place, n_rows=len(at), bets=bets, alpha=alpha)

    def _selected_odds_ratios(self, at: IntArray, stands: BoolArray) -> tuple[FloatArray, FloatArray]:
        lower, upper = np.full(len(at), np.nan), np.full(len(at), np.nan)
        alphas = np.where(stands[at], self._selected_alpha[at], np.nan)
        for alpha in np.unique(alphas[stands[at]]).tolist():
            chosen = np.flatnonzero(alphas == alpha)
            lower[chosen], upper[chosen] = self._odds_ratios(at[chosen], alpha)
        return lower, upper

    def _tables(self, rows: IntArray) -> tuple[IntArray, Tables, IntArray]:
        return self._watched.history.of_rows(rows, tracks=self._watched.tracks)

    # What could have been seen, and since when

    def _smallest(self) -> FloatArray:
        """Return the smallest difference towards worse that would be seen; nan if unknown."""
        found = np.full(len(self._rows), np.nan)
        if self._plan.measured == "repeatedly":
            return found
        if not self.is_ratio or self._is_level.any():
            known = np.flatnonzero((self._variance > 0) & (self._is_level | (not self.is_ratio)))
            tau, alpha = self._watched.indicator.relevant_difference, self._plan.evidence.alpha
            found[known] = smallest_visible_mean(self._variance[known], tau=tau, alpha=alpha)
        if self.is_ratio:
            self._smallest_of_counts(found)
        return found

    def _smallest_of_counts(self, found: FloatArray) -> None:
        """Put the smallest difference of counts, at the reference share."""
        told = self._watched.tracks.information[self._rows]
        share = _quotient(self._people[:, 1].astype(np.float64), self._people[:, 0].astype(np.float64))
        known = np.flatnonzero((told > 0) & (share > 0) & (share < 1))
        bets = np.asarray(self._plan.evidence.bets)
        log_or = smallest_visible(told[known], bets=bets, alpha=self._plan.evidence.alpha)
        found[known] = np.abs(as_difference(signs(self._watched.indicator)[0] * log_or, share[known]))

    def _began(self) -> IntArray:
        """Return the look in which each recent change most likely began, 0 where there is none."""
        began = np.zeros(len(self._rows), dtype=np.int64)
        recent = self._watched.tracks.recent[self._rows]
        for place in np.flatnonzero(recent != NOTHING).tolist():
            _, tables, looks = self._tables(self._rows[[place]])
            if len(looks):
                began[place] = self._start(tables, looks, way=int(recent[place]) - 1)
        return began

    def _start(self, tables: Tables, looks: IntArray, *, way: int) -> int:
        plan, watched = self._plan, self._watched
        wiring = watched.wiring
        log_e = log_e_of(tables, plan=plan, indicator=watched.indicator, wiring=wiring)[:, way]
        numbers, at = np.unique(looks, return_inverse=True)
        steps = np.zeros((len(numbers), 1, signed_bets(plan, watched.indicator).shape[1]))
        np.add.at(steps[:, 0], at, log_e)
        return int(numbers[most_likely_start(steps)[0]])


def _quotient(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Return top / bottom, nan where the bottom is zero."""
    quotient: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return quotient
