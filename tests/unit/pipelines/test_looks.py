"""Looks are made by event time in arrival order."""

import pytest

from contracts.period import parse_duration, parse_look, parse_period
from pipelines.looks import OpenLook

MONTHS, BY_TWO = parse_look("P1M"), parse_look("P2N")
CELL = ("here", "control", "", "2020-01", ())


def look_with(*periods: str) -> OpenLook:
    look = OpenLook()
    for offset, period in enumerate(periods):
        look.count(CELL, (1, 1), period=parse_period(period), offset=offset)
    return look


def test_a_record_of_a_later_period_closes_the_look_and_one_of_the_same_does_not():
    look = look_with("2020-01")
    assert look.ends_before(parse_period("2020-02"), MONTHS)
    assert not look.ends_before(parse_period("2020-01"), MONTHS)
    assert not look.ends_before(parse_period("2019-12"), MONTHS)


def test_an_empty_look_is_closed_by_no_record():
    assert not OpenLook(period=parse_period("2020-01")).ends_before(parse_period("2020-03"), MONTHS)


def test_after_a_marker_the_open_look_is_the_following_period_or_that_of_a_later_first_record():
    look = look_with("2020-01").following(MONTHS, after=parse_period("2020-01"))
    assert (look.index, look.label()) == (1, "2020-02")
    look.count(CELL, (1, 0), period=parse_period("2020-05"), offset=9)
    assert look.label() == "2020-05"


def test_a_late_record_does_not_move_the_look_back():
    look = look_with("2020-02", "2020-01")
    assert look.label() == "2020-02"
    assert look.offsets == (0, 1)


@pytest.mark.parametrize(("period", "late"), [("2020-06", False), ("2020-04", False), ("2020-03", True)])
def test_lateness_is_counted_between_the_ends_of_periods(period, late):
    look = look_with("2020-06")
    assert look.is_too_late(parse_period(period), look=MONTHS, lateness=parse_duration("P2M")) is late


def test_nothing_is_late_where_looks_are_counted():
    look = look_with("2020-06")
    assert not look.is_too_late(parse_period("1990-01"), look=BY_TWO, lateness=parse_duration("P1D"))


def test_a_counted_look_is_full_with_its_nth_observation():
    look = look_with("2020-06")
    assert not look.is_full(BY_TWO)
    look.count(CELL, (1, 0), period=parse_period("2020-01"), offset=1)
    assert look.is_full(BY_TWO)


def test_a_marker_for_an_earlier_period_closes_nothing():
    look = look_with("2020-06")
    assert look.closed_by(parse_period("2020-05"), MONTHS) is None
    assert look.closed_by(parse_period("2020-07"), MONTHS) == parse_period("2020-07")
    assert look.closed_by(None, MONTHS) == parse_period("2020-06")
    assert OpenLook(period=parse_period("2020-06")).closed_by(None, MONTHS) is None
