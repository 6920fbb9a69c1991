from datetime import UTC, datetime
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest

from contracts.plan import Loser, Text
from contracts.signal import SEVERITIES
from pipelines.severity import Aspects, deadline, severity_of, weigh


@pytest.fixture
def points(plan):
    def weighed(row, *, under=plan, direction="worse", looks=1):
        return weigh(row, under, direction=direction, looks=looks)

    return weighed


def test_a_difference_that_does_not_matter_has_no_size(points, make_row):
    assert points(make_row(difference=-0.049)).size == 0


def test_a_difference_that_matters_has_size(points, make_row):
    assert points(make_row(difference=-0.05)).size == 1


def test_twice_what_matters_is_large_only_if_it_could_have_been_seen(points, make_row):
    assert points(make_row(difference=-0.10, smallest_visible=0.08)).size == 2
    assert points(make_row(difference=-0.10, smallest_visible=0.15)).size == 1


def test_a_gap_is_measured_from_the_declared_starting_point(points, make_row, make_plan):
    declared = make_plan(parents=0.7)
    assert points(make_row(estimate=0.68, difference=-0.08), under=declared).size == 0
    assert points(make_row(estimate=0.40, difference=-0.154), under=declared).size == 1
    assert points(make_row(estimate=0.25, difference=-0.203), under=declared).size == 2


def test_what_is_only_recent_is_less_certain_than_what_stands(points, make_row):
    assert points(make_row(stands=None, recent="worse")).certainty == 0
    assert points(make_row()).certainty == 1


def test_strong_evidence_with_an_interval_beyond_the_start_is_most_certain(points, make_row):
    assert points(make_row(log_e_worse=8.4)).certainty == 2
    assert points(make_row(log_e_worse=8.4, upper=1.01)).certainty == 1
    assert points(make_row(log_e_worse=8.4, upper=None)).certainty == 1
    assert points(make_row(log_e_worse=6.8)).certainty == 1


def test_for_an_outcome_that_should_be_low_worse_lies_above(points, make_row, make_plan, make_indicator):
    low = make_plan(make_indicator(direction="lower_is_better"))
    row = make_row(log_e_worse=9.0, estimate=1.6, lower=1.1, upper=None)
    assert points(row, under=low).certainty == 2


def test_a_finding_weighs_more_the_longer_it_is_open(points, make_row):
    assert [points(make_row(), looks=looks).duration for looks in (1, 2, 3, 5, 6, 60)] == [0, 0, 1, 1, 2, 2]


def test_disadvantage_a_watched_loser_and_the_floor_add_weight_up_to_two(points, make_row, make_plan, make_indicator):
    losers = (Loser(Text("x", "x"), "work", None, "older", None),)
    floor = make_plan(make_indicator(floor=0.25), losers=losers)
    assert points(make_row(group="older")).weight == 0
    assert points(make_row()).weight == 1
    assert points(make_row(group="older", k_b=60), under=floor).weight == 1
    assert points(make_row(group="older", k_b=48), under=floor).weight == 2
    assert points(make_row(k_b=48), under=floor).weight == 2


def test_a_loser_whose_cell_is_not_named_watches_nothing(points, make_row, make_plan):
    unnamed = make_plan(losers=(Loser(Text("x", "x"), None, None, None, None),))
    assert points(make_row(group="older"), under=unnamed).weight == 0


def test_one_more_point_never_makes_a_finding_less_severe():
    for size, certainty, duration, weight in product(range(3), repeat=4):
        rank = SEVERITIES.index(Aspects(size, certainty, duration, weight).severity)
        for more in ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)):
            raised = Aspects(size + more[0], certainty + more[1], duration + more[2], weight + more[3])
            assert SEVERITIES.index(raised.severity) >= rank


def test_nothing_is_high_by_one_aspect_alone():
    assert Aspects(2, 0, 0, 0).severity == Aspects(0, 0, 0, 2).severity == "notice"
    assert Aspects(2, 2, 2, 2).severity == "high"
    assert Aspects(0, 1, 0, 0).severity == "info"


MOST = Aspects(2, 2, 2, 2)


def test_better_for_people_is_never_more_than_news(make_row):
    assert severity_of(MOST, make_row(), "better") == "info"
    assert severity_of(MOST, make_row(), "worse") == "high"


