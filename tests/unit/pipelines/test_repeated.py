"""The same units at every look: evidence is the mean over the planned looks, and equals plain sums of scipy's terms."""

from math import log as ln

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

BETS = np.array([0.3, 0.5, 0.8, 1.2])
PLANNED = 3
EVENTS = {"2020-01": (5, 9), "2020-02": (4, 12), "2020-03": (6, 10), "2020-04": (2, 19)}
"""Events among 20 in the control and 20 in the watched arm."""


@pytest.fixture
def log(make, plan_of):
    return make.log(plan_of(measured="repeatedly", looks=PLANNED, claims={"effect": {}}))


@pytest.fixture
def life(log):
    for period, events in EVENTS.items():
        for arm, n_events in zip(("control", "trust"), events, strict=True):
            for person in range(20):
                unit = person + 100 * (arm == "trust")
                assert log.observe(period, unit=unit, arm=arm, value=int(person < n_events)) == "counted"
    log.mark()
    return [
        row
        for closing in log.closings
        for row in closing.rows
        if (row.arm, row.region, row.group) == ("trust", "all", "all")
    ]


def e_of_look(k_a, k_b, sign):
    """Return the mean over bets of the conditional likelihood ratio of a table of 20 and 20 people."""
    k, n = k_a + k_b, 20
    j = np.arange(max(0, k - n), min(k, n) + 1)
    ways = 2 * gammaln(n + 1) - gammaln(k - j + 1) - gammaln(n - k + j + 1) - gammaln(j + 1) - gammaln(n - j + 1)
    log_e = [d * k_b - logsumexp(ways + d * j) + logsumexp(ways) for d in sign * BETS]
    return np.exp(log_e).mean()


def test_evidence_is_the_sum_over_looks_over_the_planned_number_and_never_falls(life):
    for place, row in enumerate(life[:PLANNED]):
        seen = list(EVENTS.values())[: place + 1]
        for found, sign in ((row.log_e_worse, -1), (row.log_e_better, 1)):
            assert found == pytest.approx(ln(sum(e_of_look(*each, sign) for each in seen) / PLANNED), abs=1e-10)
    for way in ("log_e_worse", "log_e_better"):
        values = [getattr(row, way) for row in life]
        assert values == sorted(values)


def test_a_look_beyond_the_planned_ones_adds_nothing_and_is_descriptive(life):
    assert [row.guarantee for row in life] == ["exact"] * 3 + ["descriptive"]
    assert life[3].reason == "descriptive: 3 looks were planned"
    assert (life[3].log_e_worse, life[3].log_e_better) == (life[2].log_e_worse, life[2].log_e_better)
    assert [row.n_b for row in life] == [20, 40, 60, 80]


def test_there_are_no_detectors_and_no_intervals_that_multiply_looks(life):
    for row in life:
        assert row.log_detector_worse is row.log_detector_better is row.recent is None
        assert (row.lower, row.upper, row.difference_lower, row.difference_upper) == (None,) * 4
        assert row.estimate is not None


def test_a_unit_counts_once_in_every_look_and_a_closed_period_is_too_late(log):
    assert log.observe("2020-01", unit=1, value=1) == "counted"
    assert log.observe("2020-01", unit=1, value=1) == "duplicate"
    assert log.observe("2020-01", unit=1, value=0) == "conflicts_with_counted"
    assert log.observe("2020-02", unit=1, value=0) == "counted"
    assert log.observe("2020-01", unit=2, value=0) == "too_late"
    assert log.observe("2020-01", unit=1, value=1) == "duplicate"
    assert log.observe("2020-03", unit=1, arm="control") == "conflicts_with_enrolment"


# What the planned looks showed


def measure(log, month, n_people, share, *, arms=("control", "trust")):
    """Measure the same people of each arm; those numbered below their share have work."""
    for arm, worked in zip(arms, share, strict=True):
        for person in range(n_people):
            unit = person + 1000 * (arm == "trust")
            assert log.observe(month, unit=unit, arm=arm, value=int(person < worked * n_people)) == "counted"


def life_of(log):
    return [
        row
        for closing in log.closings
        for row in closing.rows
        if (row.indicator, row.arm, row.region, row.group) == ("work", "trust", "all", "all")
    ]


def test_what_stood_after_the_planned_looks_goes_on_standing_on_their_evidence(log):
    for month in range(1, 6):
        measure(log, f"2020-0{month}", 60, (0.2, 0.9) if month <= PLANNED else (0.5, 0.5))
    log.mark()
    rows = life_of(log)
    assert [row.stands for row in rows] == ["better"] * 5
    assert {(row.guarantee, row.reason) for row in rows} == {("exact", None)}
    assert rows[4].log_e_better == rows[PLANNED - 1].log_e_better


def test_people_are_counted_once_however_often_they_are_measured(log):
    """Nine people a side in three looks are 27 measurements, and fewer people than the ten that are needed."""
    for month in range(1, 4):
        measure(log, f"2020-0{month}", 9, (0.0, 1.0))
    log.mark()
    rows = life_of(log)
    assert [row.n_b for row in rows] == [9, 18, 27]
    assert {row.state for row in rows} == {"too_early"}


def test_looks_of_before_the_policy_are_none_of_the_planned_ones(make, plan_of):
    plan = plan_of(
        effective_from="2020-03",
        pre_period={"from": "2020-01", "to": "2020-02"},
        measured="repeatedly",
        looks=PLANNED,
        claims={"effect": {}},
    )
    log = make.log(plan)
    for month in range(1, 7):
        measure(log, f"2020-0{month}", 60, (0.2, 0.4))
    log.mark()
    strength = [row.log_e_better for row in life_of(log) if row.n_b]
    assert len(strength) == 4
    assert strength[0] < strength[1] < strength[2] == strength[3]


def test_a_comparison_that_begins_anew_has_all_its_planned_looks_before_it(make, plan_of):
    repeated = {"measured": "repeatedly", "looks": PLANNED}
    first = plan_of(claims={"effect": {}}, **repeated)
    second = plan_of(
        version=2,
        supersedes_reason="a margin",
        effective_from="2020-04",
        claims={"effect": {"margin_odds_ratio": 0.9}},
        **repeated,
    )
    log = make.log(first, second)
    log.register(second)
    for month in range(1, 8):
        measure(log, f"2020-0{month}", 60, (0.2, 0.4))
    log.mark()
    second_life = [row for row in life_of(log) if row.plan_version == 2]
    assert {row.guarantee for row in second_life[:3]} == {"exact"}
    strength = [row.log_e_better for row in second_life]
    assert len(strength) == 4
    assert strength[0] < strength[1] < strength[2] == strength[3]
