"""Exact evidence about a share on its own: is it beyond a floor or a target?"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_expit, logit

from contracts.errors import StatisticsError
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.tables import FloatArray, as_bets, as_counts

_EDGE = 35.0
"""Log odds beyond which a share is 0 or 1."""

_HALVINGS = 60


def log_e_levels(n: ArrayLike, k: ArrayLike, *, bets: ArrayLike, share: ArrayLike) -> FloatArray:
    """Return the log e-values of each cell for each bet against "the share is `share`".

    k log(q / p) + (n - k) log((1 - q) / (1 - p)) with q = expit(logit p + bet): the expectation is exactly 1 at the
    share and below 1 on the harmless side, for positive bets below it and for negative ones above.

    Args:
        n: People; shape (cells,).
        k: Events among them; shape (cells,).
        bets: Distances in log odds (nats), positive for "higher"; shape (bets,).
        share: Shares held against, between 0 and 1; one, or of shape (cells,).

    Returns:
        Log e-values (nats); shape (cells, bets). Cells add.

    Raises:
        StatisticsError: If a count is negative or above its n, a share is not between 0 and 1, or shapes do not fit.
    """
    people, events = _as_cells(n, k)
    distances = as_bets(bets)
    p = np.asarray(share, dtype=np.float64)
    if p.shape not in {(), people.shape} or not ((p > 0.0) & (p < 1.0)).all():
        raise StatisticsError(f"share has shape {p.shape}; it must be one number between 0 and 1, or one for each cell")
    return _log_e(people, events, distances, np.broadcast_to(logit(p), people.shape))


def level_intervals(n: ArrayLike, k: ArrayLike, *, bets: ArrayLike, alpha: float) -> tuple[FloatArray, FloatArray]:
    """Return the anytime-valid interval for each share: where the mean over bets reaches 2 / alpha on either side.

    Args:
        n: People; shape (cells,).
        k: Events among them; shape (cells,).
        bets: Distances in log odds (nats), positive, used on both sides; shape (bets,).
        alpha: Bound on the probability that the interval ever misses.

    Returns:
        Lower and upper shares; each of shape (cells,), nan where nothing bounds that side.

    Raises:
        StatisticsError: If a count is negative or above its n, a bet is not positive, or alpha is not between 0 and 1.
    """
    people, events = _as_cells(n, k)
    distances = as_bets(bets)
    if not (distances > 0.0).all() or not 0.0 < alpha < 1.0:
        raise StatisticsError(f"bets are {distances.tolist()} and alpha {alpha}; bets above 0, alpha between 0 and 1")
    needed = float(np.log(2.0 / alpha))
    lower = _lower_bounds(people, events, distances, needed)
    upper = -_lower_bounds(people, people - events, distances, needed)
    return expit(lower), expit(upper)


def _lower_bounds(n: FloatArray, k: FloatArray, bets: FloatArray, needed: float) -> FloatArray:
    """Return the log odds below which the evidence for "higher" exceeds what is needed; nan where there are none.

    The evidence falls as the share that is held against rises, so halving a bracket finds the bound.
    """
    low, high = np.full(n.shape, -_EDGE), np.full(n.shape, _EDGE)
    bounded = average_bets(_log_e(n, k, bets, low)) > needed
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        exceeds = average_bets(_log_e(n, k, bets, middle)) > needed
        low, high = np.where(exceeds, middle, low), np.where(exceeds, high, middle)
    return np.where(bounded, 0.5 * (low + high), np.nan)


def _log_e(n: FloatArray, k: FloatArray, bets: FloatArray, log_odds: FloatArray) -> FloatArray:
    """Return the log e-values against the shares of these log odds; shape (cells, bets)."""
    start = log_odds[:, None]
    won = k[:, None] * (log_expit(start + bets) - log_expit(start))
    lost = (n - k)[:, None] * (log_expit(-start - bets) - log_expit(-start))
    return np.asarray(won + lost)


def _as_cells(n: ArrayLike, k: ArrayLike) -> tuple[FloatArray, FloatArray]:
    people, events = as_counts("n", n), as_counts("k", k)
    if people.ndim != 1 or people.shape != events.shape or (events > people).any():
        raise StatisticsError(f"n and k have shapes {people.shape} and {events.shape}; equal, and k at most n")
    return people.astype(np.float64), events.astype(np.float64)
