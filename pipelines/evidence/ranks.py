"""Evidence from ranks: does one region stand out among others that had no part in it?"""

import math
from collections.abc import Sequence

import numpy as np

from contracts.errors import StatisticsError

FEWEST_OTHERS = 19
"""With fewer regions beside it, being the most extreme of all is too common to count as evidence."""


def log_rank_e(value: float, others: Sequence[float]) -> float:
    """Return the log e-value of a value that exceeds those of all J others: log(J + 1), else -inf.

    While the J + 1 regions are exchangeable, each is strictly the largest with probability at most 1 / (J + 1), so the
    expectation is at most 1. Ties are not the largest. It may be read once, at a look that was named beforehand.

    Args:
        value: How extreme the watched region is, larger being more so.
        others: The same of each comparison region, at least 19.

    Returns:
        Log e-value (nats).

    Raises:
        StatisticsError: If there are fewer than 19 others, or a value is not finite.
    """
    if len(others) < FEWEST_OTHERS:
        raise StatisticsError(f"{len(others)} comparison regions; evidence from a rank takes at least {FEWEST_OTHERS}")
    at_least_as_extreme, n_others = placebo_rank(value, others)
    return math.log(n_others + 1) if not at_least_as_extreme else -math.inf


def placebo_rank(value: float, others: Sequence[float]) -> tuple[int, int]:
    """Return how many others are at least as extreme, and of how many; a description for any number of others.

    Args:
        value: How extreme the watched region is, larger being more so.
        others: The same of each comparison region or placebo start.

    Raises:
        StatisticsError: If a value is not finite.
    """
    values = np.array([value, *others], dtype=np.float64)
    if not np.isfinite(values).all():
        raise StatisticsError(f"value {int(np.argmin(np.isfinite(values)))} is not finite (0 is the watched region)")
    return int((values[1:] >= values[0]).sum()), len(others)
