from datetime import UTC, date, datetime

import pytest

from services.console.languages import LANGUAGES
from services.console.words import APOSTROPHE, MINUS, NO_BREAK, Words, capital

DUTCH, ENGLISH = Words(LANGUAGES["nl"]), Words(LANGUAGES["en"])
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)


def test_a_negative_number_has_a_real_minus_and_the_decimals_of_its_language():
    assert DUTCH.number(-14.5, 1) == MINUS + "14,5"
    assert ENGLISH.number(-14.5, 1) == MINUS + "14.5"


def test_thousands_are_set_apart():
    assert DUTCH.number(41870) == "41.870"
    assert ENGLISH.number(41870) == "41,870"


def test_what_rounds_to_zero_has_no_sign():
    assert DUTCH.number(-0.04, 1, sign=True) == "0,0"


def test_a_sign_is_written_only_when_asked_for():
    assert DUTCH.points(0.145) == "14,5"
    assert DUTCH.points(0.145, sign=True) == "+14,5"


@pytest.mark.parametrize(
    ("share", "written"), [(0.12, "12"), (0.268, "27"), (0.064, "6,4"), (0.0997, "10"), (0.004, "0,4")]
)
def test_a_share_is_told_per_hundred_with_a_decimal_only_below_ten(share, written):
    assert DUTCH.of_hundred(share) == written


@pytest.mark.parametrize(
    ("difference", "written"), [(-0.145, "↓{}14,5"), (0.091, "↑{}9,1"), (0.0004, "={}0,0"), (-0.0004, "={}0,0")]
)
def test_an_arrow_gives_the_direction_of_the_figure(difference, written):
    assert DUTCH.arrow(difference) == written.format(NO_BREAK)


def test_evidence_is_written_out_while_it_can_be_read():
    assert DUTCH.evidence(3.7329) == "41,8"
    assert DUTCH.evidence(4.382026635) == "80"
    assert DUTCH.evidence(8.3581) == "4.260"
    assert DUTCH.evidence(24.0) == "meer dan 10¹⁰"
    assert ENGLISH.evidence(24.0) == "more than 10¹⁰"


def test_a_moment_of_today_says_so_in_dutch_time():
    assert DUTCH.moment(NOW, NOW) == "vandaag 09.40 uur"
    assert ENGLISH.moment(NOW, NOW) == "today 09:40"


def test_a_moment_just_before_midnight_in_utc_is_the_next_day_in_the_netherlands():
    assert DUTCH.moment(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), NOW) == "23 november 2026 00.30 uur"


def test_a_day_has_its_weekday_where_that_matters():
    assert DUTCH.weekday(date(2026, 12, 14)) == "maandag 14 december 2026"


@pytest.mark.parametrize(
    ("label", "long", "short"),
    [
        ("2017-10", "okt 2017", f"okt {APOSTROPHE}17"),
        ("2017-10-03", "3 okt 2017", "3 okt"),
        ("2017-W40", "week 40 van 2017", "2017-W40"),
        ("2017-Q4", "kwartaal 4 van 2017", "2017-Q4"),
        ("2017", "2017", "2017"),
        ("ronde 3", "ronde 3", "ronde 3"),
    ],
)
def test_a_period_is_written_as_people_write_it(label, long, short):
    assert DUTCH.period(label) == long
    assert DUTCH.short_period(label) == short


def test_a_long_list_names_the_first_few_and_counts_the_others():
    assert DUTCH.all_of(["a", "b", "c"]) == "a, b en c"
    assert DUTCH.all_of(["x"] * 20) == "x, x, x, x, x, x, x, x en 12 andere"
    assert DUTCH.all_of([]) == ""


def test_a_capital_changes_the_first_letter_only():
    assert capital("werkt bij DUO") == "Werkt bij DUO"
    assert capital("") == ""
