"""The sum Z(w; k) over all tables with the same margins, from which every exact statement about counts is built.

Z(w; k) = sum over j of C(n_a, k - j) C(n_b, j) exp(w j)
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from contracts.errors import StatisticsError
from pipelines.evidence.lattice import Lattices
from pipelines.evidence.tables import FloatArray, IntArray, as_counts
from pipelines.evidence.weights import log_rate_factor
from pipelines.evidence.whole import WholeSupports

_WHOLE_SIZES = (4, 8, 16, 32, 64)
_LARGEST_EXPONENT = 600.0


def log_partition(n_a: ArrayLike, n_b: ArrayLike, k: ArrayLike, w: ArrayLike) -> FloatArray:
    """Return log Z(w; k), from the mode of each w outward until no term counts.

    Args:
        n_a: People in the reference cell.
        n_b: People in the watched cell.
        k: Events in both together.
        w: Log odds ratio b:a (nats).

    Returns:
        Log sums (nats), of the shape the arguments broadcast to. Terms below 1e-18 of the sum are left out, wherever
        they lie, so the error is that of rounding for any skew between the cells.

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
    lattices = Lattices(m_a, m_b, events, shifts=np.zeros(1), anchor=np.zeros(len(events)))
    log_z = lattices.log_sums(np.broadcast_to(log_or, shape).ravel())
    rate = log_rate_factor((m_a + m_b).astype(np.float64), events.astype(np.float64))
    return (log_z[:, 0] - rate).reshape(shape)


class _Sums(Protocol):
    """Partition sums of some tables."""

    def log_sums(self, base: FloatArray) -> FloatArray:
        """Return log sums at each w = base + shift; shape (tables, shifts)."""

    def log_sums_and_means(self, base: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log sums and means at each w = base + shift; each of shape (tables, shifts)."""


class Partitions:
    """The sums Z of many tables, each at a log odds ratio of its own plus shifts that all share.

    Small supports are evaluated whole, larger ones on lattices.

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
        self._n_shifts = len(shifts)
        self._parts: list[tuple[NDArray[np.intp], _Sums]] = []
        sizes = np.minimum(np.minimum(k, n_a), np.minimum(n_b, n_a + n_b - k))
        for size, rows in _by_size(sizes, steepest=float(np.abs(shifts).max(initial=0.0))):
            margins = n_a[rows], n_b[rows], k[rows]
            if size is not None:
                self._parts.append((rows, WholeSupports(*margins, shifts=shifts, size=size)))
            else:
                expected = np.rint(margins[1] * (margins[2] / (margins[0] + margins[1])))
                self.anchor[rows] = expected
                self._parts.append((rows, Lattices(*margins, shifts=shifts, anchor=expected)))

    def log_sums(self, base: FloatArray) -> FloatArray:
        """Return log Z(w; k) - w * anchor at each w = base + shift.

        Args:
            base: Log odds ratio of each table (nats); shape (tables,).

        Returns:
            Log sums (nats), up to a constant per table; shape (tables, shifts).
        """
        log_z = np.empty((len(base), self._n_shifts))
        for rows, part in self._parts:
            log_z[rows] = part.log_sums(base[rows])
        return log_z

    def log_sums_and_means(self, base: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what `log_sums` returns, and the mean of j - anchor at each w; each of shape (tables, shifts)."""
        log_z, mean = np.empty((2, len(base), self._n_shifts))
        for rows, part in self._parts:
            log_z[rows], mean[rows] = part.log_sums_and_means(base[rows])
        return log_z, mean


def _by_size(sizes: IntArray, *, steepest: float) -> Iterator[tuple[int | None, NDArray[np.intp]]]:
    """Yield tables by the size their supports are padded to; None for those to be laid on lattices."""
    padded = [size for size in _WHOLE_SIZES if size * steepest <= _LARGEST_EXPONENT]
    kinds = np.searchsorted(padded, sizes)
    for kind in np.unique(kinds):
        yield padded[kind] if kind < len(padded) else None, np.flatnonzero(kinds == kind)
