"""How much a finding asks of its owner, computed from four aspects and never set by hand.

Each aspect gives points by a table; the sum gives the severity by a table. Better effects are news, not a call, and
are always `info`. What is `descriptive` is never more than a `notice`, and differing drop-out is one always: it is
about the data.

    size       how large against the smallest difference that matters, and whether it could have been seen
    certainty  stands or only recent; the e-value, and of a comparison the interval
    duration   looks it has been open
    weight     a disadvantaged group, a loser the plan watches over, people under the plan's floor

Of a claim that combines others the size is that of what it adds: how far the group lags behind the rest
(`effects_differ`), how much of the effect is lost (`later`), what gets worse (`trade_off`); that there are several
setbacks at once (`cumulation`) counts as a difference that matters.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import inf, log
from zoneinfo import ZoneInfo

from contracts.evidence import COMBINED, Claim, Direction, EvidenceRow
from contracts.plan import Indicator, Loser, Plan
from contracts.signal import SEVERITIES, Severity
from pipelines.findings import is_drop_out

_SIZES = ((2.0, 1.0, 2), (1.0, 0.0, 1))
"""At least so many times the relevant difference, and the smallest visible one: points."""

_STRONG = 50.0
"""An e-value of so many times 1/alpha is strong evidence."""

_DURATIONS = ((6, 2), (3, 1))
"""At least so many looks: points."""

_MOST_WEIGHT = 2
_MOST_DESCRIPTIVE: Severity = "notice"

_OF_GAPS: frozenset[Claim] = frozenset({"gap", "average_hides"})
_OF_DIFFERENCES: frozenset[Claim] = frozenset({"effects_differ", "later"})

_TOTALS: tuple[tuple[int, Severity], ...] = ((6, "high"), (4, "warning"), (2, "notice"), (0, "info"))
"""At least so many points: severity."""

_WORKING_DAYS: dict[Severity, int] = {"info": 30, "notice": 20, "warning": 10, "high": 5}
_OFFICE_HOURS = ZoneInfo("Europe/Amsterdam")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Aspects:
    """Points of a finding, 0 to 2 each."""

    size: int
    certainty: int
    duration: int
    weight: int

    @property
    def severity(self) -> Severity:
        """What the points add up to."""
        total = self.size + self.certainty + self.duration + self.weight
        return next(severity for least, severity in _TOTALS if total >= least)


def weigh(row: EvidenceRow, plan: Plan, *, direction: Direction, looks: int) -> Aspects:
    """Return the points of a finding.

    Args:
        row: The evidence; of the plan's indicators, or of all of them together.
        plan: The plan it is judged by.
        direction: Worse or better for people.
        looks: Looks the finding has been open, this one included.
    """
    return Aspects(
        size=_size(row, plan),
        certainty=_certainty(row, plan, direction),
        duration=next((points for least, points in _DURATIONS if looks >= least), 0),
        weight=_weight(row, plan),
    )


def severity_of(aspects: Aspects, row: EvidenceRow, direction: Direction) -> Severity:
    """Return the severity of a finding; what is better for people is never more than `info`."""
    if is_drop_out(row):
        return _MOST_DESCRIPTIVE
    if direction == "better":
        return "info"
    most = _MOST_DESCRIPTIVE if row.guarantee == "descriptive" else SEVERITIES[-1]
    return min(aspects.severity, most, key=SEVERITIES.index)


def deadline(severity: Severity, now: datetime) -> datetime:
    """Return the start of the day before which the owner decides, as many working days (Monday to Friday) from `now`.

    Args:
        severity: How urgent it is.
        now: The present, aware.
    """
    day = now.astimezone(_OFFICE_HOURS).date()
    left = _WORKING_DAYS[severity]
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return datetime.combine(day, time.min, _OFFICE_HOURS)


def accepted_odds_ratio(row: EvidenceRow, plan: Plan) -> float:
    """Return the odds ratio that the plan declares as the starting point of this comparison; 1 where it names none."""
    if row.claim not in _OF_GAPS or plan.claims.gap is None:
        return 1.0
    return plan.claims.gap.odds_ratio.get((row.indicator, row.group), 1.0)


def relevant_difference(row: EvidenceRow, plan: Plan) -> float | None:
    """Return the smallest difference that matters in what a finding is about; None where it is about all indicators."""
    indicator = plan.indicator(_harmed(row))
    return None if indicator is None else indicator.relevant_difference


def _harmed(row: EvidenceRow) -> str:
    """Return the indicator that gets worse."""
    return row.other_indicator if row.claim == "trade_off" and row.other_indicator is not None else row.indicator


def _size(row: EvidenceRow, plan: Plan) -> int:
    unit = relevant_difference(row, plan)
    if unit is None:
        return 1
    size = _distance(row, accepted_odds_ratio(row, plan))
    is_known = row.smallest_visible is not None and row.claim != "trade_off"
    visible = _times(size, row.smallest_visible if is_known and row.smallest_visible is not None else inf)
    relevant = _times(size, unit)
    return next((points for least, seen, points in _SIZES if relevant >= least and visible >= seen), 0)


def _distance(row: EvidenceRow, accepted: float) -> float:
    """Return how far the outcome lies from what was accepted, in outcome units."""
    if row.claim in _OF_DIFFERENCES:
        return abs((row.difference or 0.0) - (row.other_difference or 0.0))
    if row.claim == "trade_off":
        return abs(row.other_difference or 0.0)
    if accepted == 1.0 or row.estimate is None or not row.n_a or row.scale != "odds_ratio":
        return abs(row.difference or 0.0)
    share = row.k_a / row.n_a
    return abs(_share_at(share, row.estimate) - _share_at(share, accepted))


def _share_at(share: float, odds_ratio: float) -> float:
    """Return the share whose odds are `odds_ratio` times those of `share`."""
    weighted = share * odds_ratio
    return weighted / (1.0 - share + weighted) if weighted else 0.0


def _times(size: float, unit: float) -> float:
    return size / unit if unit > 0 else inf


def _certainty(row: EvidenceRow, plan: Plan, direction: Direction) -> int:
    if row.stands != direction:
        return 0
    log_e = row.log_e_worse if direction == "worse" else row.log_e_better
    return 1 + (log_e >= log(_STRONG / plan.evidence.alpha) and _is_bounded(row, plan, direction))


def _is_bounded(row: EvidenceRow, plan: Plan, direction: Direction) -> bool:
    """Return whether the whole interval lies on one side of what was accepted; the weakest part vouches for pairs."""
    indicator = plan.indicator(row.indicator)
    if row.claim in COMBINED or indicator is None:
        return True
    accepted = accepted_odds_ratio(row, plan) if row.scale == "odds_ratio" else 0.0
    if _is_lower(indicator, direction):
        return row.upper is not None and row.upper < accepted
    return row.lower is not None and row.lower > accepted


def _is_lower(indicator: Indicator, direction: Direction) -> bool:
    """Return whether this direction for people is a lower figure."""
    return (direction == "worse") == (indicator.direction == "higher_is_better")


def _weight(row: EvidenceRow, plan: Plan) -> int:
    disadvantaged = any(group.id == row.group and group.disadvantaged for group in plan.groups)
    watched = any(_watches(loser, row) for loser in plan.choices.losers)
    return min(disadvantaged + watched + _under_floor(row, plan.indicator(row.indicator)), _MOST_WEIGHT)


def _watches(loser: Loser, row: EvidenceRow) -> bool:
    """Return whether the row is about every part of the cell that watches over this loser."""
    watched = (loser.indicator, loser.arm, loser.group, loser.region)
    seen = (_harmed(row), row.arm, row.group, row.region)
    return any(watched) and all(part in (None, cell) for part, cell in zip(watched, seen, strict=True))


def _under_floor(row: EvidenceRow, indicator: Indicator | None) -> bool:
    """Return whether the watched share or mean is beyond the floor."""
    if indicator is None or indicator.floor is None or not row.n_b:
        return False
    share = row.k_b / row.n_b
    return share < indicator.floor if indicator.direction == "higher_is_better" else share > indicator.floor
