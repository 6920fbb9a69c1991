"""Continuous outcomes: exact sums, whatever the order, and the figures of a plain computation."""

import random
from fractions import Fraction
from math import log as ln

import numpy as np
import pytest
from scipy.special import log_ndtr

from pipelines.measures import Measure, Method, spread_of, squared

HOURS = {
    "id": "work",
    "label": "hours of work",
    "type": "continuous",
    "range": [0, 40],
    "decimals": 1,
    "direction": "higher_is_better",
    "aspect": "economic",
    "horizon": "now",
    "role": "primary",
    "relevant_difference": 2,
}


@pytest.fixture
def log(make, plan_of):
    return make.log(plan_of(indicators=[HOURS], claims={"effect": {}}, evidence={"minimum_n": 10}))


@pytest.fixture(scope="module")
def drawn():
    """Hours in the control and the watched arm, in two months."""
    chosen = random.Random(4)
    return {
        (month, arm): [round(min(max(chosen.gauss(mean, 6), 0), 40), 1) for _ in range(n)]
        for (month, arm, mean, n) in (
            *(("2020-01", "control", 20, 30), ("2020-01", "trust", 24, 25)),
            *(("2020-02", "control", 18, 20), ("2020-02", "trust", 23, 40)),
        )
    }


def folded(log, drawn, *, seed):
    for month in ("2020-01", "2020-02"):
        people = [(arm, value) for (when, arm), values in drawn.items() for value in values if when == month]
        random.Random(seed).shuffle(people)
        for arm, value in people:
            assert log.observe(month, arm=arm, value=value) == "counted"
    log.mark()
    return [row for c in log.closings for row in c.rows if (row.arm, row.region, row.group) == ("trust", "all", "all")]


def test_sums_are_exact_in_any_order(log, make, drawn):
    first = folded(log, drawn, seed=1)[-1]
    second = folded(make.log(*log.plans.values()), drawn, seed=2)[-1]
    exact = sum(Fraction(str(value)) for (_, arm), values in drawn.items() for value in values if arm == "trust")
    assert first.k_b == second.k_b == float(exact)
    assert (first.log_e_worse, first.estimate) == (second.log_e_worse, second.estimate)


def test_a_tenth_and_two_tenths_are_three_tenths(log):
    for value in (0.1, 0.2):
        log.observe("2020-01", value=value)
    log.mark()
    assert log.closings[0].rows[0].k_b == 0.3
    assert log.observe("2020-02", value=0.1 + 0.2) == "too_many_decimals"


def test_the_evidence_and_the_estimate_are_those_of_the_formula(log, drawn):
    row = folded(log, drawn, seed=1)[-1]
    weight, weighted, squares = 0.0, 0.0, 0.0
    for month in ("2020-01", "2020-02"):
        a, b = (np.array(drawn[month, arm]) for arm in ("control", "trust"))
        w = len(a) * len(b) / (len(a) + len(b))
        weight, weighted = weight + w, weighted + w * (b.mean() - a.mean())
        squares += w**2 * (a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    estimate, variance, tau = weighted / weight, squares / weight**2, 2.0
    mixed = variance + tau**2
    for found, sign in ((row.log_e_worse, -1), (row.log_e_better, 1)):
        expected = ln(2) + 0.5 * ln(variance / mixed) + tau**2 * estimate**2 / (2 * variance * mixed)
        expected += log_ndtr(sign * tau * estimate / np.sqrt(variance * mixed))
        assert found == pytest.approx(expected, abs=1e-9)
    assert (row.estimate, row.scale, row.guarantee) == (pytest.approx(estimate), "difference", "asymptotic")


def test_the_spread_of_large_values_loses_nothing():
    """Values around 2 * 10^9 that differ in the last decimal: squares of 62 bits, summed."""
    values = [2_000_000_000 + place % 2 for place in range(1000)]
    high, low = (sum(part) for part in zip(*map(squared, values), strict=True))
    mean, centred = spread_of(np.array([1000]), np.array([sum(values)]), np.array([[high, low]]), unit=1)
    assert (mean[0], centred[0]) == (2_000_000_000.5, 250.0)


def test_a_sum_is_written_as_people_write_it():
    tenths = Measure(Method.MEANS, 10)
    assert [tenths.written(total) for total in (3, 30, -5)] == [0.3, 3, -0.5]
    assert isinstance(tenths.written(30), int)
