"""Whose outcome is awaited: enrolled units by where they belong and when they started, and how many were reported.

One unreported when its time and the lateness have passed is missing. Units are counted, not remembered. Who is enrolled
after that is not awaited: such an enrolment may depend on the outcome.
"""

from dataclasses import dataclass, field
from datetime import date

from contracts.admission import NO_ARM
from contracts.period import Duration, period_of
from contracts.plan import MISSING, Indicator, Plan
from contracts.records import Enrolment, Observation
from pipelines.cells import CellKey

Place = tuple[str, str, str, str, tuple[str, ...]]
"""Region, arm, cohort, cluster, sorted groups, as enrolled; no later version of a plan changes that."""

Due = tuple[Place, int]
"""Where units belong, and the day of their start as an ordinal."""

Overdue = dict[tuple[CellKey, str], tuple[int, int]]
"""Units whose time has passed and how many of them are missing, by cell and cluster."""


@dataclass(slots=True)
class Expected:
    """Enrolled units of one indicator whose outcome is not due yet.

    Attributes:
        units: How many are enrolled, and how many of them were reported.
        until: End of the last look at which units were due.
    """

    units: dict[Due, tuple[int, int]] = field(default_factory=dict)
    until: date = date.min

    def enrol(self, due: Due, plan: Plan, maturity: Duration, *, is_reported: bool) -> None:
        """Add a unit, whose outcome may have been counted before; one whose time has passed is not awaited."""
        if _last_day(maturity.after(date.fromordinal(due[1])), plan) >= self.until:
            enrolled, reported = self.units.get(due, (0, 0))
            self.units[due] = (enrolled + 1, reported + is_reported)

    def report(self, due: Due) -> None:
        """Note that the outcome of a unit was counted; after it was due that changes nothing."""
        if due in self.units:
            enrolled, reported = self.units[due]
            self.units[due] = (enrolled, reported + 1)

    def take_due(self, plan: Plan, maturity: Duration, *, until: date) -> Overdue:
        """Remove the units whose time has passed; return how many they are and how many are missing."""
        self.until = max(self.until, until)
        periods = _periods({start for _, start in self.units}, plan, maturity, until=until)
        overdue: Overdue = {}
        for due in sorted(due for due in self.units if due[1] in periods):
            (region, arm, cohort, cluster, groups), start = due
            enrolled, reported = self.units.pop(due)
            stratum = cohort if "cohort" in plan.assignment.strata else ""
            key = ((region, arm, stratum, periods[start], groups), cluster if plan.cluster is not None else "")
            n, missing = overdue.get(key, (0, 0))
            overdue[key] = (n + enrolled, missing + enrolled - reported)
        return overdue


def _periods(starts: set[int], plan: Plan, maturity: Duration, *, until: date) -> dict[int, str]:
    """Return for every start whose time and lateness have passed the period in which its units were to be reported."""
    ripe = {start: maturity.after(date.fromordinal(start)) for start in starts}
    return {start: period_of(day, plan.look.grain).label for start, day in ripe.items() if _last_day(day, plan) < until}


def _last_day(ripe: date, plan: Plan) -> date:
    """Return the day after which a unit that was to be reported on `ripe` is missing."""
    return plan.lateness.after(ripe)


def due_of(content: Observation | Enrolment, start: int) -> Due:
    """Return where a unit belongs that started on this day (an ordinal)."""
    groups = tuple(sorted(content.groups))
    return ((content.region, content.arm or NO_ARM, content.cohort or "", content.cluster or "", groups), start)


def awaited(plan: Plan) -> tuple[Indicator, ...]:
    """Return the indicators whose missing outcomes are counted."""
    known = {each.id for each in plan.watched_indicators}
    return tuple(each for each in plan.indicators if each.id + MISSING in known)
