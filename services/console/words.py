"""How a language writes numbers, differences, days and moments."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from math import exp, floor, log
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from contracts.period import Grain, parse_period
from services.console.languages import Language, translations
from services.console.units import SHARE, Unit

MINUS = "\N{MINUS SIGN}"
APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_OPEN = "\N{LEFT SINGLE QUOTATION MARK}"
NO_BREAK = "\N{NO-BREAK SPACE}"
ZONE = ZoneInfo("Europe/Amsterdam")

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_PERCENT = 100
_MOST_NAMED = 8
_HUGE = log(1_000_000)


class Words:
    """Numbers and moments in one language.

    Args:
        language: Which one.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self.say: Callable[[str], str] = translations(language.code).gettext

    def number(self, value: float, decimals: int = 0, *, sign: bool = False) -> str:
        """Return a number with its thousands apart and a real minus sign; `sign` puts a plus before what is above 0."""
        rounded = round(value, decimals) + 0.0
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        written: str = format_decimal(rounded, format=pattern, locale=self.language.locale)
        return ("+" if sign and rounded > 0 else "") + written.replace("-", MINUS)

    def points(self, difference: float, *, sign: bool = False) -> str:
        """Return a difference between shares in points, to one decimal."""
        return self.number(difference * _PERCENT, 1, sign=sign)

    def of_hundred(self, share: float) -> str:
        """Return a share as people of every hundred: whole from ten on, to one decimal below."""
        hundredth = round(share * _PERCENT, 1)
        return self.number(hundredth, 0 if hundredth >= 10 else 1)  # noqa: PLR2004

    def bare(self, difference: float, unit: Unit = SHARE, *, sign: bool = False) -> str:
        """Return a difference without its unit: `14,5`."""
        return self.number(difference * unit.factor, unit.decimals, sign=sign)

    def sized(self, difference: float, unit: Unit = SHARE, *, sign: bool = False) -> str:
        """Return a difference as it stands in a text: `14,5 punten`, or of values `14,5` alone."""
        bare = self.bare(difference, unit, sign=sign)
        return self.say("{number} punten").format(number=bare) if unit.is_share else bare

    def level(self, figure: float, unit: Unit = SHARE) -> str:
        """Return a share as people of every hundred, a mean as it is: `27 van de 100`."""
        if not unit.is_share:
            return self.number(figure, unit.decimals)
        return self.say("{number} van de 100").format(number=self.of_hundred(figure))

    def arrow(self, difference: float, unit: Unit = SHARE) -> str:
        """Return the direction of the figure and its size: `↓ 14,5`."""
        rounded = round(difference * unit.factor, unit.decimals)
        return ("↑" if rounded > 0 else "↓" if rounded < 0 else "=") + NO_BREAK + self.bare(abs(difference), unit)

    def evidence(self, log_e: float) -> str:
        """Return an e-value as people write it: in three figures, a power of ten once it is huge."""
        if log_e >= _HUGE:
            power = "10" + str(floor(log_e / log(10))).translate(SUPERSCRIPTS)
            return self.say("meer dan {number}").format(number=power)
        value = round(float(f"{exp(log_e):.3g}"), 1)
        return self.number(value, 1 if value < _PERCENT and value != round(value) else 0)

    def day(self, moment: date, *, year: bool = True) -> str:
        """Return a day, in the Netherlands where it is a moment: `14 december 2026`."""
        written: str = format_date(_local(moment), "d MMMM y" if year else "d MMMM", locale=self.language.locale)
        return written

    def weekday(self, moment: date) -> str:
        """Return a day with the day of the week: `maandag 14 december 2026`."""
        written: str = format_date(_local(moment), "EEEE d MMMM y", locale=self.language.locale)
        return written

    def time(self, moment: datetime) -> str:
        """Return the time of day in the Netherlands: `09.40 uur`."""
        pattern = "HH.mm 'uur'" if self.language.code == "nl" else "HH:mm"
        written: str = format_time(moment, pattern, tzinfo=ZONE, locale=self.language.locale)
        return written

    def moment(self, moment: datetime, now: datetime) -> str:
        """Return a day and time, with the day as `vandaag` where it is that."""
        day = self.say("vandaag") if _local(moment) == _local(now) else self.day(moment)
        return f"{day} {self.time(moment)}"

    def period(self, label: str) -> str:
        """Return a period as people write it: `okt 2017`, `3 okt 2017`, `week 40 van 2017`, or as it is."""
        try:
            period = parse_period(label)
        except ValueError:
            return label
        if period.grain is Grain.WEEK:
            year, week = label.split("-W")
            return self.say("week {week} van {year}").format(week=int(week), year=year)
        if period.grain is Grain.QUARTER:
            year, quarter = label.split("-Q")
            return self.say("kwartaal {quarter} van {year}").format(quarter=quarter, year=year)
        pattern = {Grain.DAY: "d MMM y", Grain.MONTH: "MMM y"}.get(period.grain, "y")
        written: str = format_date(period.start, pattern, locale=self.language.locale)
        return written.replace(".", "")

    def short_period(self, label: str) -> str:
        """Return a period as briefly as it can be written, for the axis of a chart."""
        try:
            period = parse_period(label)
        except ValueError:
            return label
        pattern = {Grain.DAY: "d MMM", Grain.MONTH: "MMM ''yy"}.get(period.grain)
        if pattern is None:
            return label
        written: str = format_date(period.start, pattern, locale=self.language.locale)
        return written.replace(".", "").replace("'", APOSTROPHE)

    def all_of(self, parts: Sequence[str]) -> str:
        """Return the parts as one list in words: `a, b en c`; of many the first few, and how many more there are."""
        named = list(parts[:_MOST_NAMED])
        if len(parts) > _MOST_NAMED:
            named.append(self.say("{n} andere").format(n=len(parts) - _MOST_NAMED))
        written: str = format_list(named, locale=self.language.locale)
        return written


def quoted(text: str) -> str:
    """Return the text between quotation marks, as the name of an outcome stands in a sentence."""
    return f"{_OPEN}{text}{APOSTROPHE}"


def capital(text: str) -> str:
    """Return the text with its first letter as a capital, also where that stands between quotation marks."""
    start = 1 if text.startswith(_OPEN) else 0
    return text[:start] + text[start : start + 1].upper() + text[start + 1 :]


def _local(moment: date) -> date:
    """Return the day of a moment in the Netherlands; a day is itself."""
    return moment.astimezone(ZONE).date() if isinstance(moment, datetime) else moment
