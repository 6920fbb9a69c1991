"""Tracks: the running evidence of every comparison of one indicator, as arrays over comparisons.

A look's tables are folded in at once. Where counts give exact evidence, per bet the log e-values of all tables add up,
then the bets are averaged; means give evidence from their running sums; what is held against the time before the
policy gives evidence over all odds ratios it may have had then.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from contracts.plan import Indicator, Plan
from pipelines.comparisons import BETTER, WORSE, FloatArray, IntArray, Wiring, signed_bets
from pipelines.evidence.counts import information, log_e_counts
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.estimates import mantel_haenszel_terms
from pipelines.evidence.levels import log_e_levels
from pipelines.measures import Measure, Method
from pipelines.tables import Tables, n_terms_of

Array = TypeVar("Array", IntArray, FloatArray)

NOTHING, STANDS_WORSE, STANDS_BETTER = 0, 1, 2
"""Values of `stands` and `recent`."""

TOO_EARLY, WATCHING, STANDING, WITHDRAWN = 0, 1, 2, 3
"""Values of `state`."""


@dataclass(slots=True)
class Tracks:
    """Running evidence; the first axis of every array is the comparison, in the order of rows.

    Attributes:
        people: Cumulative n_a, k_a, n_b, k_b; shape (rows, 4).
        units: Different units of both sides, at least: where they are measured repeatedly, those of the largest look;
            shape (rows, 2).
        people_before: Units of both sides before the policy; shape (rows, 2).
        log_e: Log e-processes per direction and bet (nats); shape (rows, 2, bets). Where units are measured
            repeatedly, the log of the sum of the e-values of the looks so far.
        log_m: Log e-detectors per direction and bet (nats), -inf before the first table; shape (rows, 2, bets).
        ratio: Sums of the Mantel-Haenszel terms; shape (rows, 2).
        spread, spread_before: Sums of the terms of differences, since the policy and before; shape (rows, terms).
        information: Sum of the tables' information; shape (rows,).
        strength: Log e-processes as they count since the last look (nats); shape (rows, 2).
        peak: The largest log e-process towards worse so far (nats); shape (rows,).
        since: Version in which the e-process began; shape (rows,).
        since_look: Looks up to this one belong to an earlier definition; where units are measured repeatedly, to the
            time before the policy too; shape (rows,).
        stands, recent, state: The last verdicts; shape (rows,).
    """

    people: IntArray
    units: IntArray
    people_before: IntArray
    log_e: FloatArray
    log_m: FloatArray
    ratio: FloatArray
    spread: FloatArray
    spread_before: FloatArray
    information: FloatArray
    strength: FloatArray
    peak: FloatArray
    since: IntArray
    since_look: IntArray
    stands: IntArray
    recent: IntArray
    state: IntArray

    @staticmethod
    def empty(n_rows: int, *, plan: Plan, measure: Measure, look_index: int) -> "Tracks":
        """Return tracks without evidence, beginning in this version of the plan after look `look_index`."""
        n_bets, n_terms = len(plan.evidence.bets), n_terms_of(measure)
        nothing = -np.inf if plan.measured == "repeatedly" else 0.0

        def whole(*shape: int) -> IntArray:
            return np.zeros((n_rows, *shape), dtype=np.int64)

        def real(*shape: int, start: float = 0.0) -> FloatArray:
            return np.full((n_rows, *shape), start, dtype=np.float64)

        return Tracks(
            people=whole(4),
            units=whole(2),
            people_before=whole(2),
            log_e=real(2, n_bets, start=nothing),
            log_m=real(2, n_bets, start=-np.inf),
            ratio=real(2),
            spread=real(n_terms),
            spread_before=real(n_terms),
            information=real(),
            strength=real(2),
            peak=real(),
            since=whole() + plan.version,
            since_look=whole() + look_index,
            stands=whole(),
            recent=whole(),
            state=whole(),
        )

    def log_m_mean(self) -> FloatArray:
        """Return the log e-detectors averaged over bets, -inf before the first table; shape (rows, 2)."""
        with np.errstate(invalid="ignore"):
            return average_bets(self.log_m)


@dataclass(frozen=True, slots=True)
class Step:
    """What one look adds to the comparisons of an indicator.

    Attributes:
        log_e: Log e-values of the look's counts (nats), 0 where there are none; shape (rows, 2, bets).
        spread: Sums of the look's terms since the policy; shape (rows, terms).
        people: Units of the look since the policy; shape (rows, 4).
        touched: Comparisons that the look has a table for.
        changed: Comparisons whose units changed.
    """

    log_e: FloatArray
    spread: FloatArray
    people: IntArray
    touched: IntArray
    changed: IntArray


def fold_look(
    tracks: Tracks, tables: Tables, *, plan: Plan, indicator: Indicator, wiring: Wiring, measure: Measure
) -> Step:
    """Fold the tables of one look into the sums of the tracks; return what it added.

    Args:
        tracks: Changed in place.
        tables: Every table of the look with units in it; shape (tables,).
        plan: Gives the bets.
        indicator: Gives the direction.
        wiring: The indicator's comparisons.
        measure: How it is counted.
    """
    after = tables.where(~tables.is_before)
    people = _per_row(np.stack([after.n_a, after.k_a, after.n_b, after.k_b], axis=-1), after, wiring)
    tracks.people += people
    sides = people[:, [0, 2]]
    tracks.units = np.maximum(tracks.units, sides) if plan.measured == "repeatedly" else tracks.units + sides
    fold_baseline(tracks, tables, wiring)
    telling = _telling(after, wiring)
    spread = _per_row(telling.terms, telling, wiring)
    tracks.spread += spread
    log_e = np.zeros_like(tracks.log_e)
    touched = np.unique(wiring.pairs(telling.base, telling.is_before)[0])
    if measure.method is Method.EXACT:
        log_e = _fold_counts(tracks, telling, plan=plan, indicator=indicator, wiring=wiring)
    changed = np.unique(wiring.pairs(tables.base, tables.is_before)[0])
    return Step(log_e, spread, people, touched, changed)


def fold_baseline(tracks: Tracks, tables: Tables, wiring: Wiring) -> None:
    """Fold the tables of a look that lie before the policy into the tracks; the others are passed over."""
    before = tables.where(tables.is_before)
    tracks.people_before += _per_row(np.stack([before.n_a, before.n_b], axis=-1), before, wiring)
    tracks.spread_before += _per_row(_telling(before, wiring).terms, _telling(before, wiring), wiring)


def _telling(tables: Tables, wiring: Wiring) -> Tables:
    """Return the tables that say something: with units on both sides, or held against a level."""
    return tables.where(((tables.n_a > 0) | wiring.is_level[tables.base]) & (tables.n_b > 0))


def _per_row(values: Array, tables: Tables, wiring: Wiring) -> Array:
    """Return the sums over the tables of each comparison; shape (rows, columns)."""
    row, table = wiring.pairs(tables.base, tables.is_before)
    sums: Array = np.zeros((len(wiring.rows), values.shape[1]), dtype=values.dtype)
    np.add.at(sums, row, values[table])
    return sums


def _fold_counts(tracks: Tracks, tables: Tables, *, plan: Plan, indicator: Indicator, wiring: Wiring) -> FloatArray:
    """Add what counts tell; return the look's log e-values per comparison; shape (rows, 2, bets)."""
    two_sided = tables.where(~wiring.is_level[tables.base])
    sides = (two_sided.n_a, two_sided.k_a, two_sided.n_b, two_sided.k_b)
    tracks.ratio += _per_row(mantel_haenszel_terms(*sides), two_sided, wiring)
    tracks.information += _per_row(information(*sides)[:, None], two_sided, wiring)[:, 0]
    log_e = log_e_of(tables, plan=plan, indicator=indicator, wiring=wiring)
    flat = _per_row(log_e.reshape(len(tables), 2 * len(plan.evidence.bets)), tables, wiring)
    return np.asarray(flat.reshape(tracks.log_e.shape))


def log_e_of(tables: Tables, *, plan: Plan, indicator: Indicator, wiring: Wiring) -> FloatArray:
    """Return the log e-values of each table of counts; shape (tables, 2, bets)."""
    bets, nulls = signed_bets(plan, indicator), wiring.nulls[tables.base]
    is_level = wiring.is_level[tables.base]
    found = np.zeros((len(tables), *bets.shape))
    for way in (WORSE, BETTER):
        at = np.flatnonzero(~is_level)
        sides = (tables.n_a[at], tables.k_a[at], tables.n_b[at], tables.k_b[at])
        found[at, way] = log_e_counts(*sides, bets=bets[way], log_or_0=nulls[at, way])
        level = np.flatnonzero(is_level)
        found[level, way] = log_e_levels(tables.n_b[level], tables.k_b[level], bets=bets[way], share=nulls[level, way])
    return found


def fold_evidence(tracks: Tracks, step: Step, *, has_detector: bool) -> None:
    """Fold the log e-values of a look into e-processes and detectors."""
    tracks.log_e += step.log_e
    if has_detector:
        tracks.log_m[step.touched] = detect(tracks.log_m[step.touched], step.log_e[step.touched])
