"""Lower bounds of log odds ratios: where an e-process against the null falls to the level that is needed.

For a row with tables t, the logarithm of the mean over bets d > 0 of

    exp( sum over t of d k_b - [ log Z(w + d; k) - log Z(w; k) ] )

falls as the null w rises. Newton's steps, kept inside a bracket, find all rows' bounds together.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from contracts.errors import StatisticsError
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.partition import Partitions
from pipelines.evidence.tables import FloatArray, IntArray, Tables

_MOST_STEPS = 200
_FARTHEST_START = 3.0
_LONGEST_STEP = 2.0
_CLOSE_LOG_E = 1e-7
_CLOSE_LOG_OR = 1e-6
_TABLES_AT_ONCE = 1 << 14


class _Merged(NamedTuple):
    """The different tables of each row, sorted; tables that agree in their margins stand once."""

    row: IntArray
    n_a: IntArray
    n_b: IntArray
    k: IntArray
    times: IntArray
    k_b: IntArray


def lower_bounds(tables: Tables, *, row: IntArray, n_rows: int, bets: FloatArray, log_needed: float) -> FloatArray:
    """Return the log odds ratio of each row at which the mean e-process over the bets equals exp(log_needed).

    Args:
        tables: Checked counts; shape (tables,).
        row: Row of each table; shape (tables,).
        n_rows: Number of rows.
        bets: Distances above the null (nats), each positive; shape (bets,).
        log_needed: Level (nats).

    Returns:
        Bounds (nats); shape (n_rows,), nan where the e-process stays below the level for every null.

    Raises:
        StatisticsError: If the search does not end, which would be a defect.
    """
    merged = _merge(tables, row)
    bounds = np.full(n_rows, np.nan)
    for part in _portions(merged):
        rows, local = np.unique(part.row, return_inverse=True)
        bounds[rows] = _solve(part._replace(row=local), bets, log_needed)
    return bounds


def _merge(tables: Tables, row: IntArray) -> _Merged:
    """Return the distinct informative tables, sorted, so that neither order nor repetition of tables matters."""
    k = tables.k_a + tables.k_b
    told = np.minimum(np.minimum(k, tables.n_a), np.minimum(tables.n_b, tables.n_a + tables.n_b - k)) > 0
    keys = np.stack((tables.k_b, k, tables.n_b, tables.n_a, row))[:, told]
    keys = keys[:, np.lexsort(keys)]
    new = np.ones(keys.shape[1], dtype=np.bool_)
    new[1:] = (keys[1:, 1:] != keys[1:, :-1]).any(axis=0)
    starts = np.flatnonzero(new)
    k_b, events, n_b, n_a, rows = keys
    times = np.diff(starts, append=len(new))
    return _Merged(rows[new], n_a[new], n_b[new], events[new], times, _sum_parts(k_b, starts))


def _sum_parts(values: IntArray, starts: IntArray) -> IntArray:
    return np.add.reduceat(values, starts) if len(starts) else values


def _portions(merged: _Merged) -> list[_Merged]:
    """Cut the tables between rows into portions of about 16,000."""
    ends = np.flatnonzero(np.diff(merged.row, append=-1)) + 1
    portion = (ends - 1) // _TABLES_AT_ONCE
    cuts = ends[np.flatnonzero(np.diff(portion, append=-1))]
    return [_Merged(*(column[a:b] for column in merged)) for a, b in pairwise([0, *cuts])]


class _Evidence:
    """The mean e-process over the bets of some rows, as a function of the null.

    Args:
        tables: Their tables, with rows numbered 0, 1, ... without gaps.
        bets: Distances above the null (nats), each positive.
    """

    def __init__(self, tables: _Merged, bets: FloatArray) -> None:
        self._bets = bets
        self._row = tables.row
        self._starts = np.flatnonzero(np.diff(tables.row, prepend=-1))
        self._times = tables.times[:, None]
        self._partitions = Partitions(tables.n_a, tables.n_b, tables.k, shifts=np.concatenate(([0.0], bets)))
        self._anchored = self._per_row((tables.k_b - tables.times * self._partitions.anchor)[:, None])
        lowest = np.maximum(tables.k - tables.n_a, 0)
        self._most = self._per_row((tables.k_b - tables.times * lowest)[:, None])

    def log_most(self) -> FloatArray:
        """Return the log mean e-process against a null of minus infinity, the most there can be; shape (rows,)."""
        return average_bets(self._bets * self._most)

    def at(self, null: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the log mean e-process against each row's null, and its derivative; each of shape (rows,)."""
        log_z, mean = self._partitions.log_sums_and_means(null[self._row])
        log_e = self._bets * self._anchored - self._per_row(self._times * (log_z[:, 1:] - log_z[:, :1]))
        falls = self._per_row(self._times * (mean[:, 1:] - mean[:, :1]))
        log_mean = average_bets(log_e)
        weights = np.exp(log_e - log_mean[:, None]) / len(self._bets)
        return log_mean, -(weights * falls).sum(axis=1)

    def _per_row(self, values: FloatArray) -> FloatArray:
        return np.add.reduceat(values, self._starts, axis=0)


