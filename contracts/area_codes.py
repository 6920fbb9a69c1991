"""Whether the areas of a plan were in force when something was measured there, by the list that the plan names."""

from datetime import date

from contracts.code_lists import list_named
from contracts.errors import Reason
from contracts.period import Period, parse_period
from contracts.plan import Plan


class AreaCodes:
    """Holds the codes of areas against the list of one plan.

    Whoever was enrolled keeps the area of enrolment (intention to treat), also when that area was merged since: where
    outcomes mature, a code may have ended after the plan began to look at people.
    """

    def __init__(self, plan: Plan) -> None:
        named = plan.choices.areas.code_list
        self._codes = list_named(named) if named is not None else None
        matures = any(each.maturity is not None for each in plan.indicators)
        first = plan.pre_period.first if plan.pre_period is not None else plan.effective_from
        self._since = min(first.start, plan.effective_from.start) if matures else date.max

    def at_start(self, region: str, day: str) -> Reason | None:
        """Return why a unit may not be enrolled in an area on a day; None if it may, or if the area is in no list."""
        return self._reason(region, parse_period(day))

    def in_period(self, region: str, period: str) -> Reason | None:
        """Return why an area may not be named for a period; None if it may, or if the area is in no list."""
        measured = parse_period(period)
        return self._reason(region, Period(min(measured.start, self._since), measured.end, period))

    def _reason(self, region: str, seen: Period) -> Reason | None:
        if self._codes is None or region not in self._codes.codes:
            return None
        return self._codes.reason(region, seen, place="region")
