"""Whose outcome is awaited: enrolled units by where they belong and when they started, and how many were reported.

One unreported when its time and the lateness have passed is missing. Units are counted, not remembered.
"""

from dataclasses import dataclass, field
from datetime import date

from contracts.period import Duration, period_of
from contracts.plan import MISSING, Indicator, Plan
from pipelines.cells import Amounts, CellKey

Place = tuple[str, str, str, tuple[str, ...]]
"""Region, arm, cohort, sorted groups."""

Due = tuple[Place, int]
"""Where units belong, and the day of their start as an ordinal."""


@dataclass(slots=True)
class Expected:
    """Enrolled units of one indicator whose outcome is not due yet.

    Attributes:
        units: How many are enrolled, and how many of them were reported.
    """

    units: dict[Due, tuple[int, int]] = field(default_factory=dict)

    def enrol(self, due: Due, *, is_reported: bool) -> None:
        """Add a unit, whose outcome may have been counted before."""
        enrolled, reported = self.units.get(due, (0, 0))
        self.units[due] = (enrolled + 1, reported + is_reported)

    def report(self, due: Due) -> None:
        """Note that the outcome of a unit was counted; after it was due that changes nothing."""
        if due in self.units:
            enrolled, reported = self.units[due]
            self.units[due] = (enrolled, reported + 1)

    def take_due(self, plan: Plan, maturity: Duration, *, until: date) -> dict[CellKey, Amounts]:
        """Remove the units whose time has passed; return how many they are and how many are missing, per cell."""
        cells: dict[CellKey, Amounts] = {}
        for due, (enrolled, reported) in sorted(self.units.items()):
            (region, arm, cohort, groups), start = due
            ripe = maturity.after(date.fromordinal(start))
            if plan.lateness.after(ripe) < until:
                key = (region, arm, cohort, _period(ripe, plan), groups)
                n, missing = cells.get(key, (0, 0))
                cells[key] = (n + enrolled, missing + enrolled - reported)
                del self.units[due]
        return cells


def _period(ripe: date, plan: Plan) -> str:
    return period_of(ripe, plan.look.grain).label


def awaited(plan: Plan) -> tuple[Indicator, ...]:
    """Return the indicators whose missing outcomes are counted."""
    known = {each.id for each in plan.watched_indicators}
    return tuple(each for each in plan.indicators if each.id + MISSING in known)