def _solve(tables: _Merged, bets: FloatArray, log_needed: float) -> FloatArray:
    """Return the bound of each row, rows numbered 0, 1, ... without gaps; nan where there is none."""
    evidence = _Evidence(tables, bets)
    null = _start(tables, bets, log_needed)
    bounded = evidence.log_most() > log_needed
    below, above = np.full(len(null), -np.inf), np.full(len(null), np.inf)
    open_rows = bounded.copy()
    for _ in range(_MOST_STEPS):
        if not open_rows.any():
            return np.where(bounded, null, np.nan)
        log_mean, slope = evidence.at(null)
        excess = log_mean - log_needed
        below = np.where(excess > 0.0, null, below)
        above = np.where(excess > 0.0, above, null)
        following = _step(null, excess, slope, below, above)
        moved = np.abs(following - null)
        null = np.where(open_rows, following, null)
        open_rows &= (np.abs(excess) > _CLOSE_LOG_E) | (moved > _CLOSE_LOG_OR)
    raise StatisticsError(f"no bound found for {int(open_rows.sum())} rows within {_MOST_STEPS} steps")


def _step(null: FloatArray, excess: FloatArray, slope: FloatArray, below: FloatArray, above: FloatArray) -> FloatArray:
    """Return Newton's next null, halfway the bracket instead where it would leave it."""
    steepness = np.maximum(-slope, np.finfo(np.float64).tiny)
    newton = null + np.clip(excess / steepness, -_LONGEST_STEP, _LONGEST_STEP)
    inside = (newton >= below) & (newton <= above)
    bracketed = np.isfinite(below) & np.isfinite(above)
    middle = np.where(bracketed, below, 0.0) + 0.5 * np.where(bracketed, above - below, 0.0)
    return np.where(inside | ~bracketed, newton, middle)


def _start(tables: _Merged, bets: FloatArray, log_needed: float) -> FloatArray:
    """Return a first guess of each row's bound, from the score at odds ratio 1 and its information."""
    n_a, n_b, k = (column.astype(np.float64) for column in (tables.n_a, tables.n_b, tables.k))
    n = n_a + n_b
    score = np.bincount(tables.row, tables.k_b - tables.times * n_b * k / n)
    told = np.bincount(tables.row, tables.times * k * (n - k) * n_a * n_b / (n * n * (n - 1.0)))
    reach = (log_needed + np.log(len(bets))) / (bets * told[:, None]) + 0.5 * bets
    estimate = np.clip(score / told, -_FARTHEST_START, _FARTHEST_START)
    return np.asarray(estimate - np.minimum(reach.min(axis=1), _FARTHEST_START))
