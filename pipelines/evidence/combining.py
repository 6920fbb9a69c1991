"""Rules that make one log e-value of several, so that a claim about all of them may be made.

They take arrays of log e-values (nats), -inf allowed, and work element by element.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from contracts.errors import StatisticsError
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.tables import FloatArray

_SERIES_BELOW = 0.5
_SERIES = [1.0 / math.factorial(power + 2) for power in range(14)]


def weakest(*log_e: ArrayLike) -> FloatArray:
    """Return the least of the log e-values: the evidence that every part of a claim is true.

    A claim that joins parts is false as soon as one part is. That part's own e-process reaches 1/alpha with probability
    at most alpha, however often one looks, and the minimum lies below it, whatever the others do.

    Args:
        log_e: Log e-processes of the parts (nats), at least one; of shapes that broadcast.

    Returns:
        Log e-values (nats), of the shape the arguments broadcast to.

    Raises:
        StatisticsError: If there is none, one is not a number, or shapes do not fit.
    """
    parts = [_as_log_e(each) for each in log_e]
    if not parts:
        raise StatisticsError("no log e-values are given; a claim has at least one part")
    try:
        return np.asarray(np.min(np.broadcast_arrays(*parts), axis=0))
    except ValueError as error:
        raise StatisticsError(f"the log e-values have shapes that do not fit: {error}") from error


def adjusted(log_peak: ArrayLike) -> FloatArray:
    """Return what an e-process is worth if one may read it at any time, also one chosen by other knowledge.

    An e-process is an e-value at the times that its own data tell. Those who also see other indicators may stop at
    better ones. With x its running maximum, 1/x is a p-value at all times at once, and A(x) = (x - 1 - ln x) / (ln x)^2
    for x > 1, else 0, turns it into an e-value: the integral of A(1/u) over u from 0 to 1 is 1, because A is the mean
    over s from 0 to 1 of s x^(1-s), and each of those integrates to 1. So A(x) never falls, may be read whenever, and
    may be averaged with others of its kind.

    Args:
        log_peak: Running maximum of the log e-process (nats).

    Returns:
        Log e-values (nats) of the same shape, -inf where the maximum is at most 0.

    Raises:
        StatisticsError: If a value is not a number.

    Source: Dawid, de Rooij, Shafer, Shen, Vereshchagin and Vovk (2011), Statistics and Probability Letters 81
        (insuring against loss of evidence); Choe and Ramdas (2024), arXiv 2402.09698 (across filtrations).
    """
    peak = _as_log_e(log_peak)
    small, large = np.clip(peak, 0.0, _SERIES_BELOW), np.maximum(peak, _SERIES_BELOW)
    near_one = np.log(np.polynomial.polynomial.polyval(small, _SERIES))
    beyond = large + np.log1p(-(1.0 + large) * np.exp(-large)) - 2.0 * np.log(large)
    value = np.where(peak < _SERIES_BELOW, near_one, beyond)
    return np.asarray(np.where(peak > 0.0, value, -np.inf))


def cumulated(log_e: ArrayLike, *, at_least: int) -> FloatArray:
    """Return the evidence that at least r of m things are so: the mean of the m - r + 1 smallest e-values.

    While fewer than r are so, at least m - r + 1 of the e-values are those of nulls. Their mean is an e-value however
    they depend, and the mean of the smallest as many lies below it.

    Args:
        log_e: Log e-values (nats), one of each thing along the first axis; shape (m, ...).
        at_least: r, from 1 to m.

    Returns:
        Log e-values (nats); shape (...).

    Raises:
        StatisticsError: If there are fewer than r, or a value is not a number.
    """
    values = _as_log_e(log_e)
    m = values.shape[0] if values.ndim else 0
    if not 1 <= at_least <= m:
        raise StatisticsError(f"at_least is {at_least}; it must lie between 1 and the number of e-values, {m}")
    return average_bets(np.sort(values, axis=0)[: m - at_least + 1], axis=0)


def _as_log_e(values: ArrayLike) -> FloatArray:
    log_e = np.asarray(values, dtype=np.float64)
    if np.isnan(log_e).any():
        raise StatisticsError("a log e-value is not a number")
    return log_e
