"""What may be concluded from many measured shares."""

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks.shares import Share, broken, undecided


def share(alarms, of, *, is_held=True):
    return Share.of_runs("runs", np.arange(of) < alarms, is_held=is_held)


@pytest.mark.parametrize(("alarms", "of"), [(0, 50), (7, 100), (100, 100)])
def test_limits_are_those_of_clopper_and_pearson(alarms, of):
    interval = binomtest(alarms, of).proportion_ci(0.98, method="exact")
    assert share(alarms, of).lower == pytest.approx(interval.low)
    assert share(alarms, of).upper == pytest.approx(interval.high)


def test_a_share_that_is_high_by_chance_among_many_is_undecided_not_broken():
    shares = [share(73, 1_000), *(share(30, 1_000) for _ in range(39))]
    assert shares[0].lower > 0.05
    assert broken(shares, 0.05) == []
    assert shares[0] in undecided(shares, 0.05)


def test_a_share_far_above_the_promise_breaks_it_and_naive_ones_are_not_held_to_it():
    shares = [share(150, 1_000), share(400, 1_000, is_held=False), share(10, 1_000)]
    assert broken(shares, 0.05) == shares[:1]
    assert undecided(shares, 0.05) == []
