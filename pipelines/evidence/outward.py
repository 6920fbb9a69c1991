"""Sums of log-concave terms outward from their largest one, for supports of any size.

The terms are t(i+1) / t(i) = exp(w) (r - i)(s - i) / ((i + 1)(c + i + 1)) for 0 <= i <= min(r, s). Their mode is known
in closed form (as in Liao and Rosen, 2001, Fast and stable algorithms for computing and sampling from the noncentral
hypergeometric distribution); away from it they only fall, so a sum may stop where a term no longer counts.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.evidence.tables import FloatArray

_NEGLIGIBLE = 1e-18
_FIRST_BLOCK = 16
_LARGEST_BLOCK = 1024
_PAIRS_AT_ONCE = 512

_Ratio = Callable[[NDArray[np.intp], FloatArray], FloatArray]


class OutwardSums(NamedTuple):
    """Sums relative to the largest term; each of shape (pairs,).

    Attributes:
        mode: Index of the largest term.
        total: Sum of the terms, the largest being 1.
        mean: Mean of the index under the normalised terms.
        variance: Variance of the index under the normalised terms.
    """

    mode: FloatArray
    total: FloatArray
    mean: FloatArray
    variance: FloatArray


def outward_sums(r: FloatArray, s: FloatArray, c: FloatArray, w: FloatArray) -> OutwardSums:
    """Return sum, mean and variance of the terms of each pair of support (r, s, c) and log odds ratio w (nats).

    Args:
        r: Whole number of the term ratio, not negative; shape (pairs,).
        s: The same.
        c: The same.
        w: Log odds ratio of each pair; shape (pairs,).

    Returns:
        The sums, exact to rounding: terms are added until one is below 1e-18 of the running sum.
    """
    out = OutwardSums(*(np.empty(len(w)) for _ in range(4)))
    for start in range(0, len(w), _PAIRS_AT_ONCE):
        pairs = slice(start, start + _PAIRS_AT_ONCE)
        part = _sum_pairs(r[pairs], s[pairs], c[pairs], np.exp(w[pairs]))
        for column, values in zip(out, part, strict=True):
            column[pairs] = values
    return out


def modes(r: FloatArray, s: FloatArray, c: FloatArray, x: FloatArray) -> FloatArray:
    """Return the index of the largest term at x = exp(w): the last i with t(i) >= t(i-1), the root of a quadratic."""
    product = x * (r + 1.0) * (s + 1.0)
    linear = x * (r + s + 2.0) + c
    root = 2.0 * product / (linear + np.sqrt(np.maximum(linear * linear - 4.0 * (x - 1.0) * product, 0.0)))
    return np.clip(np.floor(root), 0.0, np.minimum(r, s))


def _sum_pairs(r: FloatArray, s: FloatArray, c: FloatArray, x: FloatArray) -> OutwardSums:
    mode = modes(r, s, c, x)

    def upward(rows: NDArray[np.intp], i: FloatArray) -> FloatArray:
        fall = x[rows, None] * np.maximum(r[rows, None] - i, 0.0) * np.maximum(s[rows, None] - i, 0.0)
        return fall / ((i + 1.0) * (c[rows, None] + i + 1.0))

    def downward(rows: NDArray[np.intp], i: FloatArray) -> FloatArray:
        fall = np.maximum(i, 0.0) * (c[rows, None] + np.maximum(i, 0.0))
        return fall / (x[rows, None] * (r[rows, None] - i + 1.0) * (s[rows, None] - i + 1.0))

    up = _one_side(mode, upward, step=1.0)
    down = _one_side(mode, downward, step=-1.0)
    total = 1.0 + up[0] + down[0]
    offset = (up[1] - down[1]) / total
    return OutwardSums(mode, total, mode + offset, (up[2] + down[2]) / total - offset * offset)


def _one_side(mode: FloatArray, ratio: _Ratio, *, step: float) -> FloatArray:
    """Return sum of terms, of distance x term and of squared distance x term on one side; shape (3, pairs)."""
    sums = np.zeros((3, len(mode)))
    rows = np.arange(len(mode))
    last = np.ones(len(mode))
    done, width = 0, _FIRST_BLOCK
    while len(rows):
        reach = np.arange(done, done + width, dtype=np.float64)
        terms = np.cumprod(ratio(rows, mode[rows, None] + step * reach), axis=1) * last[rows, None]
        distance = reach + 1.0
        sums[:, rows] += terms.sum(axis=1), terms @ distance, terms @ (distance * distance)
        last[rows] = terms[:, -1]
        rows = rows[last[rows] > _NEGLIGIBLE * (1.0 + sums[0, rows])]
        done, width = done + width, min(2 * width, _LARGEST_BLOCK)
    return sums
