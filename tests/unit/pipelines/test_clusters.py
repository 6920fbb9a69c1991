"""Clusters: each contributes once, the mean of its units, when it is complete."""

import pytest

CLAIMS = {"effect": {}, "gap": {}}


@pytest.fixture
def log(make, plan_of):
    return make.log(plan_of(cluster="class", claims=CLAIMS, disclosure={"minimum_cell": 1, "round_to": 5}))


def counts(log, claim="effect", group="all", arm="trust"):
    """Return look, clusters and sums of means of a claim about `work`, closing by closing."""
    return [
        (row.look, row.n_a, row.k_a, row.n_b, row.k_b)
        for closing in log.closings
        for row in closing.rows
        if (row.claim, row.indicator, row.arm, row.region, row.group) == (claim, "work", arm, "all", group)
    ]


def other(log, month):
    """Count somebody of another cluster, so that the look of an earlier month closes."""
    unit = 9000 + int(month[-2:])
    assert log.observe(month, unit=unit, arm="guidance", cluster=f"other {month}") == "counted"


def test_a_cluster_contributes_with_the_look_that_holds_the_maturity_of_its_last_enrolment(log):
    """Enrolled in January and February: complete on 10 August."""
    log.enrol(1, start="2020-01-10", cluster="a")
    log.enrol(2, start="2020-02-10", cluster="a")
    assert log.observe("2020-07", unit=1, cluster="a", value=1) == "counted"
    other(log, "2020-08")
    assert counts(log) == []
    assert log.observe("2020-08", unit=2, cluster="a", value=0) == "counted"
    other(log, "2020-09")
    assert counts(log) == [("2020-08", 0, 0, 1, 0.5)]


def test_later_units_of_a_cluster_that_contributed_are_refused_and_repeated_ones_stay_duplicates(log):
    assert log.observe("2020-07", unit=1, cluster="a") == "counted"
    assert log.observe("2020-07", unit=2, cluster="a") == "counted"
    other(log, "2020-08")
    assert log.observe("2020-08", unit=3, cluster="a") == "cluster_closed"
    assert log.observe("2020-07", unit=1, cluster="a") == "duplicate"
    assert log.observe("2020-08", unit=3, cluster="a", indicator="debts") == "counted"
    log.restart()
    assert log.observe("2020-08", unit=4, cluster="a") == "cluster_closed"


def test_without_enrolments_a_cluster_contributes_with_the_look_of_its_first_unit(log):
    for unit, value in ((1, 1), (2, 0), (3, 0)):
        log.observe("2020-07", unit=unit, cluster="a", value=value)
    other(log, "2020-08")
    assert counts(log) == [("2020-07", 0, 0, 1, 0.333333)]


def test_a_late_unit_counts_while_its_cluster_waits(log):
    log.enrol(1, start="2020-02-10", cluster="a")
    other(log, "2020-08")
    log.observe("2020-08", unit=1, cluster="a", value=1)
    assert log.observe("2020-07", unit=2, cluster="a", value=0) == "counted"
    log.mark()
    assert counts(log) == [("2020-08", 0, 0, 1, 0.5)]


def test_for_a_gap_a_cluster_contributes_its_own_difference_and_one_with_one_side_nothing(log):
    for unit, (cluster, groups, value) in enumerate(
        [("a", ["parents"], 0), ("a", [], 1), ("a", [], 0), ("b", ["parents"], 1), ("c", [], 1)], start=1
    ):
        log.observe("2020-07", unit=unit, cluster=cluster, groups=groups, value=value)
    log.mark()
    assert counts(log, claim="gap", group="parents") == [("2020-07", 1, 0.5, 1, 0)]


@pytest.mark.parametrize(("n_clusters", "state"), [(29, "too_early"), (30, "watching")])
def test_thirty_clusters_a_side_are_needed(make, plan_of, n_clusters, state):
    log = make.log(plan_of(cluster="class", claims=CLAIMS))
    for place in range(n_clusters):
        for arm in ("control", "trust"):
            log.observe("2020-07", arm=arm, cluster=f"{arm} {place}", value=place % 2)
    log.mark()
    rows = [row for row in log.closings[0].rows if row.claim == "effect" and (row.arm, row.region) == ("trust", "all")]
    row = next(each for each in rows if each.group == "all")
    assert (row.state, row.n_a, row.n_b) == (state, n_clusters, n_clusters)
    assert (row.reason or "").startswith("too_few" if state == "too_early" else "")
    assert (row.estimate is None) == (state == "too_early")
