"""How late records come: counts by own period, looks until they came, and arm."""

from contracts.period import Period, parse_period
from contracts.plan import Plan

_MOST_LAG = 60
_MOST_PERIODS = 24

Lags = dict[str, dict[int, dict[str, int]]]
"""Records by own period, looks until they came, and arm."""


def note_lag(lags: Lags, period: Period, *, came_in: Period, arm: str) -> None:
    """Count a record of a period that came in a look of that period or of a later one."""
    lag = _looks_between(period, came_in)
    arms = lags.setdefault(period.label, {}).setdefault(lag, {})
    arms[arm] = arms.get(arm, 0) + 1


def _looks_between(period: Period, later: Period) -> int:
    n = 0
    while period.start < later.start and n < _MOST_LAG:
        period, n = period.following(), n + 1
    return n


def complete(lags: Lags, plan: Plan) -> Lags:
    """Return the own periods for which the lateness has passed, the newest few; older ones are forgotten."""
    if not lags:
        return {}
    newest = max(map(parse_period, lags))
    done = sorted(each for each in map(parse_period, lags) if plan.lateness.after(each.end) < newest.end)
    for old in done[:-_MOST_PERIODS]:
        del lags[old.label]
    return {each.label: {lag: dict(arms) for lag, arms in lags[each.label].items()} for each in done[-_MOST_PERIODS:]}
