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


OPEN_ENDED = "descriptive: clusters got units after they had contributed; their first units alone are counted"


def test_where_more_than_a_twentieth_returns_nothing_has_a_guarantee_any_more_and_a_look_says_so_at_once(contributed):
    """Three of an arm's forty; everything is refused, so no record would ever close a look."""
    assert receive(contributed, "2020-08", range(2)) == ["cluster_closed"] * 2
    contributed.restart()
    n_closings = len(contributed.closings)
    assert receive(contributed, "2020-08", [1, 1]) == ["cluster_closed"] * 2
    assert len(contributed.closings) == n_closings
    assert receive(contributed, "2020-08", [2]) == ["cluster_closed"]
    row = last_effect(contributed)
    assert (row.state, row.stands, row.guarantee, row.reason) == ("withdrawn", None, "descriptive", OPEN_ENDED)
    (closing,) = contributed.closings[n_closings:]
    assert (closing.look, closing.look_index, closing.n_counted) == ("2020-08", 2, 0)
    assert len(closing.rows) == len(contributed.closings[n_closings - 1].rows)
    assert {each.guarantee for each in closing.rows} == {"descriptive"}


def test_two_of_forty_are_taken_for_mistakes(contributed):
    receive(contributed, "2020-08", range(2))
    for month in ("2020-08", "2020-09"):
        other(contributed, month)
    assert (last_effect(contributed).stands, last_effect(contributed).guarantee) == ("better", "asymptotic")


def test_those_who_return_are_counted_within_their_arm(contributed):
    """Two and two of eighty would be no more than a twentieth of all; two in each arm are not more than one's."""
    receive(contributed, "2020-08", range(2), arm="control")
    receive(contributed, "2020-08", range(2))
    assert last_effect(contributed).stands == "better"
    receive(contributed, "2020-08", [2], arm="control")
    assert last_effect(contributed).guarantee == "descriptive"


def test_open_ended_clusters_stay_so_whoever_comes_after_them(contributed):
    receive(contributed, "2020-08", range(3))
    contributed.restart()
    receive(contributed, "2020-08", range(100, 160))
    other(contributed, "2020-09")
    assert last_effect(contributed).n_b == 100
    assert (last_effect(contributed).stands, last_effect(contributed).guarantee) == (None, "descriptive")


def test_a_look_with_records_says_it_when_it_closes(contributed):
    other(contributed, "2020-08")
    n_closings = len(contributed.closings)
    receive(contributed, "2020-08", range(3))
    assert len(contributed.closings) == n_closings
    contributed.restart()
    other(contributed, "2020-09")
    assert last_effect(contributed).guarantee == "descriptive"


def test_units_that_are_merely_late_say_nothing_about_their_cluster(contributed):
    other(contributed, "2020-08")
    assert receive(contributed, "2020-07", range(40)) == ["cluster_closed"] * 40
    other(contributed, "2020-09")
    assert last_effect(contributed).stands == "better"


def test_enrolments_that_would_have_been_due_later_tell_that_clusters_return(contributed):
    """Maturity is six months: who starts in January is due in July, with the look that closed."""
    for place in range(5):
        assert contributed.enrol(place + 5000, start="2020-01-31", cluster=f"trust {place}") == "counted"
    assert last_effect(contributed).stands == "better"
    for place in range(3):
        contributed.enrol(place + 6000, start="2020-02-01", cluster=f"trust {place}")
    assert last_effect(contributed).guarantee == "descriptive"


def test_nobody_is_awaited_of_a_cluster_that_contributed(make, plan_of):
    log = make.log(plan_of(cluster="class", claims={"effect": {}}, disclosure={"minimum_cell": 1, "round_to": 5}))
    log.enrol(1, start="2020-01-10", cluster="a")
    log.enrol(2, start="2020-01-10", cluster="b")
    log.observe("2020-07", unit=1, cluster="a")
    log.mark("2020-07")
    log.enrol(3, start="2020-01-12", cluster="a")
    for month in ("2020-08", "2020-09", "2020-10", "2020-11"):
        other(log, month)
    rows = [row for each in log.closings for row in each.rows if row.indicator == "work.missing"]
    assert [(row.n_b, row.k_b) for row in rows if (row.arm, row.region, row.group) == ("trust", "all", "all")] == [
        (2, 1)
    ]


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
