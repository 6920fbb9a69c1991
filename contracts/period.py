"""Periods of event time, the grains that looks are cut to, and calendar durations.

A period is written `YYYY`, `YYYY-Qn`, `YYYY-MM`, `YYYY-Www` (ISO week) or `YYYY-MM-DD`; a duration `P2D`, `P1W`, `P6M`
or `P1Y`; a look as a duration of one grain (`P1D P1W P1M P3M P1Y`) or `P<n>N`, every n counted observations.

Years run from 1000 to 2999 and durations to 999 years, so that no sum of what was read leaves the calendar.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

DAY_MS = 24 * 60 * 60 * 1000

_PERIOD = re.compile(
    r"(?P<year>[12][0-9]{3})(?:-Q(?P<quarter>[1-4])|-W(?P<week>[0-9]{2})|-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?\Z"
)
_DURATION = re.compile(r"P(?P<count>0|[1-9][0-9]{0,3})(?P<unit>[DWMY])\Z")
MOST_YEARS = 999
_COUNT_LOOK = re.compile(r"P(?P<count>[1-9][0-9]{0,8})N\Z")


class Grain(Enum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


NESTED = {
    Grain.DAY: frozenset({Grain.DAY}),
    Grain.WEEK: frozenset({Grain.DAY, Grain.WEEK}),
    Grain.MONTH: frozenset({Grain.DAY, Grain.MONTH}),
    Grain.QUARTER: frozenset({Grain.DAY, Grain.MONTH, Grain.QUARTER}),
    Grain.YEAR: frozenset({Grain.DAY, Grain.MONTH, Grain.QUARTER, Grain.YEAR}),
}
"""The grains whose periods always lie inside one period of the key's grain."""


def _months_later(day: date, months: int) -> date:
    """Return `day` moved by whole months, on the month's last day where the day does not exist."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Duration:
    """A calendar duration: whole days and months."""

    text: str
    days: int
    months: int

    def after(self, day: date) -> date:
        """Return the day that lies this duration after `day`.

        Raises:
            ValueError: If the day would fall outside the years 1 to 9999.
        """
        try:
            return _months_later(day, self.months) + timedelta(days=self.days)
        except OverflowError as error:
            raise ValueError(str(error)) from error


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of event time from `start` up to, not including, `end`; periods sort by their start."""

    start: date
    end: date
    label: str

    @property
    def grain(self) -> Grain:
        """How long the period is, from its label."""
        if "Q" in self.label:
            return Grain.QUARTER
        if "W" in self.label:
            return Grain.WEEK
        return {4: Grain.YEAR, 7: Grain.MONTH, 10: Grain.DAY}[len(self.label)]

    def following(self) -> "Period":
        """Return the next period of the same grain."""
        return period_of(self.end, self.grain)

    def at(self, grain: Grain) -> "Period":
        """Return the period of `grain` in which this one starts."""
        return period_of(self.start, grain)


@dataclass(frozen=True, slots=True)
class Look:
    """When a look closes: with its period of `grain`, or with its `every`-th counted observation.

    Attributes:
        text: As written in the plan.
        grain: Grain of the looks, and of the strata of late records; a month where looks are counted.
        every: Number of observations, or None where looks follow the calendar.
    """

    text: str
    grain: Grain
    every: int | None


def period_of(day: date, grain: Grain) -> Period:
    """Return the period of `grain` that contains `day`."""
    if grain is Grain.DAY:
        return Period(day, day + timedelta(days=1), day.isoformat())
    if grain is Grain.WEEK:
        start = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return Period(start, start + timedelta(days=7), f"{year:04}-W{week:02}")
    if grain is Grain.MONTH:
        start = day.replace(day=1)
        return Period(start, _months_later(start, 1), f"{day.year:04}-{day.month:02}")
    if grain is Grain.QUARTER:
        quarter = (day.month - 1) // 3
        start = date(day.year, quarter * 3 + 1, 1)
        return Period(start, _months_later(start, 3), f"{day.year:04}-Q{quarter + 1}")
    return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1), f"{day.year:04}")


@lru_cache(maxsize=65_536)
def parse_period(text: str) -> Period:
    """Return the period that `text` names.

    Raises:
        ValueError: If the text is no period, saying what is allowed.
    """
    found = _PERIOD.match(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no period; allowed are YYYY, YYYY-Qn, YYYY-MM, YYYY-Www and YYYY-MM-DD, years 1000 to 2999"
        )
    year, quarter, week, month, day = (
        int(part) if part is not None else None for part in found.group("year", "quarter", "week", "month", "day")
    )
    try:
        return _period(year or 0, quarter=quarter, week=week, month=month, day=day)
    except ValueError as error:
        raise ValueError(f"{text!r} is no period: {error}") from error


@lru_cache(maxsize=65_536)
def period_at(text: str, grain: Grain) -> Period:
    """Return the period of `grain` in which the period that `text` names starts.

    Raises:
        ValueError: If the text is no period, saying what is allowed.
    """
    return parse_period(text).at(grain)


def _period(year: int, *, quarter: int | None, week: int | None, month: int | None, day: int | None) -> Period:
    if quarter is not None:
        return period_of(date(year, quarter * 3 - 2, 1), Grain.QUARTER)
    if week is not None:
        return period_of(date.fromisocalendar(year, week, 1), Grain.WEEK)
    if month is not None and day is not None:
        return period_of(date(year, month, day), Grain.DAY)
    if month is not None:
        return period_of(date(year, month, 1), Grain.MONTH)
    return period_of(date(year, 1, 1), Grain.YEAR)


def parse_duration(text: str) -> Duration:
    """Return the duration that `text` names.

    Raises:
        ValueError: If the text is no duration, saying what is allowed.
    """
    found = _DURATION.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration; allowed are whole days, weeks, months or years, such as P2W or P6M")
    count, unit = int(found["count"]), found["unit"]
    if unit == "Y" and count > MOST_YEARS:
        raise ValueError(f"{text!r} is no duration: at most {MOST_YEARS} years are allowed")
    days = {"D": count, "W": 7 * count}.get(unit, 0)
    months = {"M": count, "Y": 12 * count}.get(unit, 0)
    return Duration(text, days, months)


_LOOKS = {"P1D": Grain.DAY, "P1W": Grain.WEEK, "P1M": Grain.MONTH, "P3M": Grain.QUARTER, "P1Y": Grain.YEAR}


def parse_look(text: str) -> Look:
    """Return the rule by which looks close.

    Raises:
        ValueError: If the text is no such rule, saying what is allowed.
    """
    if text in _LOOKS:
        return Look(text, _LOOKS[text], None)
    found = _COUNT_LOOK.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no look; allowed are P1D, P1W, P1M, P3M, P1Y and P<n>N, such as P50N")
    return Look(text, Grain.MONTH, int(found["count"]))
