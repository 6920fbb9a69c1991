"""Which rows of some columns of whole numbers are the same, so that each is computed once."""

import numpy as np
from numpy.typing import NDArray

from pipelines.evidence.tables import IntArray

_LARGEST_KEY = 1 << 62
_SMALL_SPACE = 1 << 16
_SPACE_PER_ROW = 4


def distinct(*columns: IntArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return one row of each kind, and for every row the position of its kind among them.

    Args:
        columns: Whole numbers, one array per column, at least one; each of shape (rows,).

    Returns:
        Rows that represent a kind, shape (kinds,), and kinds, shape (rows,): `column[rows][kinds]` is `column`.
    """
    key, space = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns if len(key) else ():
        lowest = int(column.min())
        span = int(column.max()) - lowest + 1
        if space * span > _LARGEST_KEY:
            rows, key = _kinds(key, space)
            space = len(rows)
        key = key * span + (column - lowest)
        space *= span
    return _kinds(key, space)


def _kinds(key: IntArray, space: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Do it for keys from 0 to space - 1: by marking where there are few possible keys, else by sorting."""
    if space > max(_SMALL_SPACE, _SPACE_PER_ROW * len(key)):
        _, rows, kinds = np.unique(key, return_index=True, return_inverse=True)
        return rows, kinds
    row_of_key = np.full(space, -1, dtype=np.intp)
    row_of_key[key] = np.arange(len(key))
    used = row_of_key >= 0
    return row_of_key[used], (np.cumsum(used) - 1)[key]
