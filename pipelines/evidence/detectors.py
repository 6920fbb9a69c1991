"""E-detectors: has a change begun, whenever that was?

An e-process starts at the first look and is slow to notice what began later. The Shiryaev-Roberts e-detector adds up
the e-processes that start at every look so far; while nothing is wrong it reaches M at most once in M looks on average.
"""

import numpy as np

from pipelines.evidence.tables import FloatArray


def detect(log_m: FloatArray, log_l: FloatArray) -> FloatArray:
    """Return the log e-detector after a look: M <- L (1 + M), per bet.

    Equals the sum over every earlier look of the e-process that starts there. An alarm at M >= run_length comes on
    average no sooner than after run_length looks while nothing is wrong. A look without a table is not passed in.

    Args:
        log_m: Log detectors before the look (nats), -inf before the first; any shape.
        log_l: Log e-values of the look, summed over its tables (nats); the same shape.

    Returns:
        Log detectors after the look (nats).

    Source: Shin, Ramdas and Rinaldo (2024), NEJSDS.
    """
    return log_l + _log_one_plus_exp(log_m)


def average_bets(log: FloatArray, axis: int = -1) -> FloatArray:
    """Return the log of the mean over bets of exp(log): what a mixture of equal weights has earned.

    Args:
        log: Log e-processes or log detectors (nats), -inf allowed.
        axis: The axis of the bets.

    Returns:
        Log means (nats), without that axis.
    """
    largest = np.max(log, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.squeeze(shift, axis) + np.log(np.mean(np.exp(log - shift), axis=axis)))


def _log_one_plus_exp(x: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(x, 0.0) + np.log(1.0 + np.exp(-np.abs(x))))
