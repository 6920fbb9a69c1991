"""Anytime-valid intervals: every value the evidence does not yet speak against.

A one-sided bound is the null at which the e-process reaches 2 / alpha. Both bounds together hold at every look at once
with probability at least 1 - alpha. They are computed from the stored tables, not carried from look to look.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

from contracts.errors import StatisticsError
from pipelines.evidence.bounds import lower_bounds
from pipelines.evidence.tables import FloatArray, IntArray, Tables, as_bets, as_tables

_NEWTON_STEPS = 100
_SETTLED = 1e-14


def odds_ratio_intervals(
    n_a: ArrayLike,
    k_a: ArrayLike,
    n_b: ArrayLike,
    k_b: ArrayLike,
    *,
    row: ArrayLike,
    n_rows: int,
    bets: ArrayLike,
    alpha: float,
) -> tuple[FloatArray, FloatArray]:
    """Return the interval for the odds ratio b:a of each row, exact for counts.

    The lower bound is the null against which the mean over the bets above it of the e-process equals 2 / alpha, the
    upper bound the same with the bets below. It depends on the tables of a row only, not on their order.

    Args:
        n_a: People in the reference cell; shape (tables,).
        k_a: Events among them; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k_b: Events among them; shape (tables,).
        row: Row of each table, 0 to n_rows - 1; shape (tables,).
        n_rows: Number of rows.
        bets: Distances from the null in log odds (nats), positive, used on both sides; shape (bets,).
        alpha: Bound on the probability that the interval ever misses.

    Returns:
        Lower and upper odds ratios; each of shape (n_rows,), nan where the tables do not bound that side.

    Raises:
        StatisticsError: If a count is negative or above its n, a row does not exist, a bet is not positive, alpha is
            not between 0 and 1, or shapes do not fit.
    """
    tables = as_tables(n_a, k_a, n_b, k_b)
    rows = _as_rows(row, len(tables.n_a), n_rows)
    distances = as_bets(bets)
    if not (distances > 0.0).all():
        raise StatisticsError(f"bets are {distances.tolist()}; an interval takes distances, each above 0")
    _refuse_alpha(alpha)
    mirrored = Tables(tables.n_b, tables.k_b, tables.n_a, tables.k_a)
    both = Tables(*(np.concatenate(columns) for columns in zip(tables, mirrored, strict=True)))
    log_bounds = lower_bounds(
        both,
        row=np.concatenate((rows, rows + n_rows)),
        n_rows=2 * n_rows,
        bets=distances,
        log_needed=float(np.log(2.0 / alpha)),
    )
    return np.exp(log_bounds[:n_rows]), np.exp(-log_bounds[n_rows:])


def difference_intervals(
    w: ArrayLike, wd: ArrayLike, w2v: ArrayLike, *, alpha: float, tau: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return the asymptotic anytime-valid interval for the weighted difference of each row.

    A bound is the margin at which the one-sided mixture e-process reaches 2 / alpha: with h its distance from the
    estimate and z = tau h / sqrt(V (V + tau^2)), z^2 / 2 + log Phi(z) = log(1 / alpha) + log((V + tau^2) / V) / 2. It
    holds asymptotically, so only behind the gates on people and events.

    Args:
        w: Sum over tables of the weights; shape (rows,).
        wd: Sum over tables of weight times difference (outcome units); shape (rows,).
        w2v: Sum over tables of squared weight times variance of the difference; shape (rows,).
        alpha: Bound on the probability that the interval ever misses.
        tau: Difference at which the interval is tightest (outcome units), above 0: one for all, or of shape (rows,).

    Returns:
        Lower and upper differences (outcome units); each of shape (rows,), nan where there is no weight or no variance.

    Raises:
        StatisticsError: If alpha is not between 0 and 1, tau is not above 0, a sum is negative, or shapes do not fit.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52(6).
    """
    _refuse_alpha(alpha)
    weight, weighted, squared = (np.asarray(values, dtype=np.float64) for values in (w, wd, w2v))
    scale = np.asarray(tau, dtype=np.float64)
    if len({weight.shape, weighted.shape, squared.shape}) != 1 or scale.shape not in {(), weight.shape}:
        shapes = [each.shape for each in (weight, weighted, squared, scale)]
        raise StatisticsError(
            f"w, wd, w2v, tau have shapes {shapes}; the first three must be equal, tau one or as many"
        )
    if not (scale > 0.0).all() or (weight < 0.0).any() or (squared < 0.0).any():
        raise StatisticsError("tau must be above 0, and w and w2v at least 0")
    bounded = (weight > 0.0) & (squared > 0.0)
    weight, weighted, squared = (np.where(bounded, values, np.nan) for values in (weight, weighted, squared))
    estimate, variance = weighted / weight, squared / weight**2
    mixed = variance + scale**2
    z = _invert_mixture(-np.log(alpha) + 0.5 * np.log(mixed / variance))
    reach = z * np.sqrt(variance * mixed) / scale
    return estimate - reach, estimate + reach


def _invert_mixture(level: FloatArray) -> FloatArray:
    """Return the z > 0 with z^2 / 2 + log Phi(z) = level > 0; nan stays nan.

    The left side is convex and at least z^2 / 2 - log 2 there, so Newton's steps from above fall towards the root.
    """
    z = np.sqrt(2.0 * (level + np.log(2.0)))
    for _ in range(_NEWTON_STEPS):
        log_phi = log_ndtr(z)
        slope = z + np.exp(-0.5 * z * z - 0.5 * np.log(2.0 * np.pi) - log_phi)
        step = (0.5 * z * z + log_phi - level) / slope
        z = z - step
        if not (np.abs(step) > _SETTLED * z).any():
            break
    return np.asarray(z)


def _as_rows(row: ArrayLike, n_tables: int, n_rows: int) -> IntArray:
    rows = np.asarray(row)
    if rows.shape != (n_tables,) or (n_tables and rows.dtype.kind not in "iu"):
        raise StatisticsError(
            f"row is a {rows.dtype} array of shape {rows.shape}; it must name the row of {n_tables} tables"
        )
    if n_tables and not 0 <= int(rows.min()) <= int(rows.max()) < n_rows:
        raise StatisticsError(f"row runs from {rows.min()} to {rows.max()}; it must lie between 0 and {n_rows - 1}")
    return rows.astype(np.int64)


def _refuse_alpha(alpha: float) -> None:
    if not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1")
