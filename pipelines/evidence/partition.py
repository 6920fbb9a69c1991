"""The sum Z(w; k) over all tables with the same margins, from which every exact statement about counts is built.

    Z(w; k) = sum over j of C(n_a, k - j) C(n_b, j) exp(w j)

With i = j - lo counted from the lowest possible j, neighbouring terms have the ratio

    t(i+1) / t(i) = exp(w) (r - i)(s - i) / ((i + 1)(c + i + 1)),   r = min(k, n_a), s = min(n_b, n - k), c = |n_a - k|

so a sum never needs a factorial. Small supports are padded polynomials in exp(w), evaluated for all tables and bets in
one matrix product; large ones are summed outward from the mode of each w.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from contracts.errors import StatisticsError
from pipelines.evidence.outward import outward_sums
from pipelines.evidence.tables import BoolArray, FloatArray, IntArray, as_counts
from pipelines.evidence.weights import log_rate_factor, log_weight

_POLYNOMIAL_SIZES = (4, 8, 16, 32, 64)
_LOG_LARGEST = 600.0


class Support(NamedTuple):
    """Possible events in b given the margins, and the integers of the term ratio; each of shape (tables,)."""

    lowest: FloatArray
    r: FloatArray
    s: FloatArray
    c: FloatArray

    @property
    def size(self) -> FloatArray:
        """Number of steps from the lowest to the highest possible j."""
        return np.minimum(self.r, self.s)

    def take(self, rows: BoolArray | IntArray) -> "Support":
        """Return the supports of some tables."""
        return Support(*(column[rows] for column in self))


def support(n_a: IntArray, n_b: IntArray, k: IntArray) -> Support:
    """Return the support of events in b given n_a, n_b and k events in all; each of shape (tables,)."""
    r = np.minimum(k, n_a)
    s = np.minimum(n_b, n_a + n_b - k)
    return Support(*(column.astype(np.float64) for column in (k - r, r, s, np.abs(n_a - k))))


def log_partition(n_a: ArrayLike, n_b: ArrayLike, k: ArrayLike, w: ArrayLike) -> FloatArray:
    """Return log Z(w; k), by summing outward from the mode of each w.

    Args:
        n_a: People in the reference cell.
        n_b: People in the watched cell.
        k: Events in both together.
        w: Log odds ratio b:a (nats).

    Returns:
        Log sums (nats), of the shape the arguments broadcast to. Terms are added until one is below 1e-18 of the sum,
        so the relative error is that of rounding, for any skew between the cells.

    Raises:
        StatisticsError: If a count is negative, k exceeds n_a + n_b, w is not finite, or shapes do not fit.
    """
    counts = [as_counts(name, values) for name, values in (("n_a", n_a), ("n_b", n_b), ("k", k))]
    w = np.asarray(w, dtype=np.float64)
    if not np.isfinite(w).all():
        raise StatisticsError("w holds a value that is not finite; a log odds ratio is a finite number of nats")
    try:
        columns = np.broadcast_arrays(*counts, w)
    except ValueError as error:
        raise StatisticsError(f"n_a, n_b, k, w have shapes that do not fit: {error}") from error
    m_a, m_b, events = (column.ravel() for column in columns[:3])
    if (events > m_a + m_b).any():
        at = int(np.argmax(events > m_a + m_b))
        raise StatisticsError(f"k is {events[at]}, above n_a + n_b = {m_a[at] + m_b[at]}")
    n_a_, n_b_, k_ = m_a.astype(np.float64), m_b.astype(np.float64), events.astype(np.float64)
    margins = support(m_a, m_b, events)
    sums = outward_sums(margins.r, margins.s, margins.c, columns[3].ravel())
    mode = margins.lowest + sums.mode
    log_z = columns[3].ravel() * mode + np.log(sums.total) + log_weight(n_a_, n_b_, k_, mode)
    return (log_z - log_rate_factor(n_a_ + n_b_, k_)).reshape(columns[3].shape)


class Rise(NamedTuple):
    """How log Z rises from the null to each bet, measured from an anchor so that large numbers do not cancel.

    Attributes:
        anchor: A possible number of events in b near the mode; shape (tables,).
        log_rise: log Z(w_0 + d; k) - log Z(w_0; k) - d * anchor (nats); shape (tables, bets).
    """

    anchor: FloatArray
    log_rise: FloatArray


def log_rise(n_a: IntArray, n_b: IntArray, k: IntArray, *, bets: FloatArray, log_or_0: FloatArray) -> Rise:
    """Return the rise of log Z from the null to each bet; counts and `log_or_0` of shape (tables,), already checked."""
    margins = support(n_a, n_b, k)
    steepest = float(np.abs(log_or_0).max(initial=0.0) + np.abs(bets).max(initial=0.0))
    size = margins.size
    log_largest = size * (steepest + np.log(np.maximum(1.0, margins.r * margins.s / (margins.c + 1.0))))
    path = np.searchsorted(_POLYNOMIAL_SIZES, size)
    path[log_largest > _LOG_LARGEST] = len(_POLYNOMIAL_SIZES)
    rise = Rise(margins.lowest.copy(), np.empty((len(n_a), len(bets))))
    for index in np.unique(path):
        rows = np.flatnonzero(path == index)
        part = margins.take(rows)
        if index < len(_POLYNOMIAL_SIZES):
            rise.log_rise[rows] = _polynomial_rise(part, _POLYNOMIAL_SIZES[index], bets=bets, log_or_0=log_or_0[rows])
        else:
            counts = (column[rows].astype(np.float64) for column in (n_a, n_b, k))
            rise.anchor[rows], rise.log_rise[rows] = _outward_rise(part, *counts, bets=bets, log_or_0=log_or_0[rows])
    return rise


def coefficients(part: Support, size: int, log_x: FloatArray) -> FloatArray:
    """Return the terms t(i) exp(i log_x), scaled to t(0) = 1 and padded with zeros; shape (size + 1, tables)."""
    terms = np.empty((size + 1, len(log_x)))
    terms[0] = 1.0
    x = np.exp(log_x)
    for i in range(size):
        ratio = np.maximum(part.r - i, 0.0) * np.maximum(part.s - i, 0.0)
        ratio /= (i + 1.0) * (part.c + (i + 1.0))
        np.multiply(terms[i], ratio * x, out=terms[i + 1])
    return terms


def _polynomial_rise(part: Support, size: int, *, bets: FloatArray, log_or_0: FloatArray) -> FloatArray:
    terms = coefficients(part, size, log_or_0)
    powers = np.exp(np.outer(np.arange(size + 1.0), np.concatenate(([0.0], bets))))
    log_sums = np.log(terms.T @ powers)
    return log_sums[:, 1:] - log_sums[:, :1]


def _outward_rise(
    part: Support, n_a: FloatArray, n_b: FloatArray, k: FloatArray, *, bets: FloatArray, log_or_0: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return anchor and rise for supports of any size; the anchor is the mode at the null."""
    n_w = len(bets) + 1
    w = log_or_0[:, None] + np.concatenate(([0.0], bets))
    repeated = Support(*(np.repeat(column, n_w) for column in part))
    sums = outward_sums(repeated.r, repeated.s, repeated.c, w.ravel())
    mode = part.lowest[:, None] + sums.mode.reshape(w.shape)
    anchor = mode[:, 0]
    log_sums = np.log(sums.total).reshape(w.shape) + w * (mode - anchor[:, None])
    log_sums += log_weight(n_a[:, None], n_b[:, None], k[:, None], mode)
    return anchor, log_sums[:, 1:] - log_sums[:, :1]
