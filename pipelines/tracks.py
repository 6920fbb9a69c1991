"""Tracks: the running evidence of every comparison of one indicator, as arrays over comparisons.

A look's tables are folded in at once: per bet the log e-values of all tables add up, then the bets are averaged.
What grows with history are the tables themselves, kept for intervals.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.plan import Indicator, Plan
from pipelines.comparisons import BETTER, WORSE, FloatArray, IntArray, Tables, Wiring, signed_bets
from pipelines.evidence.counts import information, log_e_counts
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.estimates import difference_terms, mantel_haenszel_terms

NOTHING, STANDS_WORSE, STANDS_BETTER = 0, 1, 2
"""Values of `stands` and `recent`."""

TOO_EARLY, WATCHING, STANDING, WITHDRAWN = 0, 1, 2, 3
"""Values of `state`."""


@dataclass(slots=True)
class Tracks:
    """Running evidence; the first axis of every array is the comparison, in the order of rows.

    Attributes:
        people: Cumulative n_a, k_a, n_b, k_b; shape (rows, 4).
        log_e: Log e-processes per direction and bet (nats); shape (rows, 2, bets).
        log_m: Log e-detectors per direction and bet (nats), -inf before the first table; shape (rows, 2, bets).
        ratio: Sums of the Mantel-Haenszel terms; shape (rows, 2).
        spread: Sums of the difference terms; shape (rows, 3).
        information: Sum of the tables' information; shape (rows,).
        since: Version in which the e-process began; shape (rows,).
        since_look: Looks up to this one belong to an earlier definition; shape (rows,).
        stands, recent, state: The last verdicts; shape (rows,).
    """

    people: IntArray
    log_e: FloatArray
    log_m: FloatArray
    ratio: FloatArray
    spread: FloatArray
    information: FloatArray
    since: IntArray
    since_look: IntArray
    stands: IntArray
    recent: IntArray
    state: IntArray

    @staticmethod
    def empty(n_rows: int, n_bets: int, *, version: int, look_index: int) -> "Tracks":
        """Return tracks without evidence, beginning in `version` after look `look_index`."""

        def whole(*shape: int) -> IntArray:
            return np.zeros((n_rows, *shape), dtype=np.int64)

        def real(*shape: int, start: float = 0.0) -> FloatArray:
            return np.full((n_rows, *shape), start, dtype=np.float64)

        return Tracks(
            people=whole(4),
            log_e=real(2, n_bets),
            log_m=real(2, n_bets, start=-np.inf),
            ratio=real(2),
            spread=real(3),
            information=real(),
            since=whole() + version,
            since_look=whole() + look_index,
            stands=whole(),
            recent=whole(),
            state=whole(),
        )

    def log_e_mean(self) -> FloatArray:
        """Return the log e-processes averaged over bets; shape (rows, 2)."""
        return average_bets(self.log_e)

    def log_m_mean(self) -> FloatArray:
        """Return the log e-detectors averaged over bets, -inf before the first table; shape (rows, 2)."""
        with np.errstate(invalid="ignore"):
            return average_bets(self.log_m)


def fold_look(tracks: Tracks, tables: Tables, *, plan: Plan, indicator: Indicator, wiring: Wiring) -> IntArray:
    """Fold the tables of one look into the tracks; return the comparisons whose counts changed.

    Args:
        tracks: Changed in place.
        tables: Every table of the look with people in it; shape (tables,).
        plan: Gives the bets.
        indicator: Gives the direction.
        wiring: The indicator's comparisons.
    """
    row, table = wiring.pairs(tables.base)
    counts = np.stack([tables.n_a, tables.k_a, tables.n_b, tables.k_b], axis=-1)
    np.add.at(tracks.people, row, counts[table])
    _fold_two_sided(tracks, tables.two_sided(), plan=plan, indicator=indicator, wiring=wiring)
    return np.unique(row)


def _fold_two_sided(tracks: Tracks, tables: Tables, *, plan: Plan, indicator: Indicator, wiring: Wiring) -> None:
    if not len(tables):
        return
    row, table = wiring.pairs(tables.base)
    sides = (tables.n_a, tables.k_a, tables.n_b, tables.k_b)
    step = np.zeros_like(tracks.log_e)
    np.add.at(step, row, log_e_of(tables, plan=plan, indicator=indicator, wiring=wiring)[table])
    np.add.at(tracks.ratio, row, mantel_haenszel_terms(*sides)[table])
    np.add.at(tracks.spread, row, difference_terms(*sides)[table])
    np.add.at(tracks.information, row, information(*sides)[table])
    tracks.log_e += step
    touched = np.unique(row)
    tracks.log_m[touched] = detect(tracks.log_m[touched], step[touched])


def log_e_of(tables: Tables, *, plan: Plan, indicator: Indicator, wiring: Wiring) -> FloatArray:
    """Return the log e-values of each table; shape (tables, 2, bets)."""
    bets, nulls = signed_bets(plan, indicator), wiring.log_or_0[tables.base]
    return np.stack(
        [
            log_e_counts(tables.n_a, tables.k_a, tables.n_b, tables.k_b, bets=bets[way], log_or_0=nulls[:, way])
            for way in (WORSE, BETTER)
        ],
        axis=1,
    )


class History:
    """The two-sided tables of all closed looks that carry information, for intervals.

    A table without events, or with nothing but events, has e = 1 under every odds ratio and is left out.
    """

    def __init__(self) -> None:
        self._tables: list[Tables] = []
        self._looks: list[IntArray] = []

    def add(self, tables: Tables, look_index: int) -> None:
        """Add the tables of a closed look."""
        k, n = tables.k_a + tables.k_b, tables.n_a + tables.n_b
        telling = tables.where((tables.n_a > 0) & (tables.n_b > 0) & (k > 0) & (k < n))
        self._tables.append(telling)
        self._looks.append(np.full(len(telling), look_index, dtype=np.int64))

    def all(self) -> tuple[Tables, IntArray]:
        """Return every table and the look it belongs to."""
        if len(self._tables) > 1:
            self._tables = [Tables.join(self._tables)]
            self._looks = [np.concatenate(self._looks)]
        if not self._tables:
            return Tables.join([]), np.zeros(0, dtype=np.int64)
        return self._tables[0], self._looks[0]

    def renumbered(self, new_base: IntArray) -> "History":
        """Return the history under other numbers: `new_base[old]`, -1 for comparisons that are gone."""
        tables, looks = self.all()
        base = new_base[tables.base]
        kept = base >= 0
        history = History()
        history._tables = [Tables(base, tables.n_a, tables.k_a, tables.n_b, tables.k_b).where(kept)]
        history._looks = [looks[kept]]
        return history


def tables_of_rows(rows: IntArray, history: History, *, tracks: Tracks, wiring: Wiring) -> tuple[IntArray, Tables]:
    """Return (place in `rows`, table) for every past table that belongs to one of `rows`, sorted by place."""
    tables, looks = history.all()
    row, table = wiring.pairs(tables.base)
    place = np.full(len(wiring.rows), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    kept = (place[row] >= 0) & (looks[table] > tracks.since_look[row])
    order = np.argsort(place[row[kept]], kind="stable")
    chosen: npt.NDArray[np.int64] = table[kept][order]
    picked = Tables(tables.base[chosen], tables.n_a[chosen], tables.k_a[chosen], tables.n_b[chosen], tables.k_b[chosen])
    return place[row[kept]][order], picked
