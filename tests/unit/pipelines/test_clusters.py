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


# Clusters that return


def receive(log, month, clusters, *, arm="trust", value=1):
    return [log.observe(month, arm=arm, cluster=f"{arm} {cluster}", value=value) for cluster in clusters]


def last_effect(log):
    life = [row for each in log.closings for row in each.rows if (row.claim, row.region) == ("effect", "all")]
    return [row for row in life if (row.indicator, row.arm, row.group) == ("work", "trust", "all")][-1]


@pytest.fixture
def contributed(log):
    """Forty clusters a side that all contributed, and differ so much that the effect stands."""
    for arm in ("control", "trust"):
        receive(log, "2020-07", range(20), arm=arm, value=int(arm == "trust"))
        receive(log, "2020-07", range(20, 40), arm=arm, value=1)
    log.mark()
    assert (last_effect(log).stands, last_effect(log).guarantee) == ("better", "asymptotic")
    return log


def test_caseworkers_who_return_take_the_guarantee_and_what_stood_is_withdrawn(contributed):
    assert receive(contributed, "2020-08", range(5)) == ["cluster_closed"] * 5
    other(contributed, "2020-08")
    contributed.restart()
    other(contributed, "2020-09")
    row = last_effect(contributed)
    assert (row.state, row.stands, row.guarantee) == ("withdrawn", None, "descriptive")
    assert (
        row.reason == "descriptive: clusters got units after they had contributed; their first units alone are counted"
    )


def test_a_few_clusters_that_return_are_taken_for_mistakes(contributed):
    """Four of eighty are 5 %, as many as may; each counts once however often it returns."""
    for _ in range(3):
        assert receive(contributed, "2020-08", range(4)) == ["cluster_closed"] * 4
    other(contributed, "2020-08")
    other(contributed, "2020-09")
    assert last_effect(contributed).stands == "better"


def test_units_that_are_merely_late_say_nothing_about_their_cluster(contributed):
    other(contributed, "2020-08")
    assert receive(contributed, "2020-07", range(40)) == ["cluster_closed"] * 40
    other(contributed, "2020-09")
    assert last_effect(contributed).stands == "better"


def test_enrolments_into_clusters_that_contributed_tell_that_they_are_open_ended(contributed):
    for place in range(5):
        assert contributed.enrol(place + 5000, start="2020-08-01", cluster=f"trust {place}") == "counted"
    for month in ("2020-08", "2020-09"):
        other(contributed, month)
    assert last_effect(contributed).guarantee == "descriptive"


def test_a_marker_lets_a_cluster_contribute_of_which_the_last_members_never_report(log):
    log.enrol(1, start="2020-01-10", cluster="a")
    log.enrol(2, start="2020-02-10", cluster="a")
    assert log.observe("2020-07", unit=1, cluster="a", value=1) == "counted"
    log.mark("2020-07")
    assert counts(log) == []
    log.mark("2020-08")
    assert counts(log) == [("2020-08", 0, 0, 1, 1)]
    log.mark("2020-09")
    assert [look for look in log.looks if look[0] == "work"] == [("work", "2020-07", 1, 1), ("work", "2020-08", 2, 0)]
    assert log.observe("2020-10", unit=2, cluster="a") == "cluster_closed"
