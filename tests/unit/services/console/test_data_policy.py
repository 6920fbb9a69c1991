"""How the data of a policy stand: late and complete by the plan, and no small group told."""

from dataclasses import replace
from datetime import date

import pytest

from contracts.period import Look
from infra.postgres.quality_board import LookCount
from pipelines.quality_looks import Sums, Watch
from services.console.data_coverage import coverage
from services.console.data_policy import completeness, timeliness
from services.console.data_words import duration
from services.console.languages import LANGUAGES
from services.console.words import Words

REGIONS = ("GM0014", "GM0344", "GM0855")
GROUPS = ("single_parent", "low_education", "under_27", "health")


def looks(*counts, indicator="part_time_work", year=2018):
    """Looks of the months from January on, with what each counted."""
    return [LookCount(indicator, f"{year}-{month:02}", month, n) for month, n in enumerate(counts, 1)]


def watch(**lags):
    """Records by lag, all of one period: `at_0=90, at_1=10`."""
    return Watch(lags={"2018-01": {int(lag.removeprefix("at_")): {"control": n} for lag, n in lags.items()}})


@pytest.mark.parametrize(("today", "is_overdue"), [(date(2018, 5, 31), False), (date(2018, 6, 1), True)])
def test_a_period_is_due_until_the_lateness_of_the_plan_has_passed(plan, today, is_overdue):
    found = timeliness(plan, looks(100, 100), [], today=today)
    assert (found.newest, found.due, found.due_before) == ("2018-02", "2018-03", date(2018, 6, 1))
    assert found.is_overdue == is_overdue


def test_before_the_first_look_the_first_period_of_the_policy_is_due(plan):
    found = timeliness(plan, [], [], today=date(2017, 10, 5))
    assert (found.newest, found.due, found.is_overdue) == (None, "2017-10", False)
    early = timeliness(plan, looks(5, year=2016), [], today=date(2017, 10, 5))
    assert (early.newest, early.due) == ("2016-01", "2017-10")


def test_after_the_planned_looks_nothing_is_due(plan):
    found = timeliness(replace(plan, n_looks=2), looks(100, 100), [], today=date(2030, 1, 1))
    assert (found.due, found.due_before, found.is_overdue) == (None, None, False)


def test_looks_that_count_records_have_no_period(plan):
    counted = replace(plan, look=Look("P100N", plan.look.grain, 100))
    found = timeliness(counted, [LookCount("trust", "#1", 1, 100)], [watch(at_0=100)], today=date(2018, 1, 1))
    assert (found.newest, found.due, found.at_once) == (None, None, None)
    assert completeness(counted, [LookCount("trust", "#1", 1, 100)]) == ()


def test_the_share_that_came_at_once_is_over_all_outcomes_and_rounds_its_count(plan):
    found = timeliness(plan, [], [watch(at_0=61), watch(at_0=20, at_1=10, at_3=10)], today=date(2018, 1, 1))
    assert (found.at_once, found.n) == (81 / 101, 100)


@pytest.mark.parametrize("lags", [{"at_0": 30, "at_1": 19}, {"at_0": 95, "at_1": 9}])
def test_few_records_or_few_late_ones_give_no_share(plan, lags):
    assert timeliness(plan, [], [watch(**lags)], today=date(2018, 1, 1)).at_once is None


def test_records_that_are_all_at_once_are_told(plan):
    assert timeliness(plan, [], [watch(at_0=200)], today=date(2018, 1, 1)).at_once == 1.0


def test_a_look_is_held_against_the_mean_of_the_first_three(plan):
    (found,) = completeness(plan, looks(100, 200, 300, 152))
    assert (found.look, found.seen, found.expected, found.is_planned) == ("2018-04", 150, 200, False)
    assert found.share == 0.75
    (early,) = completeness(plan, looks(100, 200, 300))
    assert (early.seen, early.expected, early.share) == (300, None, None)


def test_a_look_is_held_against_the_plan_where_it_measures_repeatedly(plan):
    planned = tuple((arm, 100) for arm in plan.arms.every)
    repeated = replace(plan, measured="repeatedly", arms=replace(plan.arms, planned=planned))
    (found,) = completeness(repeated, looks(150))
    assert (found.seen, found.expected, found.is_planned) == (150, 300, True)


def test_a_look_of_few_people_has_no_number_and_what_came_before_the_policy_is_left_out(plan):
    (found,) = completeness(plan, [*looks(500, year=2016), *looks(9)])
    assert (found.look, found.seen, found.share) == ("2018-01", None, None)


def test_nothing_seen_covers_nothing_and_is_not_said(plan):
    assert coverage(plan, [], []) is None


def test_what_has_fewer_people_than_the_smallest_cell_is_named_without_a_number(plan, make_row):
    rows = [make_row(group="health", n_a=5, n_b=5), make_row(group="under_27", n_a=5, n_b=4)]
    rows += [
        make_row(group="all", region="GM0014", n_a=300, n_b=300),
        make_row(group="all", region="GM0344", n_a=0, n_b=9),
    ]
    found = coverage(plan, rows, [])
    assert found.regions == ("GM0344", "GM0855")
    assert found.groups == ("single_parent", "low_education", "under_27")
    assert (found.n_regions, found.n_groups) == (3, 4)


def test_of_a_gap_the_watched_side_is_the_group_and_both_are_the_region(plan, make_row):
    rows = [make_row(claim="gap", arm="all", group="health", region="GM0014", n_a=500, n_b=9)]
    found = coverage(plan, rows, [])
    assert "health" in found.groups
    assert "GM0014" not in found.regions


def test_records_of_the_open_look_cover_too(plan):
    seen = Watch(cells={"": Sums(30), "region=GM0855": Sums(10), "group=health": Sums(9), "arm=control": Sums(30)})
    found = coverage(plan, [], [seen])
    assert (found.regions, found.groups) == (REGIONS[:2], GROUPS)


@pytest.mark.parametrize(
    ("text", "written"), [("P0D", "0 dagen"), ("P1D", "één dag"), ("P2M", "2 maanden"), ("P1W", "7 dagen")]
)
def test_a_duration_is_written_in_words(plan, text, written):
    lengths = {"P0D": (0, 0), "P1D": (1, 0), "P2M": (0, 2), "P1W": (7, 0)}
    days, months = lengths[text]
    assert duration(Words(LANGUAGES["nl"]), replace(plan.lateness, text=text, days=days, months=months)) == written
