"""What could have been seen by now: the smallest effect that this much information makes visible."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from contracts.errors import StatisticsError
from pipelines.evidence.intervals import difference_intervals
from pipelines.evidence.tables import FloatArray, as_bets

_NORMAL_QUANTILE_80 = 0.8416


def smallest_visible(information: ArrayLike, *, bets: ArrayLike, alpha: float) -> FloatArray:
    """Return the smallest log odds ratio that 80 % of repetitions would have shown by now.

    The smallest over bets d of log(bets / alpha) / (d I) + d / 2 + z / sqrt(I), with z the 80 % point of the normal
    distribution: where one bet of the mean alone reaches 1 / alpha, its log e-value taken as normal.

    Args:
        information: Fisher information about the log odds ratio, summed over tables (per squared nat); any shape.
        bets: Distances from the null in log odds (nats), positive; shape (bets,).
        alpha: Level that the e-process has to reach, as 1 / alpha.

    Returns:
        Log odds ratios (nats), measured from the null, of the shape of `information`; infinite without information.

    Raises:
        StatisticsError: If information is negative, a bet is not positive, or alpha is not between 0 and 1.
    """
    told = np.asarray(information, dtype=np.float64)
    distances = as_bets(bets)
    if not (told >= 0.0).all():
        raise StatisticsError("information holds a value below 0 or not a number; it is a variance")
    if not (distances > 0.0).all():
        raise StatisticsError(f"bets are {distances.tolist()}; each distance must be above 0")
    if not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1")
    with np.errstate(divide="ignore"):
        reached = np.log(len(distances) / alpha) / (distances * told[..., None]) + 0.5 * distances
        return np.asarray(reached.min(axis=-1) + _NORMAL_QUANTILE_80 / np.sqrt(told))


def smallest_visible_mean(variance: ArrayLike, *, tau: float, alpha: float) -> FloatArray:
    """Return the smallest difference of means that 80 % of repetitions would have shown by now.

    The distance at which the one-sided e-process of means reaches 1 / alpha, and the 80 % point of the estimate beyond.

    Args:
        variance: Variance of the estimated difference (squared outcome units), above 0; shape (rows,).
        tau: Difference at which the e-process is most sensitive (outcome units), above 0.
        alpha: Level that the e-process has to reach, as 1 / alpha.

    Returns:
        Differences (outcome units), above the null; shape (rows,).

    Raises:
        StatisticsError: If a variance or tau is not above 0, or alpha is not between 0 and 1.
    """
    spread = np.asarray(variance, dtype=np.float64)
    if not (spread > 0.0).all() or not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1, and variances above 0")
    weight = np.ones(spread.shape)
    _, reach = difference_intervals(weight, 0.0 * weight, spread, alpha=min(2.0 * alpha, 1.0 - 1e-12), tau=tau)
    return np.asarray(reach + _NORMAL_QUANTILE_80 * np.sqrt(spread))


def as_difference(log_or: ArrayLike, share: ArrayLike) -> FloatArray:
    """Return the difference in share that a log odds ratio makes at a reference share.

    Args:
        log_or: Log odds ratio (nats), infinite allowed.
        share: Share in the reference cell, 0 to 1; shapes broadcast.

    Returns:
        Differences in share, 0 where the reference share is 0 or 1.

    Raises:
        StatisticsError: If a share lies outside 0 to 1, or a log odds ratio is not a number.
    """
    ratio, reference = np.broadcast_arrays(np.asarray(log_or, dtype=np.float64), np.asarray(share, dtype=np.float64))
    if not ((reference >= 0.0) & (reference <= 1.0)).all():
        raise StatisticsError("share holds a value outside 0 to 1")
    if np.isnan(ratio).any():
        raise StatisticsError("log_or holds a value that is not a number")
    between = (reference > 0.0) & (reference < 1.0)
    watched = expit(logit(np.where(between, reference, 0.5)) + ratio)
    return np.where(between, watched - reference, 0.0)
