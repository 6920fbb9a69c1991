"""Enrolled units: when an outcome that was not received is missing, and what that does to an arm's effects."""

import pytest

MONTHS = ("2020-07", "2020-08", "2020-09", "2020-10", "2020-11")


@pytest.fixture
def log(make, plan_of):
    return make.log(plan_of(disclosure={"minimum_cell": 5, "round_to": 5}))


def rows_of(log, indicator):
    """Return the rows of an indicator for everybody in the arm `trust`, in order."""
    return [
        row
        for closing in log.closings
        for row in closing.rows
        if (row.claim, row.indicator, row.arm, row.region, row.group) == ("effect", indicator, "trust", "all", "all")
    ]


def enrol(log, numbers, *, start="2020-01-15", **cell):
    for unit in numbers:
        assert log.enrol(unit, start=start, **cell) == "counted"


def observe(log, period, numbers, **cell):
    for unit in numbers:
        assert log.observe(period, unit=unit, **cell) == "counted"


def pass_months(log, months=MONTHS):
    """Let other people be counted in every month, so that looks close."""
    for month in months:
        observe(log, month, [9000 + MONTHS.index(month)], arm="guidance")


def test_who_is_not_received_when_maturity_and_lateness_have_passed_is_missing_once(log):
    """Enrolled on 15 January: due on 15 July, missing after 15 September, so at the look of September."""
    enrol(log, range(100, 120), arm="control")
    enrol(log, range(200, 220), arm="trust")
    observe(log, "2020-07", range(100, 119), arm="control")
    observe(log, "2020-07", range(200, 212), arm="trust")
    pass_months(log)
    (row,) = rows_of(log, "work.missing")
    assert (row.look, row.n_a, row.k_a, row.n_b, row.k_b) == ("2020-09", 20, 1, 20, 8)


def test_an_outcome_within_the_lateness_is_not_missing_and_one_after_it_is_and_stays_so(log):
    enrol(log, range(100, 110), arm="control")
    enrol(log, range(200, 210), arm="trust")
    observe(log, "2020-07", range(100, 110), arm="control")
    pass_months(log, MONTHS[:3])
    observe(log, "2020-07", range(200, 205), arm="trust")
    pass_months(log, MONTHS[3:4])
    observe(log, "2020-10", range(205, 210), arm="trust")
    pass_months(log, MONTHS[4:])
    log.mark()
    assert [(row.look, row.n_b, row.k_b) for row in rows_of(log, "work.missing")] == [("2020-09", 10, 5)]


def test_the_outcome_that_closes_the_look_came_too_late_for_it(log):
    enrol(log, range(100, 105), arm="control")
    enrol(log, range(200, 205), arm="trust")
    pass_months(log, MONTHS[:3])
    observe(log, "2020-10", [200], arm="trust")
    assert [(row.look, row.n_b, row.k_b) for row in rows_of(log, "work.missing")] == [("2020-09", 5, 5)]


def test_an_outcome_counted_before_the_enrolment_is_not_missing(log):
    observe(log, "2020-07", range(100, 110), arm="control")
    observe(log, "2020-07", range(200, 206), arm="trust")
    enrol(log, range(100, 110), arm="control")
    enrol(log, range(200, 210), arm="trust")
    pass_months(log)
    (row,) = rows_of(log, "work.missing")
    assert (row.n_a, row.k_a, row.n_b, row.k_b) == (10, 0, 10, 4)


def test_nobody_who_is_enrolled_after_the_time_has_passed_is_awaited(log):
    enrol(log, range(100, 110), arm="control")
    enrol(log, range(200, 210), arm="trust")
    pass_months(log, MONTHS[:4])
    enrol(log, range(210, 220), arm="trust")
    observe(log, "2020-10", range(200, 215), arm="trust")
    pass_months(log, MONTHS[4:])
    log.mark()
    assert [(row.n_b, row.k_b) for row in rows_of(log, "work.missing")] == [(10, 10)]


def test_a_restart_forgets_nobody(make, plan_of):
    def missing(*, is_restarted):
        log = make.log(plan_of(disclosure={"minimum_cell": 5, "round_to": 5}))
        enrol(log, range(100, 110), arm="control")
        enrol(log, range(200, 210), arm="trust")
        observe(log, "2020-07", range(200, 204), arm="trust")
        pass_months(log, MONTHS[:2])
        if is_restarted:
            log.restart()
        observe(log, "2020-08", range(204, 206), arm="trust")
        pass_months(log, MONTHS[2:])
        return rows_of(log, "work.missing")

    assert missing(is_restarted=True) == missing(is_restarted=False)
    assert missing(is_restarted=True)[0].k_b == 4


def test_clusters_are_missing_as_a_share_of_their_units_when_nobody_of_them_is_awaited(make, plan_of):
    log = make.log(plan_of(cluster="class", claims={"effect": {}}, disclosure={"minimum_cell": 1, "round_to": 5}))
    enrol(log, [100, 101], arm="control", cluster="a")
    enrol(log, [200, 201], arm="trust", cluster="b")
    enrol(log, [202, 203], arm="trust", cluster="b", start="2020-02-15")
    observe(log, "2020-07", [200, 201, 202], arm="trust", cluster="b")
    for place, month in enumerate(MONTHS):
        observe(log, month, [9000 + place], arm="guidance", cluster=f"other {place}")
    rows = rows_of(log, "work.missing")
    assert [(row.look, row.n_a, row.k_a, row.n_b, row.k_b) for row in rows] == [
        ("2020-09", 1, 1, 0, 0),
        ("2020-10", 1, 1, 1, 0.25),
    ]


# Drop-out that differs


@pytest.fixture(scope="module")
def differing(make_log_module, plan_of):
    """A log in which the arm `trust` helps, and most of its people are missing; in `guidance` nobody is."""
    log = make_log_module(plan_of(disclosure={"minimum_cell": 5, "round_to": 5}))
    for arm, first, helped in (("control", 1000, 2), ("trust", 2000, 9), ("guidance", 3000, 9)):
        enrol(log, range(first, first + 150), arm=arm)
        n_seen = 60 if arm == "trust" else 150
        for indicator in ("work", "debts"):
            for unit in range(first, first + n_seen):
                value = int(unit % 10 < helped)
                assert log.observe("2020-07", unit=unit, arm=arm, indicator=indicator, value=value) == "counted"
    for place, month in enumerate(MONTHS):
        for indicator in ("work", "debts"):
            log.observe(month, unit=9000 + place, arm="control", indicator=indicator)
    return log


def last_by_place(log):
    return {(row.claim, row.indicator, row.arm, row.region, row.group): row for c in log.closings for row in c.rows}


def test_missing_outcomes_that_differ_stand_and_take_the_guarantee_from_the_arms_effects(differing):
    rows = last_by_place(differing)
    assert rows["effect", "work.missing", "trust", "all", "all"].stands == "worse"
    taken = rows["effect", "work", "trust", "all", "all"]
    assert (taken.guarantee, taken.stands, taken.state) == ("descriptive", None, "withdrawn")
    assert taken.reason == "descriptive: missing outcomes differ between the arms"


def test_the_rows_of_other_arms_keep_theirs(differing):
    rows = last_by_place(differing)
    kept = rows["effect", "work", "guidance", "all", "all"]
    assert (kept.guarantee, kept.stands, kept.reason) == ("exact", "better", None)
    others = [row for place, row in rows.items() if place[2] != "trust"]
    assert {row.guarantee for row in others} == {"exact"}
