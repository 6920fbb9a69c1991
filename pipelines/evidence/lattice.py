"""Partition sums over supports of any size: outward from the modes, on a lattice where the terms are smooth.

The number of events in b given the margins is distributed as a sum of independent indicators (its generating polynomial
has only real roots: Vatutin and Mikhailov, 1982), so its characteristic function at angle t is at most
exp(-variance (1 - cos t)). By Fourier inversion the sum over every h-th term is then 1/h of the whole, with a relative
error of the sum over m = 1 ... h - 1 of that bound at the angles 2 pi m / h, of which the first and the last count.
The stride is the largest that keeps them below exp(-40). So a table of millions is summed as cheaply as one of
hundreds, and the weights on the lattice serve every odds ratio near the one they were laid out for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.evidence.tables import FloatArray, IntArray
from pipelines.evidence.weights import log_weight

_LOG_NEGLIGIBLE = -42.0
_EXPONENT_OF_STRIDE = 40.0
_SLACK_IN_DEVIATIONS = 1.0
_FIRST_REACH_IN_DEVIATIONS = 8.0
_FURTHER = 1.2
_ALIKE = 1.25
_POINTS_AT_ONCE = 1 << 16


class Lattices:
    """Tables of any size; sums are measured from an anchor.

    Args:
        n_a: People in the reference cell; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k: Events in both; shape (tables,).
        shifts: Distances (nats); shape (shifts,).
        anchor: Number of events from which sums are measured; shape (tables,).
    """

    def __init__(self, n_a: IntArray, n_b: IntArray, k: IntArray, *, shifts: FloatArray, anchor: FloatArray) -> None:
        self._margins = Margins(*(column.astype(np.float64) for column in (n_a, n_b, k)))
        self._shifts = shifts
        self._anchor = anchor
        self._lowest = np.full(len(k), np.inf)
        self._highest = np.full(len(k), -np.inf)
        self._pieces: list[_Piece] = []

    def log_sums(self, base: FloatArray) -> FloatArray:
        """Return log sums at each w = base + shift; shape (tables, shifts)."""
        return self.log_sums_and_means(base)[0]

    def log_sums_and_means(self, base: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log sums and means of j - anchor at each w = base + shift; each of shape (tables, shifts)."""
        if ((base < self._lowest) | (base > self._highest)).any():
            self._lay_out(base)
        log_z, mean = np.empty((2, len(base), len(self._shifts)))
        for piece in self._pieces:
            for column, shift in enumerate(self._shifts):
                log_z[piece.tables, column], mean[piece.tables, column] = piece.sums(base[piece.tables] + shift)
        return log_z, mean

    def _lay_out(self, base: FloatArray) -> None:
        """Compute the weights around the modes of every w = base + shift, and some way further."""
        slack = _SLACK_IN_DEVIATIONS / self._margins.deviation(self._margins.mode(base))
        self._lowest, self._highest = base - slack, base + slack
        places = _place(self._margins, self._lowest + self._shifts.min(), self._highest + self._shifts.max())
        self._pieces = [
            _Piece.of(self._margins.take(tables), places.take(tables), tables, self._anchor[tables])
            for tables in _portions(places.n_points)
        ]