def test_what_is_descriptive_is_never_more_than_a_notice(make_row):
    row = make_row(guarantee="descriptive")
    assert severity_of(MOST, row, "worse") == "notice"
    assert severity_of(Aspects(0, 1, 0, 0), row, "worse") == "info"
    assert severity_of(MOST, row, "better") == "info"


@pytest.mark.parametrize("direction", ["worse", "better"])
def test_drop_out_that_differs_is_a_notice_either_way(make_row, direction):
    row = make_row(claim="effect", indicator="work.missing")
    assert severity_of(MOST, row, direction) == severity_of(Aspects(0, 0, 0, 0), row, direction) == "notice"


# Claims that combine others: the size is that of what they add


OTHER = {"other_difference": 0.06, "other_difference_lower": 0.02, "other_difference_upper": 0.1}


@pytest.mark.parametrize("claim", ["effects_differ", "later"])
def test_the_size_of_a_lag_is_the_difference_between_its_parts(points, make_row, claim):
    assert points(make_row(claim=claim, difference=0.02, **OTHER)).size == 0
    assert points(make_row(claim=claim, difference=0.009, **OTHER)).size == 1
    assert points(make_row(claim=claim, difference=-0.05, **OTHER)).size == 2


def test_the_size_of_a_trade_off_is_that_of_what_gets_worse(points, make_row):
    pair = {"claim": "trade_off", "indicator": "work", "other_indicator": "debts", "difference": 0.2}
    assert points(make_row(**pair, **OTHER)).size == 1
    assert points(make_row(**pair, **{**OTHER, "other_difference": 0.04})).size == 0


def test_a_hiding_average_is_measured_like_the_gap_it_hides(points, make_row, make_plan):
    declared = make_plan(parents=0.7)
    assert points(make_row(claim="average_hides", estimate=0.68, difference=-0.08, **OTHER), under=declared).size == 0


def test_several_setbacks_at_once_count_as_one_that_matters(points, make_row):
    row = make_row(claim="cumulation", indicator="all", difference=None, estimate=None, lower=None, upper=None)
    assert points(row) == Aspects(size=1, certainty=1, duration=0, weight=1)


def test_the_weakest_part_vouches_for_a_combined_claim(points, make_row):
    assert points(make_row(claim="divergence", log_e_worse=8.4, upper=1.01, **OTHER)).certainty == 2
    assert points(make_row(claim="divergence", log_e_worse=6.8, upper=0.9, **OTHER)).certainty == 1


def test_of_values_worse_lies_beyond_no_difference(points, make_row, make_plan, make_indicator):
    wages = make_plan(make_indicator(type="continuous", low=0.0, high=5000.0, relevant_difference=100.0))
    row = {"scale": "difference", "log_e_worse": 9.0, "estimate": -150.0, "difference": -150.0, "lower": -260.0}
    assert points(make_row(**row, upper=-40.0, smallest_visible=120.0), under=wages).size == 1
    assert points(make_row(**row, upper=-40.0), under=wages).certainty == 2
    assert points(make_row(**row, upper=3.0), under=wages).certainty == 1


def test_a_loser_is_watched_by_what_gets_worse(points, make_row, make_plan):
    watched = make_plan(losers=(Loser(Text("x", "x"), "debts", None, None, None),))
    pair = {"claim": "trade_off", "group": "all", **OTHER}
    assert points(make_row(indicator="work", other_indicator="debts", **pair), under=watched).weight == 1
    assert points(make_row(indicator="debts", other_indicator="work", **pair), under=watched).weight == 0


def test_the_more_severe_the_sooner():
    now = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
    days = [deadline(severity, now) for severity in SEVERITIES]
    assert all(later > sooner for later, sooner in pairwise(days))


def test_weekends_are_no_working_days():
    thursday = datetime(2026, 4, 2, 21, 0, tzinfo=UTC)
    assert deadline("high", thursday) == datetime(2026, 4, 9, tzinfo=ZoneInfo("Europe/Amsterdam"))


def test_the_day_is_that_of_the_office_not_of_utc():
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # Thursday 2 July in Amsterdam
    assert deadline("high", late).date().isoformat() == "2026-07-09"
