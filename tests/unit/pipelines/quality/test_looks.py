"""Looks close as the evaluator closes them, and the first ones are what later ones are held against."""

import pytest

from contracts.period import parse_period
from contracts.records import Observation
from pipelines.quality_looks import Watch, close, close_up_to, is_too_late, take


def observation(period, *, arm="control", region="north", value=1.0, groups=()):
    return Observation("id", "trial", "work", "unit", region, groups, period, value, "2020-12-01T00:00:00Z", arm)


@pytest.fixture
def watched(plan_of):
    """Takes observations; returns the looks that closed, and what is watched."""

    def take_all(*observations, **changes):
        plan, watch = plan_of(**changes), Watch()
        closed = [take(watch, each, plan) for each in observations]
        return [each for each in closed if each is not None], watch, plan

    return take_all


def test_a_later_period_closes_a_look_and_a_late_record_counts_in_none(watched):
    periods = ("2020-01", "2020-01", "2020-02", "2020-01", "2020-03")
    closed, watch, _ = watched(*map(observation, periods))
    assert [(each.label, each.get("").n) for each in closed] == [("2020-01", 2), ("2020-02", 1)]
    assert closed[1].ever == {"control": 4}
    assert (watch.look, watch.cells[""].n) == ("2020-03", 1)


def test_a_look_that_a_marker_closed_never_opens_again(watched):
    _, watch, plan = watched(*map(observation, ("2020-01", "2020-02")))
    assert close_up_to(watch, parse_period("2020-01"), plan) is None
    assert close_up_to(watch, parse_period("2020-03"), plan).label == "2020-02"
    for period in ("2020-02", "2020-01", "2020-03"):
        assert take(watch, observation(period), plan) is None
    assert (watch.look, watch.cells, watch.n_looks) == ("", {}, 2)
    assert watch.lags["2020-02"] == {0: {"control": 1}, 2: {"control": 1}}  # it came in April
    assert take(watch, observation("2020-04"), plan) is None
    assert watch.look == "2020-04"


@pytest.mark.parametrize(
    ("period", "measured", "expected"),
    [
        ("2020-03", "once", False),  # the lateness of two months ends with May, the latest period seen
        ("2020-02", "once", True),
        ("2020-04", "repeatedly", True),  # its look is over
        ("2020-05", "repeatedly", False),
        ("2020-06", "once", False),
    ],
)
def test_a_record_comes_too_late_where_the_evaluator_says_so(watched, period, measured, expected):
    changes = {"measured": measured, "looks": 9} if measured == "repeatedly" else {}
    _, watch, plan = watched(*map(observation, ("2020-01", "2020-05")), **changes)
    assert is_too_late(watch, observation(period), plan) is expected


def test_a_look_of_so_many_records_closes_with_the_last_of_them(watched):
    closed, watch, _ = watched(*[observation("2020-01")] * 7, look="P3N", lateness=...)
    assert [(each.label, each.get("").n) for each in closed] == [("#1", 3), ("#2", 3)]
    assert watch.cells[""].n == 1


def test_cells_hold_counts_sums_and_squares(watched):
    first = observation("2020-01", value=1.0, groups=("parents",))
    second = observation("2020-01", arm="trust", value=0.0, region="south")
    _, watch, _ = watched(first, second)
    sums = {key: (each.n, each.total, each.squares) for key, each in watch.cells.items()}
    assert sums == {
        "": (2, 1.0, 1.0),
        "arm=control": (1, 1.0, 1.0),
        "arm=trust": (1, 0.0, 0.0),
        "region=north": (1, 1.0, 1.0),
        "region=south": (1, 0.0, 0.0),
        "group=parents": (1, 1.0, 1.0),
    }


def test_the_first_three_looks_are_the_reference_and_later_ones_do_not_change_it(watched):
    months = [f"2020-{month:02}" for month in range(1, 7)]
    closed, watch, plan = watched(*map(observation, months))
    assert [each.is_reference for each in closed] == [True, True, True, False, False]
    assert [each.start.get("") and each.start[""].n for each in closed] == [None, 1, 2, 3, 3]
    assert close(watch, plan).number == 6
    assert close(watch, plan) is None


def test_looks_before_the_policy_are_a_reference_of_their_own(watched):
    before = {"from": "2019-11", "to": "2019-12"}
    periods = ("2019-11", "2019-12", "2020-01", "2020-02")
    closed, _, _ = watched(*map(observation, periods), pre_period=before)
    assert [(each.label, each.number) for each in closed] == [("2019-11", 0), ("2019-12", 0), ("2020-01", 1)]
    assert closed[2].before[""].n == 2
    assert closed[2].ever == {"control": 1}


def test_lags_are_of_own_periods_of_which_everything_is_in(watched):
    periods = ("2020-01", "2020-02", "2020-01", "2020-03", "2020-04", "2020-05")
    closed, _, _ = watched(*map(observation, periods))
    assert closed[-1].label == "2020-04"
    assert closed[-1].lags == {"2020-01": {0: {"control": 1}, 1: {"control": 1}}}  # in April February may still come
