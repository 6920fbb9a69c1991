"""The tables of closed looks, kept for what no running sum can tell: intervals, and when a change began."""

import numpy as np

from pipelines.comparisons import IntArray, Wiring
from pipelines.tables import Tables
from pipelines.tracks import Tracks


class History:
    """The tables of counts of all closed looks that carry information.

    Where two sides are compared, a table without events, or with nothing but events, has e = 1 under every odds ratio
    and is left out.

    Args:
        wiring: The indicator's comparisons.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._tables: list[Tables] = []
        self._looks: list[IntArray] = []

    def add(self, tables: Tables, look_index: int) -> None:
        """Add the tables of a closed look."""
        k, n = tables.k_a + tables.k_b, tables.n_a + tables.n_b
        compared = (tables.n_a > 0) & (tables.n_b > 0) & (k > 0) & (k < n)
        telling = tables.where(compared | self._wiring.is_level[tables.base]).without_terms()
        self._tables.append(telling)
        self._looks.append(np.full(len(telling), look_index, dtype=np.int64))

    def all(self) -> tuple[Tables, IntArray]:
        """Return every table and the look it belongs to."""
        if len(self._tables) > 1:
            self._tables = [Tables.join(self._tables, n_terms=0)]
            self._looks = [np.concatenate(self._looks)]
        if not self._tables:
            return Tables.join([], n_terms=0), np.zeros(0, dtype=np.int64)
        return self._tables[0], self._looks[0]

    def of_rows(self, rows: IntArray, *, tracks: Tracks) -> tuple[IntArray, Tables, IntArray]:
        """Return (place in `rows`, table, look) for every table since the policy of one of `rows`, by place.

        Args:
            rows: Comparisons.
            tracks: Says since when their evidence counts.
        """
        tables, looks = self.all()
        row, table = self._wiring.pairs(tables.base, tables.is_before)
        place = np.full(len(self._wiring.rows), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        kept = (place[row] >= 0) & (looks[table] > tracks.since_look[row]) & ~tables.is_before[table]
        order = np.argsort(place[row[kept]], kind="stable")
        chosen: IntArray = table[kept][order]
        return place[row[kept]][order], tables.where(chosen), looks[chosen]
