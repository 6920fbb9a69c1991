"""The smallest visible effect is what about 80 % of repetitions show, and shrinks with what is known."""

import numpy as np
import pytest
from scipy.stats import norm

from contracts.errors import StatisticsError
from pipelines.evidence.counts import information, log_e_counts
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.means import log_e_means
from pipelines.evidence.power import as_difference, smallest_visible, smallest_visible_mean

BETS = np.array([0.3, 0.5, 0.8, 1.2])


def test_equals_the_formula_for_one_bet_by_hand():
    """log(1/0.05)/(0.5*40) + 0.5/2 + 0.8416/sqrt(40)."""
    assert smallest_visible(40.0, bets=[0.5], alpha=0.05) == pytest.approx(0.1497866 + 0.25 + 0.1330686, abs=1e-6)


@pytest.mark.parametrize(("n", "share", "looks"), [(100, 0.3, 10), (300, 0.3, 10), (60, 0.1, 30), (1_000, 0.5, 5)])
def test_about_eighty_percent_of_repetitions_show_it(n, share, looks):
    """4,000 seeded repetitions (standard error 0.006): four bets together do a little better than the best alone."""
    told = looks * information([n], [round(n * share)], [n], [round(n * share)])[0]
    log_or = float(smallest_visible(told, bets=BETS, alpha=0.05))
    watched = share + float(as_difference(log_or, share))
    rng = np.random.default_rng(n)
    people = np.full(4_000 * looks, n)
    columns = people, rng.binomial(people, share), people, rng.binomial(people, watched)
    log_e = log_e_counts(*columns, bets=BETS, log_or_0=0.0).reshape(4_000, looks, len(BETS)).sum(axis=1)
    assert 0.78 <= (average_bets(log_e) >= np.log(20.0)).mean() <= 0.91


def test_more_information_shows_smaller_effects():
    found = smallest_visible(np.geomspace(0.1, 1e6, 200), bets=BETS, alpha=0.05)
    assert (np.diff(found) < 0.0).all()


def test_a_stricter_level_shows_less():
    assert smallest_visible(50.0, bets=BETS, alpha=0.01) > smallest_visible(50.0, bets=BETS, alpha=0.05)


def test_without_information_nothing_is_visible():
    assert smallest_visible(0.0, bets=BETS, alpha=0.05) == np.inf


def test_a_log_odds_ratio_becomes_a_difference_in_share():
    np.testing.assert_allclose(as_difference(np.log([2.0, 1.0, 0.5]), 0.2), [1 / 3 - 0.2, 0.0, 1 / 9 - 0.2], atol=1e-15)


def test_at_the_ends_of_the_scale_nothing_can_differ():
    assert as_difference([3.0, np.inf, -np.inf], [0.0, 1.0, 0.0]).tolist() == [0.0, 0.0, 0.0]
    assert as_difference([np.inf, -np.inf], 0.25).tolist() == [0.75, -0.25]


@pytest.mark.parametrize("tau", [0.05, 1.0])
def test_eighty_percent_of_estimates_around_the_smallest_visible_mean_show_it(tau):
    """The e-process reaches 1 / alpha at the 20 % point of the estimates; 0.8416 is that point to four digits."""
    variance = np.array([1e-4, 0.01, 2.0])
    smallest = smallest_visible_mean(variance, tau=tau, alpha=0.05)
    estimate = norm.ppf(0.2, smallest, np.sqrt(variance))
    log_e = log_e_means(1.0, estimate, variance, tau=tau, null=0.0, sign=1.0)
    np.testing.assert_allclose(log_e, np.log(20.0), atol=1e-3)


def test_a_mean_that_is_known_better_shows_smaller_differences():
    assert (np.diff(smallest_visible_mean(np.geomspace(1e-6, 10.0, 100), tau=0.1, alpha=0.05)) > 0.0).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: smallest_visible(-1.0, bets=BETS, alpha=0.05), "information"),
        (lambda: smallest_visible(np.nan, bets=BETS, alpha=0.05), "information"),
        (lambda: smallest_visible(1.0, bets=[-0.3], alpha=0.05), "above 0"),
        (lambda: smallest_visible(1.0, bets=BETS, alpha=2.0), "alpha is 2.0"),
        (lambda: smallest_visible_mean([0.0], tau=0.1, alpha=0.05), "variances above 0"),
        (lambda: smallest_visible_mean([0.1], tau=0.0, alpha=0.05), "tau"),
        (lambda: smallest_visible_mean([0.1], tau=0.1, alpha=1.0), "alpha is 1.0"),
        (lambda: as_difference(0.1, 1.2), "share"),
        (lambda: as_difference(np.nan, 0.2), "log_or"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(StatisticsError, match=said):
        call()
