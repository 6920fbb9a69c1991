"""What a row shows, and what it keeps to itself."""

import math

import numpy as np
import pytest


@pytest.fixture
def closed(log):
    """Close one look of 120 people an arm, with 30 and 60 events; `few` of them are in the south."""

    def close(n: int = 120):
        for number in range(n):
            region = "south" if number < 8 else "north"
            log.observe("2020-01", arm="control", region=region, value=int(number % 4 == 0))
            log.observe("2020-01", arm="trust", region=region, value=int(number % 2 == 0))
        log.mark()
        return {(row.claim, row.arm, row.region, row.group): row for row in log.closings[-1].rows}

    return close


def test_an_effect_has_estimate_and_interval_on_both_scales(closed):
    row = closed()["effect", "trust", "all", "all"]
    assert (row.n_a, row.k_a, row.n_b, row.k_b) == (120, 30, 120, 60)
    assert row.scale == "odds_ratio"
    assert row.lower < row.estimate < row.upper
    assert row.estimate == pytest.approx(3.0, rel=0.02)
    assert row.difference == pytest.approx(0.25)
    assert row.difference_lower < 0.25 < row.difference_upper
    assert 0 < row.smallest_visible < 0.5
    assert row.guarantee == "exact"


def test_the_bounds_are_where_evidence_reaches_twice_one_over_alpha(closed, plan):
    row = closed()["effect", "trust", "all", "all"]
    north, south = (112, 28, 112, 56), (8, 2, 8, 4)
    for bound, sign in ((row.lower, 1), (row.upper, -1)):
        log_e = [
            sum(_log_e(*table, bet=sign * bet, log_or_0=math.log(bound)) for table in (north, south))
            for bet in plan.evidence.bets
        ]
        assert np.logaddexp.reduce(log_e) - math.log(4) == pytest.approx(math.log(2 / 0.05), abs=1e-8)


def _log_e(n_a, k_a, n_b, k_b, *, bet, log_or_0):
    k = k_a + k_b
    j = np.arange(max(0, k - n_a), min(k, n_b) + 1)
    log_c = np.array([math.log(math.comb(n_a, k - i)) + math.log(math.comb(n_b, i)) for i in j])
    return bet * k_b - np.logaddexp.reduce(log_c + (log_or_0 + bet) * j) + np.logaddexp.reduce(log_c + log_or_0 * j)


def test_too_few_people_on_a_side_is_too_early_and_says_why(closed):
    row = closed()["effect", "trust", "south", "all"]
    assert row.state == "too_early"
    assert row.reason == "too_early: fewer than 10 people on a side"
    assert {row.scale, row.estimate, row.lower, row.upper, row.difference, row.smallest_visible} == {None}


def test_the_asymptotic_interval_waits_for_its_gate(closed):
    row = closed(n=60)["effect", "trust", "all", "all"]
    assert row.difference == pytest.approx(0.25)
    assert (row.difference_lower, row.difference_upper) == (None, None)
    assert row.lower is not None


def test_a_row_without_both_sides_has_no_detector_yet(log):
    for _ in range(12):
        log.observe("2020-01", arm="trust")
    log.mark()
    row = next(row for row in log.closings[-1].rows if row.claim == "effect" and row.group == "all")
    assert (row.n_a, row.n_b) == (0, 12)
    assert (row.log_e_worse, row.log_detector_worse) == (0.0, None)


def test_a_closing_shows_rows_whose_counts_changed_and_those_whose_standing_did(log):
    for number in range(150):
        log.observe("2020-01", arm="control", value=int(number % 2 == 0))
        log.observe("2020-01", arm="trust", value=int(number % 15 == 0))
    log.mark()
    assert all(row.indicator == "work" for row in log.closings[-1].rows)
    stood = {(row.claim, row.region) for row in log.closings[-1].rows if row.stands}
    assert ("effect", "all") in stood
    for number in range(400):
        log.observe("2020-02", arm=("control", "trust")[number % 2], groups=["parents"], indicator="debts", value=0)
    log.mark(indicator="debts")
    others = [row for row in log.closings[-1].rows if row.indicator == "work"]
    assert all(row.look_index == 1 for row in others)
    keys = [(row.claim, row.indicator, row.arm, row.region, row.group) for row in log.closings[-1].rows]
    assert keys == sorted(keys)
