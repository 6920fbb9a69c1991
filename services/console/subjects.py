"""What a signal is about, in words that people use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.evidence import POOLED
from contracts.plan import MISSING, Plan
from contracts.signal import SEVERITIES, Severity
from infra.postgres.reading import StoredSignal
from services.console.names import Names
from services.console.words import ZONE

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class About:
    """The subject of a signal; None where it is about everyone, every arm or every region together.

    Attributes:
        claim, direction: What is said of whom.
        group, arm, region, indicator: The watched cell, by name.
        other_indicator: The second indicator of a pair, by name.
        is_drop_out: Whether it is about outcomes that were not received.
        has_starting_point: Whether the plan declared a difference that existed already.
    """

    claim: str
    direction: str
    group: str | None
    arm: str | None
    region: str | None
    indicator: str
    other_indicator: str | None
    is_drop_out: bool
    has_starting_point: bool


@dataclass(frozen=True, slots=True)
class SignalLine:
    """A signal in a list.

    Attributes:
        sentence: What the latest evidence says; None under a version that has none.
    """

    number: str
    severity: Severity
    about: About
    office: str
    decide_before: datetime
    sentence: str | None = None


def about(signal: StoredSignal, plan: Plan, names: Names) -> About:
    """Return what a signal is about."""
    gap = plan.claims.gap if signal.claim == "gap" else None
    return About(
        claim=signal.claim,
        direction=signal.direction,
        group=None if signal.group == POOLED else names.group(signal.group),
        arm=None if signal.arm == POOLED else names.arm(signal.arm),
        region=None if signal.region == POOLED else signal.region,
        indicator=names.indicator(signal.indicator.removesuffix(MISSING)),
        other_indicator=None if signal.other_indicator is None else names.indicator(signal.other_indicator),
        is_drop_out=signal.indicator.endswith(MISSING),
        has_starting_point=gap is not None and (signal.indicator, signal.group) in gap.odds_ratio,
    )


def lines_of(
    signals: Iterable[StoredSignal], plan: Plan, names: Names, said: Mapping[str, str] | None = None
) -> tuple[SignalLine, ...]:
    """Return the signals as a list, the most urgent first and otherwise in their order; `said` is by their number."""
    most_urgent_first = sorted(signals, key=lambda each: -SEVERITIES.index(each.severity))
    return tuple(
        SignalLine(
            each.number,
            each.severity,
            about(each, plan, names),
            each.owner_office,
            each.decide_before,
            (said or {}).get(each.number),
        )
        for each in most_urgent_first
    )


def working_days_left(deadline: datetime, now: datetime) -> int:
    """Return the days from Monday to Friday after today, up to and with the day of the deadline; 0 once it is there."""
    today, last = (moment.astimezone(ZONE).date() for moment in (now, deadline))
    return sum(_is_working_day(today + timedelta(days=ahead)) for ahead in range(1, (last - today).days + 1))


def _is_working_day(day: date) -> bool:
    return day.weekday() < _SATURDAY
