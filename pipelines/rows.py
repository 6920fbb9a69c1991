"""From tracks to evidence rows: estimates, intervals and what could have been seen, for the rows that are shown."""

from collections.abc import Sequence

import numpy as np

from contracts.evidence import Direction, EvidenceRow, State
from contracts.plan import Indicator, Plan
from pipelines.comparisons import BETTER, WORSE, FloatArray, IntArray, Wiring
from pipelines.evidence.intervals import difference_intervals, odds_ratio_intervals
from pipelines.evidence.power import as_difference, smallest_visible
from pipelines.looks import LookLabel
from pipelines.tracks import STANDS_BETTER, STANDS_WORSE, TOO_EARLY, Tracks, tables_of_rows
from pipelines.watched import Watched

_STATES: tuple[State, ...] = ("too_early", "watching", "standing", "withdrawn")
_DIRECTIONS: dict[int, Direction] = {STANDS_WORSE: "worse", STANDS_BETTER: "better"}


def evidence_rows(rows: Sequence[int], *, watched: Watched, plan: Plan, look: LookLabel) -> list[EvidenceRow]:
    """Return the evidence of the comparisons numbered in `rows`, in their order."""
    chosen = np.array(rows, dtype=np.int64)
    figures = _Figures(chosen, watched=watched, plan=plan)
    return [
        _row(place, row, figures, plan=plan, wiring=watched.wiring, tracks=watched.tracks, look=look)
        for place, row in enumerate(rows)
    ]


class _Figures:
    """Derived figures of the chosen rows, as arrays over them; nan where a figure does not exist."""

    def __init__(self, rows: IntArray, *, watched: Watched, plan: Plan) -> None:
        tracks, indicator = watched.tracks, watched.indicator
        self.log_e = tracks.log_e_mean()[rows]
        self.log_m = tracks.log_m_mean()[rows]
        ratio, spread = tracks.ratio[rows], tracks.spread[rows]
        self.estimate = _quotient(ratio[:, 0], ratio[:, 1])
        self.difference = _quotient(spread[:, 1], spread[:, 0])
        self.lower, self.upper = _odds_ratio_bounds(rows, watched=watched, plan=plan)
        self.difference_lower, self.difference_upper = difference_intervals(
            spread[:, 0], spread[:, 1], spread[:, 2], alpha=plan.evidence.alpha, tau=indicator.relevant_difference
        )
        self._close_gate(tracks.people[rows], plan)
        self.smallest = _smallest_difference(tracks.people[rows], tracks.information[rows], plan, indicator)

    def _close_gate(self, people: IntArray, plan: Plan) -> None:
        """Hide the asymptotic interval until both sides have enough people, events and non-events."""
        n, k = people[:, [0, 2]], people[:, [1, 3]]
        gate = plan.evidence
        closed = ((n < gate.minimum_n) | (k < gate.minimum_events) | (n - k < gate.minimum_events)).any(axis=1)
        self.difference_lower = np.where(closed, np.nan, self.difference_lower)
        self.difference_upper = np.where(closed, np.nan, self.difference_upper)


def _odds_ratio_bounds(rows: IntArray, *, watched: Watched, plan: Plan) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of the odds ratio of each row, from all its tables so far."""
    place, tables = tables_of_rows(rows, watched.history, tracks=watched.tracks, wiring=watched.wiring)
    sides = (tables.n_a, tables.k_a, tables.n_b, tables.k_b)
    bets = np.asarray(plan.evidence.bets)
    return odds_ratio_intervals(*sides, row=place, n_rows=len(rows), bets=bets, alpha=plan.evidence.alpha)


def _quotient(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Return top / bottom, nan where the bottom is zero."""
    quotient: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return quotient


def _smallest_difference(people: IntArray, information: FloatArray, plan: Plan, indicator: Indicator) -> FloatArray:
    """Return the smallest difference towards worse that would be seen, at the reference share; nan if unknown."""
    share = _quotient(people[:, 1].astype(np.float64), people[:, 0].astype(np.float64))
    towards_worse = 1.0 if indicator.direction == "lower_is_better" else -1.0
    known = (information > 0) & (share > 0) & (share < 1)
    found = np.full(len(people), np.nan)
    bets = np.asarray(plan.evidence.bets)
    log_or = smallest_visible(information[known], bets=bets, alpha=plan.evidence.alpha)
    found[known] = np.abs(as_difference(towards_worse * log_or, share[known]))
    return found


def _row(
    place: int, row: int, figures: _Figures, *, plan: Plan, wiring: Wiring, tracks: Tracks, look: LookLabel
) -> EvidenceRow:
    comparison = wiring.rows[row]
    early = tracks.state[row] == TOO_EARLY
    n_a, k_a, n_b, k_b = tracks.people[row].tolist()

    def shown(values: FloatArray) -> float | None:
        return None if early else _finite(float(values[place]))

    return EvidenceRow(
        policy=plan.id,
        plan_version=plan.version,
        plan_sha256=plan.sha256,
        claim=comparison.claim,
        indicator=comparison.indicator,
        other_indicator=None,
        arm=comparison.arm,
        region=comparison.region,
        group=comparison.group,
        look=look.label,
        look_index=look.index,
        offsets=look.offsets,
        n_a=n_a,
        k_a=k_a,
        n_b=n_b,
        k_b=k_b,
        scale=None if early else "odds_ratio",
        estimate=shown(figures.estimate),
        lower=shown(figures.lower),
        upper=shown(figures.upper),
        difference=shown(figures.difference),
        difference_lower=shown(figures.difference_lower),
        difference_upper=shown(figures.difference_upper),
        log_e_worse=float(figures.log_e[place, WORSE]),
        log_e_better=float(figures.log_e[place, BETTER]),
        log_detector_worse=_finite(float(figures.log_m[place, WORSE])),
        log_detector_better=_finite(float(figures.log_m[place, BETTER])),
        recent=_DIRECTIONS.get(int(tracks.recent[row])),
        guarantee="exact",
        state=_STATES[int(tracks.state[row])],
        stands=_DIRECTIONS.get(int(tracks.stands[row])),
        smallest_visible=shown(figures.smallest),
        reason=f"fewer than {plan.disclosure.minimum_cell} people on a side" if early else None,
    )


def _finite(value: float) -> float | None:
    """Return the value, or None where the figure does not exist."""
    return value if np.isfinite(value) else None


def in_order(rows: Sequence[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Return a closing's rows in their order: claim, indicator, other indicator, arm, region, group."""
    return tuple(
        sorted(
            rows, key=lambda row: (row.claim, row.indicator, row.other_indicator or "", row.arm, row.region, row.group)
        )
    )
