"""How unequal an outcome is spread, from sums alone: nobody's own value is kept.

The mean log deviation comes first, because it is the sum of what lies within groups and between them; then the
concentration index over groups on an ordered scale, and the Gini of that scale.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from contracts.errors import StatisticsError
from pipelines.evidence.tables import FloatArray

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate and its standard error; the standard error is None where the sums cannot tell."""

    value: float
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Sums:
    """What is kept of a cell of people with an outcome above 0.

    Attributes:
        n: People.
        y, y2: Sums of the outcome and of its square.
        log_y, log_y2: Sums of its logarithm and of the square of that.
        y_log_y: Sum of the outcome times its logarithm.
    """

    n: int
    y: float
    y2: float
    log_y: float
    log_y2: float
    y_log_y: float


def mean_log_deviation(sums: Sums) -> Estimate:
    """Return the mean log deviation, ln(mean y) - mean(ln y): 0 when everybody has the same.

    Its standard error is that of the mean of y / mean(y) - ln y, by the delta method.

    Raises:
        StatisticsError: If fewer than 2 people are in the cell, or their mean is not above 0.
    """
    if sums.n < _FEWEST or sums.y <= 0:
        raise StatisticsError(f"{sums.n} people with a sum of {sums.y:g}; at least 2 are needed, with a mean above 0")
    n, mean, mean_log = sums.n, sums.y / sums.n, sums.log_y / sums.n
    var_y = max(sums.y2 / n - mean**2, 0.0)
    var_log = max(sums.log_y2 / n - mean_log**2, 0.0)
    covariance = sums.y_log_y / n - mean * mean_log
    variance = var_y / mean**2 + var_log - 2.0 * covariance / mean
    return Estimate(float(np.log(mean) - mean_log), float(np.sqrt(max(variance, 0.0) / (n - 1))))


def decomposed(parts: list[Sums]) -> tuple[float, float]:
    """Return the mean log deviation within the groups of a partition and between them; they add up to the total.

    Raises:
        StatisticsError: If a group has fewer than 2 people or a mean that is not above 0.
    """
    n, total = sum(part.n for part in parts), sum(part.y for part in parts)
    within = sum(part.n / n * mean_log_deviation(part).value for part in parts)
    between = sum(part.n / n * float(np.log(total / n) - np.log(part.y / part.n)) for part in parts)
    return within, between


def concentration_index(n: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> Estimate:
    """Return the concentration index of an outcome over groups on an ordered scale, lowest first.

    2 / mean * the covariance of outcome and rank, every group at the middle of its ranks: positive when the higher
    groups have more of the outcome, 0 when all groups have the same. The standard error is that of people drawn at
    random: who is drawn moves the sizes of the groups as well as their means.

    Args:
        n: People; shape (groups,).
        mean: Mean outcome (or share); shape (groups,).
        variance: Variance of the outcome within each group, squares over n (of a share p, p (1 - p)); shape (groups,).

    Raises:
        StatisticsError: If there are fewer than 2 groups, one is empty, or the mean over all is not above 0.

    Source: Kakwani, Wagstaff and van Doorslaer (1997), J. Econometrics.
    """
    people, means, variances = _as_groups(n, mean, variance)
    shares = people / people.sum()
    overall = float(shares @ means)
    if overall <= 0:
        raise StatisticsError(f"the mean over all groups is {overall:g}; an index is of an outcome with a mean above 0")
    ranks, held = _middles(shares), _middles(shares * means / overall)
    index = float(2.0 / overall * (shares @ (means * ranks)) - 1.0)
    above = (2.0 * ranks - 1.0 - index) / overall
    drawn = means * above + 2.0 - 2.0 * held  # 1 + index + the influence of a person at the mean of each group
    variance_drawn = shares @ drawn**2 - (1.0 + index) ** 2 + shares @ (variances * above**2)
    return Estimate(index, float(np.sqrt(max(variance_drawn, 0.0) / people.sum())))


def _middles(shares: FloatArray) -> FloatArray:
    """Return the middle of each share when they lie end to end."""
    return np.asarray(np.cumsum(shares) - 0.5 * shares)


def gini(n: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> Estimate:
    """Return the Gini between groups: the concentration index of the groups in the order of their own means.

    Raises:
        StatisticsError: As `concentration_index`.
    """
    people, means, variances = _as_groups(n, mean, variance)
    order = np.argsort(means, kind="stable")
    return concentration_index(people[order], means[order], variances[order])


def _as_groups(n: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    people, means, variances = (np.asarray(each, dtype=np.float64) for each in (n, mean, variance))
    if people.ndim != 1 or len({people.shape, means.shape, variances.shape}) != 1 or len(people) < _FEWEST:
        raise StatisticsError(f"n has shape {people.shape}; n, mean and variance must be of the same 2 or more groups")
    if (people <= 0).any() or (variances < 0).any():
        raise StatisticsError("every group must have people, and a variance is at least 0")
    return people, means, variances