@dataclass(frozen=True, slots=True)
class Margins:
    """The margins of tables; each of shape (tables,)."""

    n_a: FloatArray
    n_b: FloatArray
    k: FloatArray

    def take(self, tables: NDArray[np.intp]) -> "Margins":
        """Return the margins of some tables."""
        return Margins(self.n_a[tables], self.n_b[tables], self.k[tables])

    @property
    def lowest(self) -> FloatArray:
        """Fewest possible events in b."""
        return np.maximum(self.k - self.n_a, 0.0)

    @property
    def highest(self) -> FloatArray:
        """Most possible events in b."""
        return np.minimum(self.k, self.n_b)

    def mode(self, w: FloatArray) -> FloatArray:
        """Return the likeliest number of events in b at log odds ratio w, the root of a quadratic.

        Source: Liao and Rosen (2001), Fast and stable algorithms for computing and sampling from the noncentral
            hypergeometric distribution.
        """
        r = np.minimum(self.k, self.n_a)
        s = np.minimum(self.n_b, self.n_a + self.n_b - self.k)
        up, down = np.exp(np.minimum(w, 0.0)), np.exp(-np.maximum(w, 0.0))  # their ratio is exp(w), neither overflows
        product = up * (r + 1.0) * (s + 1.0)
        linear = up * (r + s + 2.0) + down * np.abs(self.n_a - self.k)
        root = 2.0 * product / (linear + np.sqrt(np.maximum(linear * linear - 4.0 * (up - down) * product, 0.0)))
        return np.asarray(np.clip(self.lowest + np.floor(root), self.lowest, self.highest))

    def deviation(self, mode: FloatArray) -> FloatArray:
        """Return the standard deviation of the events in b where `mode` is the likeliest number, about."""
        cells = (mode, self.k - mode, self.n_b - mode, self.n_a - self.k + mode)
        return np.asarray(1.0 / np.sqrt(sum(1.0 / (cell + 1.0) for cell in cells)))

    def log_weight(self, j: FloatArray) -> FloatArray:
        """Return log( C(n_a, k - j) C(n_b, j) ) up to a constant per table."""
        return log_weight(self.n_a, self.n_b, self.k, j)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the lattice of each table lies: its first point, its stride and its number of points."""

    first: FloatArray
    stride: FloatArray
    n_points: IntArray

    def take(self, tables: NDArray[np.intp]) -> "_Places":
        return _Places(self.first[tables], self.stride[tables], self.n_points[tables])


def _place(margins: Margins, w_low: FloatArray, w_high: FloatArray) -> _Places:
    """Lay the lattice of each table over all terms that count at any w from `w_low` to `w_high`."""
    mode_low, mode_high = margins.mode(w_low), margins.mode(w_high)
    deviation_low, deviation_high = margins.deviation(mode_low), margins.deviation(mode_high)
    first = _reach(margins, mode_low, w_low, -deviation_low)
    last = _reach(margins, mode_high, w_high, deviation_high)
    stride = _stride(np.minimum(deviation_low, deviation_high))
    return _Places(first, stride, np.ceil((last - first) / stride).astype(np.int64) + 1)


def _stride(deviation: FloatArray) -> FloatArray:
    """Return the largest h with deviation^2 (1 - cos(2 pi / h)) at least 40, or 1."""
    cosine = 1.0 - _EXPONENT_OF_STRIDE / (deviation * deviation)
    return np.where(cosine < -1.0, 1.0, np.floor(2.0 * np.pi / np.arccos(np.maximum(cosine, -1.0))))


def _reach(margins: Margins, mode: FloatArray, w: FloatArray, deviation: FloatArray) -> FloatArray:
    """Go from the mode in the direction of `deviation` until a term is negligible or the support ends."""
    log_largest = margins.log_weight(mode)
    distance = _FIRST_REACH_IN_DEVIATIONS * deviation
    while True:
        j = np.clip(np.rint(mode + distance), margins.lowest, margins.highest)
        log_fall = margins.log_weight(j) - log_largest + w * (j - mode)
        short = (log_fall > _LOG_NEGLIGIBLE) & (j > margins.lowest) & (j < margins.highest)
        if not short.any():
            return j
        distance = np.where(short, _FURTHER * distance, distance)


def _portions(n_points: IntArray) -> Iterator[NDArray[np.intp]]:
    """Group tables of about as many points, so that little is padded and a portion fits the cache."""
    order = np.argsort(n_points, kind="stable")
    sizes = n_points[order]
    start = 0
    while start < len(order):
        alike = int(np.searchsorted(sizes, _ALIKE * sizes[start], side="right"))
        stop = min(alike, start + max(1, _POINTS_AT_ONCE // int(sizes[start])))
        alone = stop == start + 1  # numpy would add up a single column in another order, and round otherwise
        yield np.repeat(order[start:stop], 2) if alone else order[start:stop]
        start = stop


@dataclass(frozen=True, slots=True)
class _Piece:
    """Tables with as many lattice points each, and the weights there; -inf beyond the support.

    Points come first in shape, so that a table is summed point by point and never depends on those beside it.
    """

    tables: NDArray[np.intp]
    from_anchor: FloatArray
    log_weights: FloatArray
    log_stride: FloatArray

    @classmethod
    def of(cls, margins: Margins, places: _Places, tables: NDArray[np.intp], anchor: FloatArray) -> "_Piece":
        j = places.first + np.multiply.outer(np.arange(places.n_points.max(), dtype=np.float64), places.stride)
        weights = margins.log_weight(np.minimum(j, margins.highest))
        log_weights = np.where(j <= margins.highest, weights, -np.inf)
        return cls(tables, j - anchor, log_weights, np.log(places.stride))

    def sums(self, w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the log sum and the mean of j - anchor of each table at its w."""
        terms = self.from_anchor * w
        terms += self.log_weights
        largest = terms.max(axis=0)
        terms -= largest
        np.exp(terms, out=terms)
        total = terms.sum(axis=0)
        terms *= self.from_anchor
        return np.log(total) + largest + self.log_stride, terms.sum(axis=0) / total
