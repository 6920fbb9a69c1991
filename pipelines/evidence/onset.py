"""When did it begin? The estimate that goes with an alarm of the e-detector."""

import numpy as np
from numpy.typing import ArrayLike

from contracts.errors import StatisticsError
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.tables import IntArray

_LOOKS_AND_BETS = 2


def most_likely_start(steps: ArrayLike) -> IntArray:
    """Return the look from which the change most likely runs.

    The e-detector is the sum over starts s of the e-process that begins there; this is the start that contributes
    most. As likelihood ratios are summed, it is the maximum-likelihood change point where what came after s is a
    mixture of the bets with equal weights and what came before is the null. It is an estimate without a promise: only
    the alarm has one.

    Args:
        steps: Log e-values of each look per bet, summed over its tables (nats), 0 in a look without a table; shape
            (looks, rows, bets) or (looks, bets).

    Returns:
        Positions among the looks, from 0; shape (rows,) or (). Of equally likely starts it is the last, so that a look
        without a table is not named before one that has some.

    Raises:
        StatisticsError: If there is no look or no bet, or a value is not finite.
    """
    log_l = np.asarray(steps, dtype=np.float64)
    if log_l.ndim < _LOOKS_AND_BETS or not log_l.shape[0] or not log_l.shape[-1]:
        raise StatisticsError(f"steps have shape {log_l.shape}; they must be (looks, rows, bets), at least one look")
    if not np.isfinite(log_l).all():
        raise StatisticsError("a step is not finite")
    latest_first = average_bets(np.cumsum(log_l[::-1], axis=0))
    return np.asarray(log_l.shape[0] - 1 - np.argmax(latest_first, axis=0))
