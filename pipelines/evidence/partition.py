"""The sum Z(w; k) over all tables with the same margins, from which every exact statement about counts is built.

    Z(w; k) = sum over j of C(n_a, k - j) C(n_b, j) exp(w j)

With i = j - lowest counted from the lowest possible j, neighbouring terms have the ratio

    t(i+1) / t(i) = exp(w) (r - i)(s - i) / ((i + 1)(c + i + 1)),   r = min(k, n_a), s = min(n_b, n - k), c = |n_a - k|

so a sum never needs a factorial. Small supports are evaluated whole, large ones outward from the mode of each w.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from contracts.errors import StatisticsError
from pipelines.evidence.outward import outward_sums
from pipelines.evidence.polynomial import log_terms, polynomial_sums
from pipelines.evidence.tables import FloatArray, IntArray, as_counts
from pipelines.evidence.weights import log_rate_factor, log_weight

_SMALL_SIZES = (4, 8, 16, 32, 64)
_LARGEST_EXPONENT = 600.0


def log_partition(n_a: ArrayLike, n_b: ArrayLike, k: ArrayLike, w: ArrayLike) -> FloatArray:
    """Return log Z(w; k), summed outward from the mode of each w.

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
    columns = [as_counts(name, values) for name, values in (("n_a", n_a), ("n_b", n_b), ("k", k))]
    log_or = np.asarray(w, dtype=np.float64)
    if not np.isfinite(log_or).all():
        raise StatisticsError("w holds a value that is not finite; a log odds ratio is a finite number of nats")
    try:
        shape = np.broadcast_shapes(*(column.shape for column in columns), log_or.shape)
    except ValueError as error:
        raise StatisticsError(f"n_a, n_b, k, w have shapes that do not fit: {error}") from error
    m_a, m_b, events = (np.broadcast_to(column, shape).ravel() for column in columns)
    if (events > m_a + m_b).any():
        at = int(np.argmax(events > m_a + m_b))
        raise StatisticsError(f"k is {events[at]}, above n_a + n_b = {m_a[at] + m_b[at]}")
    tables = _Large.of(m_a, m_b, events, anchor=np.zeros(len(events)))
    log_z, _ = tables.sums(np.broadcast_to(log_or, shape).ravel(), np.zeros(1))
    return (log_z[:, 0] - log_rate_factor(tables.n_a + tables.n_b, tables.k)).reshape(shape)


class Partitions:
    """The sums Z of many tables at a log odds ratio of each table's own plus shifts that all share.

    Args:
        n_a: People in the reference cell, checked; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k: Events in both together; shape (tables,).
        shifts: Distances (nats); shape (shifts,).

    Attributes:
        anchor: A possible number of events in b, from which sums are measured so that large numbers do not cancel;
            shape (tables,).
    """

    def __init__(self, n_a: IntArray, n_b: IntArray, k: IntArray, *, shifts: FloatArray) -> None:
        self.anchor = np.maximum(k - n_a, 0).astype(np.float64)
        self._shifts = shifts
        self._parts: list[tuple[NDArray[np.intp], _Small | _Large]] = []
        sizes = np.minimum(np.minimum(k, n_a), np.minimum(n_b, n_a + n_b - k))
        steepest = float(np.abs(shifts).max(initial=0.0))
        small_sizes = [size for size in _SMALL_SIZES if size * steepest <= _LARGEST_EXPONENT]
        kinds = np.searchsorted(small_sizes, sizes)
        for kind in np.unique(kinds):
            rows = np.flatnonzero(kinds == kind)
            margins = n_a[rows], n_b[rows], k[rows]
            if kind < len(small_sizes):
                self._parts.append((rows, _Small.of(*margins, size=small_sizes[kind])))
            else:
                self.anchor[rows] = np.rint(margins[1] * (margins[2] / np.maximum(margins[0] + margins[1], 1)))
                self._parts.append((rows, _Large.of(*margins, anchor=self.anchor[rows])))

    def sums(self, base: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log Z(w; k) - w * anchor and the mean of j - anchor at each w = base + shift.

        Args:
            base: Log odds ratio of each table (nats); shape (tables,).

        Returns:
            Log sums (nats), up to a constant per table, and means; each of shape (tables, shifts).
        """
        log_z, mean = np.empty((2, len(base), len(self._shifts)))
        for rows, part in self._parts:
            log_z[rows], mean[rows] = part.sums(base[rows], self._shifts)
        return log_z, mean


@dataclass(frozen=True, slots=True)
class _Small:
    """Tables of small support, with all their terms."""

    log_terms: FloatArray

    @classmethod
    def of(cls, n_a: IntArray, n_b: IntArray, k: IntArray, *, size: int) -> "_Small":
        return cls(log_terms(*_term_ratio(n_a, n_b, k), size))

    def sums(self, base: FloatArray, shifts: FloatArray) -> tuple[FloatArray, FloatArray]:
        return polynomial_sums(self.log_terms, base, shifts)


@dataclass(frozen=True, slots=True)
class _Large:
    """Tables of any support; only the terms that count are looked at."""

    n_a: FloatArray
    n_b: FloatArray
    k: FloatArray
    anchor: FloatArray
    ratio: tuple[FloatArray, FloatArray, FloatArray]

    @classmethod
    def of(cls, n_a: IntArray, n_b: IntArray, k: IntArray, *, anchor: FloatArray) -> "_Large":
        m_a, m_b, events = (column.astype(np.float64) for column in (n_a, n_b, k))
        return cls(m_a, m_b, events, anchor, _term_ratio(n_a, n_b, k))

    def sums(self, base: FloatArray, shifts: FloatArray) -> tuple[FloatArray, FloatArray]:
        w = base[:, None] + shifts
        r, s, c = (np.repeat(column, len(shifts)) for column in self.ratio)
        sums = outward_sums(r, s, c, w.ravel())
        lowest = np.maximum(self.k - self.n_a, 0.0)[:, None]
        mode = sums.mode.reshape(w.shape) + lowest
        log_z = np.log(sums.total).reshape(w.shape) + w * (mode - self.anchor[:, None])
        log_z += log_weight(self.n_a[:, None], self.n_b[:, None], self.k[:, None], mode)
        return log_z, sums.mean.reshape(w.shape) + (lowest - self.anchor[:, None])


def _term_ratio(n_a: IntArray, n_b: IntArray, k: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the whole numbers r, s, c of the term ratio."""
    r, s, c = np.minimum(k, n_a), np.minimum(n_b, n_a + n_b - k), np.abs(n_a - k)
    return r.astype(np.float64), s.astype(np.float64), c.astype(np.float64)
