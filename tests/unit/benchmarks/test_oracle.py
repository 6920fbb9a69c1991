"""The oracle's mean times agree with published tables, with arithmetic by hand, and with its own simulation."""

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.oracle import count_chain, normal_chain, oracle


@pytest.mark.parametrize(("threshold", "run_length", "delay"), [(4, 336, 8.38), (5, 930, 10.4)])
def test_normal_run_lengths_are_the_published_ones(threshold, run_length, delay):
    # Montgomery, Introduction to Statistical Quality Control, CUSUM with k = 1/2: two-sided 168 and 465, half of ours
    chain = normal_chain(1.0, step=1.0)(threshold)
    assert chain.run_length == pytest.approx(run_length, rel=0.005)
    assert chain.oracle(0).worst == pytest.approx(delay, rel=0.005)


def test_two_heads_in_a_row_take_six_tosses():
    scores, fair = np.array([[-9.0, 1.0]]), np.array([[0.5, 0.5]])
    assert count_chain(scores, fair, fair, step=1.0)(2).run_length == pytest.approx(6.0)


def test_a_season_of_equal_parts_changes_nothing():
    events = np.arange(4)
    before, after = binom.pmf(events, 3, 0.2)[None, :], binom.pmf(events, 3, 0.4)[None, :]
    scores = np.log(after / before)
    once = count_chain(scores, before, after, step=0.05)(60)
    thrice = count_chain(*(np.repeat(each, 3, axis=0) for each in (scores, before, after)), step=0.05)(60)
    assert once.run_length == pytest.approx(thrice.run_length)
    assert once.oracle(20).later == pytest.approx(thrice.oracle(20).later)


def test_the_delay_after_quiet_looks_is_that_of_a_simulation():
    threshold, shift, looks = 4.0, 0.5, 30
    rng = np.random.default_rng(5)
    state, times = np.zeros(40_000), []
    for look in range(400):
        scores = shift * (rng.standard_normal(len(state)) + (shift if look >= looks else 0.0)) - shift**2 / 2.0
        state = np.maximum(state + scores, 0.0)
        if look >= looks:
            times += [look - looks + 1] * int((state >= threshold).sum())
        state = state[state < threshold]
    error = np.std(times) / np.sqrt(len(times))
    assert normal_chain(shift, step=1.0)(4).oracle(looks).later == pytest.approx(np.mean(times), abs=4.0 * error)


def test_the_wanted_run_length_lies_between_the_thresholds_around_it():
    found = oracle(normal_chain(1.0, step=0.01), run_length=930.0, change_after=0, highest=1_000)
    assert found.worst == pytest.approx(10.4, rel=0.005)
    assert found.later == found.worst
