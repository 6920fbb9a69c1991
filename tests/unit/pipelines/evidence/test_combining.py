"""What is made of several e-values averages at most one wherever the claim is false, whatever the dependence."""

from decimal import Decimal, localcontext
from itertools import combinations, product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp

from contracts.errors import StatisticsError
from pipelines.evidence.combining import adjusted, cumulated, weakest
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets

STREAMS, LOOKS = 4_000, 120
BETS = np.array([0.3, 0.8])


def quiet_e_processes(seed):
    """Log e-processes of looks with 20 people a side and equal shares; shape (streams, looks)."""
    rng = np.random.default_rng(seed)
    n = np.full(STREAMS * LOOKS, 20)
    steps = log_e_counts(n, rng.binomial(n, 0.3), n, rng.binomial(n, 0.3), bets=BETS, log_or_0=0.0)
    return average_bets(np.cumsum(steps.reshape(STREAMS, LOOKS, 2), axis=1))


def test_the_weakest_part_decides():
    assert weakest([1.0, -2.0, 3.0], [0.5, 5.0, -np.inf]).tolist() == [0.5, -2.0, -np.inf]
    assert weakest([[1.0], [4.0]], [3.0, 2.0]).tolist() == [[1.0, 1.0], [3.0, 2.0]]
    assert weakest(2.0) == 2.0


def test_a_claim_with_one_false_part_alarms_no_more_often_than_that_part():
    """The other part is as strong as it can be; at 1/alpha = 20 the 99.9 % limit over 4,000 streams is 6.1 %."""
    claim = weakest(quiet_e_processes(1), np.inf)
    assert 0.0 < (claim.max(axis=1) >= np.log(20.0)).mean() <= 0.061


@pytest.mark.parametrize("x", ["1.0000001", "1.001", "1.3", "1.6", "1.7", "3", "20", "1e6", "1e200"])
def test_the_adjustment_is_the_formula_computed_with_sixty_digits(x):
    with localcontext() as context:
        context.prec = 60
        value = Decimal(x)
        expected = float(((value - 1 - value.ln()) / value.ln() ** 2).ln())
        log_peak = float(value.ln())
    assert adjusted(log_peak) == pytest.approx(expected, rel=1e-13, abs=1e-15)


def test_the_adjustment_begins_at_a_half_and_is_nothing_before():
    assert adjusted([-3.0, 0.0, -np.inf]).tolist() == [-np.inf] * 3
    assert adjusted(1e-300) == pytest.approx(np.log(0.5))


def test_the_adjustment_of_enormous_evidence_neither_overflows_nor_vanishes():
    assert adjusted(1e5) == pytest.approx(1e5 - 2 * np.log(1e5), rel=1e-14)


def test_the_adjustment_never_falls():
    assert (np.diff(adjusted(np.linspace(1e-9, 40.0, 20_001))) > 0.0).all()


def test_the_adjustment_integrates_to_one_over_the_p_value_it_makes_of_a_maximum():
    """With u = exp(-t) the integral of A(1/u) over u from 0 to 1 is that of A(exp(t)) exp(-t) over t from 0."""
    near = quad(lambda t: float(np.exp(adjusted(t) - t)), 0.0, 30.0)[0]
    beyond = quad(lambda s: float(np.exp(adjusted(1.0 / s) - 1.0 / s)) / s**2, 1e-12, 1.0 / 30.0)[0]
    assert near + beyond == pytest.approx(1.0, abs=1e-8)


def test_what_is_adjusted_averages_at_most_one_even_at_the_best_moment_in_hindsight():
    """The moments are each stream's own best; unadjusted, the mean at them is far above 1."""
    peaks = np.maximum.accumulate(quiet_e_processes(2), axis=1)[:, -1]
    assert np.exp(peaks).mean() > 1.5
    assert 0.5 < np.exp(adjusted(peaks)).mean() <= 1.0


def test_cumulation_is_the_mean_of_the_smallest():
    log_e = np.log([[8.0, 1.0], [2.0, 4.0], [4.0, 9.0]])
    assert np.exp(cumulated(log_e, at_least=2)) == pytest.approx([3.0, 2.5])
    assert np.exp(cumulated(log_e, at_least=1)) == pytest.approx([14 / 3, 14 / 3])
    assert np.exp(cumulated(log_e, at_least=3)) == pytest.approx([2.0, 1.0])


def test_no_evidence_at_all_cumulates_to_none():
    assert cumulated([-np.inf, -np.inf, 5.0], at_least=2) == -np.inf


@pytest.mark.parametrize("at_least", [1, 2, 3, 4])
def test_cumulation_averages_at_most_one_while_fewer_are_so(at_least):
    """Four e-values of 0 or 4: nulls are 4 on quarters of a uniform number laid anyhow, all others always 1,000."""
    for true_ones in combinations(range(4), at_least - 1):
        for quarters in product(range(4), repeat=4):
            e = np.where(np.arange(4)[:, None] == quarters, 4.0, 0.0).T
            e[list(true_ones)] = 1_000.0
            with np.errstate(divide="ignore"):
                log_mean = logsumexp(cumulated(np.log(e), at_least=at_least)) - np.log(4.0)
            assert log_mean <= 1e-12


def test_what_makes_no_sense_is_refused():
    with pytest.raises(StatisticsError, match="at_least is 3"):
        cumulated([1.0, 2.0], at_least=3)
    with pytest.raises(StatisticsError, match="at_least is 0"):
        cumulated([1.0, 2.0], at_least=0)
    with pytest.raises(StatisticsError, match="at least one part"):
        weakest()
    with pytest.raises(StatisticsError, match="shapes that do not fit"):
        weakest([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(StatisticsError, match="not a number"):
        adjusted(np.nan)
