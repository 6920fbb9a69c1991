"""Where looks, clusters, enrolments and versions meet."""

import pytest

from contracts.errors import PlanError
from pipelines.comparisons import comparisons


def people(log, indicator, claim="effect"):
    """Return look, people and events of both sides over all, closing by closing."""
    return [
        (row.look, row.n_a, row.k_a, row.n_b, row.k_b)
        for closing in log.closings
        for row in closing.rows
        if (row.claim, row.indicator, row.arm, row.region, row.group) == (claim, indicator, "trust", "all", "all")
    ]


def test_the_unit_whose_record_closes_the_look_of_its_own_cluster_is_refused(make, plan_of):
    log = make.log(plan_of(cluster="class", claims={"effect": {}}, disclosure={"minimum_cell": 1, "round_to": 5}))
    assert log.observe("2020-07", unit=1, cluster="a") == "counted"
    assert log.observe("2020-08", unit=2, cluster="a") == "cluster_closed"
    log.observe("2020-08", unit=3, cluster="b")
    log.mark()
    assert people(log, "work")[-1] == ("2020-08", 0, 0, 2, 2)


def test_who_is_missing_is_told_by_a_marker_even_when_nobody_reports(make, plan_of):
    log = make.log(plan_of(claims={"effect": {}}))
    for unit in range(1, 21):
        log.enrol(unit, start="2020-01-15", arm=("control", "trust")[unit % 2])
    log.mark("2020-12")
    assert people(log, "work.missing") == [("2020-12", 10, 10, 10, 10)]


def test_where_looks_are_counted_nobody_is_missing_in_the_month_that_has_only_begun(make, plan_of):
    log = make.log(plan_of(look="P10N", lateness=..., claims={"effect": {}}))
    for unit in range(1, 21):
        log.enrol(unit, start="2020-01-15", arm=("control", "trust")[unit % 2])
    for unit in range(1, 21):
        log.observe("2020-07", unit=unit, arm=("control", "trust")[unit % 2])
    assert len(log.closings) == 2
    assert people(log, "work.missing") == []


def test_drop_out_is_held_against_none_whatever_the_margin_of_effects(make, plan_of):
    log = make.log(plan_of(claims={"effect": {"margin_odds_ratio": 0.5}}))
    for unit in range(1, 61):
        log.enrol(unit, start="2020-01-15", arm=("control", "trust")[unit % 2])
        if unit % 2 or unit % 4:
            log.observe("2020-07", unit=unit, arm=("control", "trust")[unit % 2])
    log.mark("2020-12")
    told = (row for closing in log.closings for row in closing.rows)
    (row,) = (row for row in told if row.indicator == "work.missing" and _is_everybody(row))
    assert (row.n_a, row.k_a, row.n_b, row.k_b) == (30, 15, 30, 0)
    assert row.log_e_better > 2


def _is_everybody(row):
    return (row.arm, row.region, row.group) == ("trust", "all", "all")


def test_a_version_without_a_group_awaits_those_who_were_enrolled_in_it(make, plan_of):
    first = plan_of(claims={"effect": {}})
    second = plan_of(
        version=2,
        supersedes_reason="one group less",
        effective_from="2020-08",
        groups=[{"id": "older", "label": "over fifty", "disadvantaged": False}],
        claims={"effect": {}},
    )
    log = make.log(first, second)
    for unit in range(1, 31):
        log.enrol(unit, start="2020-01-15", arm=("control", "trust")[unit % 2], groups=["parents"])
    log.register(second)
    assert log.observe("2020-08", unit=99, groups=[]) == "counted"
    log.mark("2020-12")
    assert people(log, "work.missing")[-1][1:] == (15, 15, 15, 15)


def test_a_version_that_measures_the_same_people_again_comes_into_force(make, plan_of):
    first = plan_of(claims={"effect": {}})
    second = plan_of(
        version=2,
        supersedes_reason="the same people every month",
        effective_from="2020-08",
        measured="repeatedly",
        looks=6,
        claims={"effect": {}},
    )
    log = make.log(first, second)
    assert log.observe("2020-07", unit=1) == "counted"
    log.register(second)
    assert log.observe("2020-08", unit=1) == "counted"
    assert log.observe("2020-08", unit=1) == "duplicate"
    assert log.observe("2020-09", unit=1) == "counted"


def test_areas_in_another_order_are_the_same_comparison(make):
    definitions = [
        {row.key: row.definition for row in _rows(make.plan(regions=regions))}
        for regions in ("north, south", "south, north")
    ]
    assert definitions[0] == definitions[1]


def _rows(plan):
    return comparisons(plan, plan.indicator("work"))


@pytest.mark.parametrize("pre_period", [{"from": "2019-02", "to": "2019-12"}, {"from": "2018", "to": "2019-09"}])
def test_a_time_before_that_cuts_a_look_in_two_is_refused(plan_of, pre_period):
    with pytest.raises(PlanError, match="whole look of P1Y"):
        plan_of(look="P1Y", pre_period=pre_period, claims={"gap": {"baseline": "pre_period"}})
