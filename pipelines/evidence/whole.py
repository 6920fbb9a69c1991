"""Partition sums over small supports: all terms of all tables and all shifts at once.

With i = j - lowest counted from the lowest possible number of events in b, neighbouring terms have the ratio

    t(i+1) / t(i) = exp(w) (r - i)(s - i) / ((i + 1)(c + i + 1)),   r = min(k, n_a), s = min(n_b, n - k), c = |n_a - k|

so that no factorial is needed: a support of m steps is a polynomial of degree m in exp(w), padded to a common degree.
"""

import numpy as np

from pipelines.evidence.tables import FloatArray, IntArray


class WholeSupports:
    """Tables whose supports have at most `size` steps; sums are measured from the lowest possible j.

    Args:
        n_a: People in the reference cell; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k: Events in both; shape (tables,).
        shifts: Distances (nats), size * abs(shift) at most 600; shape (shifts,).
        size: Steps that every table's support is padded to.
    """

    def __init__(self, n_a: IntArray, n_b: IntArray, k: IntArray, *, shifts: FloatArray, size: int) -> None:
        self._i = np.arange(size + 1, dtype=np.float64)
        self._powers = np.exp(np.outer(self._i, shifts))
        self._log_terms = _log_terms(n_a, n_b, k, size)

    def log_sums(self, base: FloatArray) -> FloatArray:
        """Return log sums at each w = base + shift; shape (tables, shifts)."""
        terms, largest = self._terms(base)
        return np.asarray(np.log(_combine(self._powers, terms)) + largest[:, None])

    def log_sums_and_means(self, base: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log sums and means of i at each w = base + shift; each of shape (tables, shifts)."""
        terms, largest = self._terms(base)
        totals = _combine(self._powers, terms)
        moments = _combine(self._i[:, None] * self._powers, terms)
        return np.log(totals) + largest[:, None], moments / totals

    def _terms(self, base: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return t(i) exp(i base) relative to the largest of a table, and the log of that."""
        terms = np.multiply.outer(self._i, base)
        terms += self._log_terms
        largest = terms.max(axis=0)
        terms -= largest
        return np.exp(terms, out=terms), largest


def _combine(powers: FloatArray, terms: FloatArray) -> FloatArray:
    """Return the sums over i of terms times powers; shape (tables, shifts).

    Not a matrix product of the linear algebra library: that one may split its work, and so its rounding, by the number
    of cores.
    """
    return np.asarray(np.einsum("is,it->st", powers, terms).T)


def _log_terms(n_a: IntArray, n_b: IntArray, k: IntArray, size: int) -> FloatArray:
    """Return log t(i) with t(0) = 1, -inf beyond the support; shape (size + 1, tables)."""
    i = np.arange(size, dtype=np.float64)[:, None]
    r, s, c = (np.asarray(each, np.float64) for each in (np.minimum(k, n_a), np.minimum(n_b, n_a + n_b - k), n_a - k))
    ratio = np.maximum(r - i, 0.0) * np.maximum(s - i, 0.0) / ((i + 1.0) * (np.abs(c) + i + 1.0))
    with np.errstate(divide="ignore"):
        return np.concatenate((np.zeros((1, len(r))), np.cumsum(np.log(ratio), axis=0)))
