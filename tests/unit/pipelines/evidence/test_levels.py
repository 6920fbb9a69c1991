"""Evidence about a share alone is the binomial likelihood ratio, and its interval holds at every look at once."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binom

from contracts.errors import StatisticsError
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.levels import level_intervals, log_e_levels

BETS = np.array([0.3, 0.5, 0.8, 1.2])


@pytest.mark.parametrize("share", [0.02, 0.3, 0.75])
@pytest.mark.parametrize("n", [1, 7, 60])
def test_equals_the_ratio_of_binomial_probabilities(n, share):
    k, bets = np.arange(n + 1), np.concatenate((BETS, -BETS))
    moved = expit(logit(share) + bets)
    expected = binom.logpmf(k[:, None], n, moved) - binom.logpmf(k[:, None], n, share)
    np.testing.assert_allclose(log_e_levels(np.full(n + 1, n), k, bets=bets, share=share), expected, atol=1e-10)


@pytest.mark.parametrize("bet", [0.3, 1.2, -0.5, -1.2])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_averages_exactly_one_at_the_share_and_less_on_the_harmless_side(share, bet):
    """Over all numbers of events among 40 people: the harmless side of a bet for "higher" is below the share."""
    k = np.arange(41)
    e = np.exp(log_e_levels(np.full(41, 40), k, bets=[bet], share=share)[:, 0])
    assert binom.pmf(k, 40, share) @ e == pytest.approx(1.0, abs=1e-12)
    for further in (0.1, 0.5, 2.0):
        assert binom.pmf(k, 40, expit(logit(share) - np.sign(bet) * further)) @ e < 1.0


def test_every_cell_may_have_a_share_of_its_own():
    together = log_e_levels([10, 30], [2, 5], bets=BETS, share=[0.1, 0.4])
    alone = [log_e_levels([n], [k], bets=BETS, share=p)[0] for n, k, p in ((10, 2, 0.1), (30, 5, 0.4))]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize(("n", "k"), [(40, 12), (500, 6), (1_000, 990), (10**6, 10**5)])
def test_the_evidence_is_two_over_alpha_at_both_bounds(n, k):
    (lower,), (upper,) = level_intervals([n], [k], bets=BETS, alpha=0.05)
    assert lower < k / n < upper
    for bound, sign in ((lower, 1.0), (upper, -1.0)):
        log_e = log_e_levels([n], [k], bets=sign * BETS, share=bound)
        assert average_bets(log_e)[0] == pytest.approx(np.log(40.0), abs=1e-6)


def test_no_events_or_only_events_bound_one_side_only():
    lower, upper = level_intervals([100, 100, 0], [0, 100, 0], bets=BETS, alpha=0.05)
    assert np.isnan([lower[0], upper[1], lower[2], upper[2]]).all()
    assert upper[0] == pytest.approx(1.0 - lower[1])
    assert 0.0 < upper[0] < 0.1


@pytest.mark.parametrize("share", [0.05, 0.4])
def test_streams_ever_miss_the_share_at_most_at_the_level(share):
    """2,000 seeded streams, looked at after every 40 of 1,000 people, at 10 %: four standard errors are 0.027."""
    rng = np.random.default_rng(round(100 * share))
    k = rng.binomial(40, share, size=(2_000, 25)).cumsum(axis=1)
    n = np.broadcast_to(40 * np.arange(1, 26), k.shape)
    lower, upper = level_intervals(n.ravel(), k.ravel(), bets=BETS, alpha=0.1)
    missed = ((lower > share) | (upper < share)).reshape(k.shape).any(axis=1)
    assert 0.0 < missed.mean() <= 0.127


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: log_e_levels([3], [4], bets=BETS, share=0.5), "k at most n"),
        (lambda: log_e_levels([3], [-1], bets=BETS, share=0.5), "at least 0"),
        (lambda: log_e_levels([3], [1], bets=BETS, share=1.0), "between 0 and 1"),
        (lambda: log_e_levels([3], [1], bets=BETS, share=[0.5, 0.5]), "shape"),
        (lambda: level_intervals([3], [1], bets=-BETS, alpha=0.05), "bets above 0"),
        (lambda: level_intervals([3], [1], bets=BETS, alpha=1.0), "alpha"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(StatisticsError, match=said):
        call()
