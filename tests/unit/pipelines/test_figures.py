"""Derived figures: intervals that allow for the selection, when a change began, levels with a floor and a target."""

from math import log

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, gammaln, logit, logsumexp

MONTHS = [f"{2020 + place // 12}-{1 + place % 12:02}" for place in range(30)]
BETS = np.array([0.3, 0.5, 0.8, 1.2])


def work(**changes):
    return {
        "id": "work",
        "label": "works",
        "type": "binary",
        "direction": "higher_is_better",
        "aspect": "economic",
        "horizon": "now",
        "role": "primary",
        "relevant_difference": 0.05,
    } | changes


def folded(log, share_of, *, months=MONTHS, n=60, seed=3):
    """Fold n people a month, half in each arm; `share_of` gives the share by place of the month and arm."""
    chance = np.random.default_rng(seed)
    for place, month in enumerate(months):
        for person in range(n):
            arm = ("control", "trust")[person % 2]
            log.observe(month, arm=arm, value=int(chance.random() < share_of(place, arm)))
    log.mark()
    return [row for closing in log.closings for row in closing.rows]


def of(rows, claim, **cell):
    wanted = {"claim": claim, "indicator": "work", "region": "all", "group": "all"} | cell
    return [row for row in rows if all(getattr(row, key) == value for key, value in wanted.items())]


# Intervals


@pytest.fixture(scope="module")
def harmed(make_log_module, plan_of):
    return folded(make_log_module(plan_of()), lambda _, arm: 0.2 if arm == "trust" else 0.5, months=MONTHS[:12])


def test_the_selected_interval_is_given_where_something_stands_and_is_the_wider_one(harmed):
    rows = [row for row in of(harmed, "effect", arm="trust") if row.state != "too_early"]
    assert {row.stands for row in rows} == {None, "worse"}
    for row in rows:
        assert (row.selected_upper is None) == (row.stands is None)
        if row.stands is not None:
            assert row.selected_lower is None or row.selected_lower <= row.lower
            assert row.upper < row.selected_upper


def test_an_odds_ratio_interval_ends_where_its_evidence_is_two_over_alpha(make, plan_of):
    """One look, so one table: the upper end by root finding on the likelihood ratio."""
    shares = {"control": 0.6, "trust": 0.3}
    (row,) = of(
        folded(make.log(plan_of()), lambda _, arm: shares[arm], months=MONTHS[:1], n=200), "effect", arm="trust"
    )
    j = np.arange(max(0, row.k_a + row.k_b - row.n_a), min(row.k_a + row.k_b, row.n_b) + 1)
    ways = log_choose(row.n_a, row.k_a + row.k_b - j) + log_choose(row.n_b, j)

    def evidence(log_or):
        log_e = [-d * row.k_b - logsumexp(ways + (log_or - d) * j) + logsumexp(ways + log_or * j) for d in BETS]
        return logsumexp(log_e) - log(len(BETS)) - log(2 / 0.05)

    assert log(row.upper) == pytest.approx(brentq(evidence, log(row.estimate), 5), abs=1e-9)


def log_choose(n, k):

    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


# When a change began


@pytest.mark.parametrize("change", [15, 20])
def test_began_is_near_the_true_change(make, plan_of, change):
    rows = folded(make.log(plan_of()), lambda place, arm: 0.1 if arm == "trust" and place >= change else 0.5, n=160)
    recent = [row for row in of(rows, "effect", arm="trust") if row.recent is not None]
    assert {row.recent for row in recent} == {"worse"}
    assert all(abs(row.began - (change + 1)) <= 1 for row in recent[2:])
    assert len(recent) > 3


def test_a_level_tells_when_it_was_left_too(make, plan_of):
    plan = plan_of(indicators=[work(floor=0.4)], claims={"level": {}})
    rows = folded(make.log(plan), lambda place, _: 0.5 if place < 15 else 0.1, n=100)
    recent = [row for row in of(rows, "level", arm="all") if row.recent == "worse"]
    assert len(recent) > 3
    assert all(abs(row.began - 16) <= 1 for row in recent[2:])


# Levels


@pytest.mark.parametrize(
    ("share", "stands"), [(0.1, "worse"), (0.4, None), (0.9, "better")], ids=["below", "between", "above"]
)
def test_a_floor_and_a_target_leave_room_between(make, plan_of, share, stands):
    plan = plan_of(indicators=[work(floor=0.3, target=0.6)], claims={"level": {}})
    rows = of(folded(make.log(plan), lambda *_: share, months=MONTHS[:10]), "level", arm="all")
    assert rows[-1].stands == stands
    assert (rows[-1].n_a, rows[-1].k_a, rows[-1].n_b) == (0, 0, 600)


@pytest.mark.parametrize(("direction", "worse"), [("higher_is_better", -1), ("lower_is_better", 1)])
def test_the_evidence_of_a_level_is_the_likelihood_ratio_against_floor_and_target(make, plan_of, direction, worse):
    levels = {"floor": 0.3, "target": 0.6} if worse < 0 else {"floor": 0.6, "target": 0.3}
    plan = plan_of(indicators=[work(direction=direction, **levels)], claims={"level": {}})
    row = of(folded(make.log(plan), lambda *_: 0.4, months=MONTHS[:4]), "level", arm="trust")[-1]
    for found, level, sign in ((row.log_e_worse, "floor", worse), (row.log_e_better, "target", -worse)):
        p = levels[level]
        q = expit(logit(p) + sign * BETS)
        log_e = row.k_b * np.log(q / p) + (row.n_b - row.k_b) * np.log((1 - q) / (1 - p))
        assert found == pytest.approx(logsumexp(log_e) - log(len(BETS)), abs=1e-9)
    assert row.difference == pytest.approx(row.k_b / row.n_b - levels["floor"])


def test_a_target_alone_is_both_and_floors_of_values_are_in_their_unit(make, plan_of):
    plan = plan_of(indicators=[work(target=0.5)], claims={"level": {}})
    rows = of(folded(make.log(plan), lambda *_: 0.1, months=MONTHS[:8]), "level", arm="all")
    assert rows[-1].stands == "worse"
    values = work(type="continuous", range=[0, 10], decimals=1, relevant_difference=1, floor=5)
    plan = plan_of(indicators=[values], claims={"level": {}})
    log = make.log(plan)
    for person in range(400):
        log.observe("2020-01", value=3.5 + person % 5 / 10)
    log.mark()
    (row,) = of(log.closings[0].rows, "level", arm="all")
    assert (row.stands, row.difference) == ("worse", pytest.approx(3.7 - 5))
