"""Periods, the grains they nest in, durations and looks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.period import NESTED, Grain, parse_duration, parse_look, parse_period, period_of

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
GRAINS = st.sampled_from(Grain)


@pytest.mark.parametrize(
    ("text", "start", "end", "grain"),
    [
        ("2017", date(2017, 1, 1), date(2018, 1, 1), Grain.YEAR),
        ("2017-Q4", date(2017, 10, 1), date(2018, 1, 1), Grain.QUARTER),
        ("2017-12", date(2017, 12, 1), date(2018, 1, 1), Grain.MONTH),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 4), Grain.WEEK),
        ("2019-W01", date(2018, 12, 31), date(2019, 1, 7), Grain.WEEK),
        ("2020-02-29", date(2020, 2, 29), date(2020, 3, 1), Grain.DAY),
    ],
)
def test_a_period_runs_from_its_first_day_up_to_the_first_after_it(text, start, end, grain):
    period = parse_period(text)
    assert (period.start, period.end, period.grain, period.label) == (start, end, grain, text)


@pytest.mark.parametrize(
    "text",
    [
        "", "17", "2017-13", "2017-00", "2017-Q5", "2017-W00", "2019-W53", "2019-02-29", "2017-1", "2017-10-1",
        "2017-10\n", " 2017", "\uff12\uff10\uff11\uff17", "0000", "0999-12", "3000", "9999-12-31", "2017-q1",
        "2017-10-01T00:00",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused_and_repeated(text):
    with pytest.raises(ValueError, match="is no period") as refused:
        parse_period(text)
    assert repr(text) in str(refused.value)


@given(DAYS, GRAINS)
def test_a_period_contains_its_day_and_is_found_by_its_label(day, grain):
    period = period_of(day, grain)
    assert period.start <= day < period.end
    assert parse_period(period.label) == period
    assert period.grain is grain


@given(DAYS, GRAINS)
def test_periods_follow_each_other_without_gap_or_overlap(day, grain):
    period = period_of(day, grain)
    assert period.following().start == period.end
    assert period < period.following()


@given(DAYS, GRAINS, GRAINS)
def test_a_nested_period_lies_inside_one_period_of_the_coarser_grain(day, fine, coarse):
    period = period_of(day, fine)
    outer = period.at(coarse)
    if fine in NESTED[coarse]:
        assert outer.start <= period.start
        assert period.end <= outer.end


def test_every_other_pair_of_grains_has_a_period_that_crosses_a_border():
    days = [date(2020, 1, 1) + timedelta(days=each) for each in range(800)]
    for coarse, nested in NESTED.items():
        for fine in set(Grain) - nested:
            assert any(period_of(day, fine).end > period_of(day, fine).at(coarse).end for day in days)


@pytest.mark.parametrize(
    ("text", "start", "after"),
    [
        ("P0D", date(2020, 1, 31), date(2020, 1, 31)),
        ("P2D", date(2020, 2, 28), date(2020, 3, 1)),
        ("P1W", date(2020, 12, 28), date(2021, 1, 4)),
        ("P1M", date(2020, 1, 31), date(2020, 2, 29)),
        ("P6M", date(2019, 8, 31), date(2020, 2, 29)),
        ("P1Y", date(2020, 2, 29), date(2021, 2, 28)),
        ("P24M", date(2020, 12, 31), date(2022, 12, 31)),
    ],
)
def test_a_duration_moves_a_day_by_the_calendar(text, start, after):
    assert parse_duration(text).after(start) == after


@given(DAYS, DAYS, st.integers(0, 999), st.sampled_from("DWMY"))
def test_a_duration_keeps_the_order_of_days(one, other, count, unit):
    duration = parse_duration(f"P{count}{unit}")
    first, second = sorted((one, other))
    assert first <= duration.after(first) <= duration.after(second)


@pytest.mark.parametrize(
    "text", ["", "P", "PD", "P-1D", "P01D", "P1.5M", "P1H", "1M", "P1M2D", "P1M\n", "P99999D", "P1000Y"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P999Y", "P9999D"])
def test_a_day_outside_the_calendar_is_refused(text):
    with pytest.raises(ValueError, match=r"year|range"):
        parse_duration(text).after(date(9990, 1, 1))


@pytest.mark.parametrize("label", ["1000", "1000-W01", "1000-01-01", "2999", "2999-W52", "2999-12-31"])
def test_the_first_and_last_periods_have_neighbours_and_can_be_late(label):
    period = parse_period(label)
    assert period.following().start == period.end
    assert parse_duration("P999Y").after(period.end) > period.end


@pytest.mark.parametrize(
    ("text", "grain", "every"),
    [
        ("P1D", Grain.DAY, None),
        ("P1W", Grain.WEEK, None),
        ("P1M", Grain.MONTH, None),
        ("P3M", Grain.QUARTER, None),
        ("P1Y", Grain.YEAR, None),
        ("P50N", Grain.MONTH, 50),
        ("P1N", Grain.MONTH, 1),
    ],
)
def test_a_look_follows_the_calendar_or_counts(text, grain, every):
    look = parse_look(text)
    assert (look.text, look.grain, look.every) == (text, grain, every)


@pytest.mark.parametrize("text", ["P2M", "P0N", "PN", "P-5N", "P50n", "1M", "", "P50N\n"])
def test_what_is_no_look_is_refused(text):
    with pytest.raises(ValueError, match="is no look"):
        parse_look(text)
