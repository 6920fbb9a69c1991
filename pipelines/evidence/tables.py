"""Two-by-two tables as columns of counts, checked before anything is concluded from them.

A table compares two cells inside one stratum: `n_a` people with `k_a` events in the reference cell, `n_b` with `k_b` in
the watched one. A set of tables is four integer arrays of one shape.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from contracts.errors import StatisticsError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Tables(NamedTuple):
    """Checked counts of two-by-two tables; each array has shape (tables,)."""

    n_a: IntArray
    k_a: IntArray
    n_b: IntArray
    k_b: IntArray


def as_counts(name: str, values: ArrayLike) -> IntArray:
    """Return `values` as an array of whole numbers that are not negative.

    Raises:
        StatisticsError: If a value is negative or the array does not hold whole numbers.
    """
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise StatisticsError(f"{name} holds {array.dtype} values; counts are whole numbers (an integer array)")
    counts = array.astype(np.int64, copy=False)
    if int(counts.min()) < 0:
        at = int(np.argmin(counts))
        raise StatisticsError(f"{name}[{at}] is {int(counts.flat[at])}; a count is at least 0")
    return counts


def as_tables(n_a: ArrayLike, k_a: ArrayLike, n_b: ArrayLike, k_b: ArrayLike) -> Tables:
    """Return the four columns as checked tables.

    Raises:
        StatisticsError: If the columns are not one-dimensional and equally long, or a count is negative or above its n.
    """
    tables = Tables(as_counts("n_a", n_a), as_counts("k_a", k_a), as_counts("n_b", n_b), as_counts("k_b", k_b))
    shapes = [column.shape for column in tables]
    if len(shapes[0]) != 1 or len(set(shapes)) != 1:
        raise StatisticsError(f"n_a, k_a, n_b, k_b have shapes {shapes}; they must be equal and one-dimensional")
    _refuse_above(tables.k_a, tables.n_a, side="a")
    _refuse_above(tables.k_b, tables.n_b, side="b")
    return tables


def as_bets(bets: ArrayLike) -> FloatArray:
    """Return `bets` as an array of distances in log odds (nats).

    Raises:
        StatisticsError: If there is none, one is not finite, or they are not a list.
    """
    distances = np.asarray(bets, dtype=np.float64)
    if distances.ndim != 1 or not distances.size or not np.isfinite(distances).all():
        raise StatisticsError(f"bets are {distances.tolist()}; they must be a list of finite log odds, at least one")
    return distances


def _refuse_above(k: IntArray, n: IntArray, *, side: str) -> None:
    above = k > n
    if above.any():
        at = int(np.argmax(above))
        raise StatisticsError(f"table {at}: k_{side} is {k[at]}, above n_{side} = {n[at]}")
