"""Evidence about every odds ratio at once, for the comparisons whose null is not a single one.

What a look adds is kept as a profile over a grid of log odds ratios. Profiles follow from the history of tables and are
not stored; tables are added in an order of their own, so that a restored profile is equal bit by bit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from contracts.plan import Indicator, Plan
from pipelines.comparisons import BETTER, WORSE, FloatArray, IntArray, Wiring
from pipelines.evidence.profiles import Grid, log_e_above, log_e_below, profile_terms
from pipelines.history import History
from pipelines.measures import Measure, Method
from pipelines.tables import Tables
from pipelines.tracks import Tracks


@dataclass(frozen=True, slots=True)
class Slot:
    """One profile: of a comparison, before or since the policy, on the grid moved by `shift` (nats)."""

    row: int
    is_before: bool
    shift: float


class Profiles:
    """The profiles of one indicator.

    Args:
        plan: Gives the bets and the claims.
        indicator: Gives what is compared with a longer maturity.
        wiring: The indicator's comparisons.
        measure: How it is counted; only exact evidence has profiles.
    """

    def __init__(self, plan: Plan, indicator: Indicator, wiring: Wiring, measure: Measure) -> None:
        self.grid = Grid.of(plan.evidence.bets)
        slots = list(dict.fromkeys(_slots(plan, indicator, wiring))) if measure.method is Method.EXACT else []
        self._place = {slot: place for place, slot in enumerate(slots)}
        self._wiring = wiring
        self._profile = np.zeros((len(slots), len(self.grid.points)))
        self._excess = np.zeros(len(slots))
        self._kinds = self._by_kind(slots)

    def _by_kind(self, slots: list[Slot]) -> list[tuple[bool, float, IntArray]]:
        """Return, per time and shift, the slot of each comparison, -1 where it has none."""
        found: dict[tuple[bool, float], IntArray] = {}
        for slot in slots:
            key = (slot.is_before, slot.shift)
            at = found.setdefault(key, np.full(len(self._wiring.rows), -1, dtype=np.int64))
            at[slot.row] = self._place[slot]
        return [(*key, at) for key, at in found.items()]

    def add(self, tables: Tables, look_index: int, tracks: Tracks) -> None:
        """Add the tables of a closed look to the comparisons whose evidence counts since an earlier look.

        What was before the policy is a baseline for every version.
        """
        counted = tracks.since_look < look_index
        for is_before, shift, slot_of in self._kinds:
            slots = slot_of if is_before else np.where(counted, slot_of, -1)
            self._add(tables.where(tables.is_before == is_before), shift, slots)

    def _add(self, tables: Tables, shift: float, slot_of: IntArray) -> None:
        row, table = self._wiring.pairs(tables.base, tables.is_before)
        used = slot_of[row] >= 0
        slots, table = slot_of[row[used]], table[used]
        if not len(slots):
            return
        wanted, place = np.unique(table, return_inverse=True)
        sides = tables.where(wanted)
        order = np.lexsort((sides.k_b[place], sides.n_b[place], sides.k_a[place], sides.n_a[place], slots))
        log_z, excess = profile_terms(sides.n_a, sides.k_a, sides.n_b, sides.k_b, grid=self.grid, shift=shift)
        np.add.at(self._profile, slots[order], log_z[place[order]])
        np.add.at(self._excess, slots[order], excess[place[order]])

    def rebuild(self, history: History, tracks: Tracks) -> None:
        """Make all profiles anew from the history, look by look."""
        self._profile[:], self._excess[:] = 0.0, 0.0
        if not self._kinds:
            return
        tables, looks = history.all()
        for look_index in np.unique(looks).tolist():
            self.add(tables.where(looks == look_index), look_index, tracks)

    def above(self, rows: IntArray, *, is_before: bool = False, shift: FloatArray | None = None) -> FloatArray:
        """Return the log e-processes against "at most theta" over the grid (nats); shape (rows, thetas)."""
        slots = self._slots_of(rows, is_before, shift)
        return log_e_above(self._profile[slots], self._excess[slots], grid=self.grid)

    def below(self, rows: IntArray, *, is_before: bool = False, shift: FloatArray | None = None) -> FloatArray:
        """Return the log e-processes against "at least theta" over the grid (nats); shape (rows, thetas)."""
        slots = self._slots_of(rows, is_before, shift)
        return log_e_below(self._profile[slots], self._excess[slots], grid=self.grid)

    def _slots_of(self, rows: IntArray, is_before: bool, shift: FloatArray | None) -> IntArray:  # noqa: FBT001
        shifts = shift.tolist() if shift is not None else [0.0] * len(rows)
        slots = [self._place[Slot(row, is_before, moved)] for row, moved in zip(rows.tolist(), shifts, strict=True)]
        return np.array(slots, dtype=np.int64)


def _slots(plan: Plan, indicator: Indicator, wiring: Wiring) -> Iterator[Slot]:
    """Yield the profiles that the plan's claims need."""
    for row in np.flatnonzero(wiring.has_before).tolist():
        yield Slot(row, True, 0.0)
        yield from (Slot(row, False, wiring.nulls[row, way]) for way in (WORSE, BETTER))
    if plan.claims.effects_differ or _is_in_later(plan, indicator):
        of_effects = (at for at, row in enumerate(wiring.rows) if row.claim == "effect")
        yield from (Slot(row, False, 0.0) for row in of_effects)


def _is_in_later(plan: Plan, indicator: Indicator) -> bool:
    """Say whether the indicator is one of two maturities of an outcome."""
    ids = {each.later_of for each in plan.indicators}
    return plan.claims.later and (indicator.later_of is not None or indicator.id in ids)
