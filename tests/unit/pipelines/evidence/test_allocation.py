"""Doubts about the data: e-values average one while units come as planned and both arms report alike."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import dirichlet_multinomial, multinomial

from contracts.errors import StatisticsError
from pipelines.evidence.allocation import delay_imbalance, log_e_allocation, log_e_delay
from pipelines.evidence.detectors import average_bets

ALPHA = 0.05


def compositions(n, n_arms):
    return [each for each in product(range(n + 1), repeat=n_arms) if sum(each) == n]


# Units per arm


@pytest.mark.parametrize("planned", [[1, 1], [3, 1], [500, 250, 250], [0.7, 0.2, 0.05, 0.05]])
def test_equals_the_ratio_of_the_two_distributions_of_counts(planned):
    share = np.array(planned) / sum(planned)
    for counts in compositions(6, len(planned)):
        expected = dirichlet_multinomial.logpmf(counts, 100.0 * share, 6) - multinomial.logpmf(counts, 6, share)
        assert log_e_allocation(counts, planned) == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("concentration", [0.5, 20.0, 100.0])
@pytest.mark.parametrize(("planned", "n"), [([1, 1], 40), ([3, 1], 25), ([2, 1, 1], 12)])
def test_averages_exactly_one_over_all_counts_under_the_plan(planned, n, concentration):
    share = np.array(planned) / sum(planned)
    average = sum(
        multinomial.pmf(counts, n, share) * np.exp(log_e_allocation(counts, planned, concentration=concentration))
        for counts in compositions(n, len(planned))
    )
    assert average == pytest.approx(1.0, abs=1e-10)


def test_one_more_unit_leaves_it_the_same_on_average_so_it_may_be_read_at_any_time():
    share = np.array([0.5, 0.3, 0.2])
    for counts in ([0, 0, 0], [4, 1, 0], [90, 20, 40]):
        after = [np.exp(log_e_allocation(np.array(counts) + more, share)) for more in np.eye(3, dtype=int)]
        assert share @ after == pytest.approx(np.exp(log_e_allocation(counts, share)), rel=1e-10)


def test_streams_as_planned_ever_alarm_at_most_at_the_level():
    """400 seeded streams of 2 to 1, read after every 25 of 2,000 units: four standard errors beyond 5 % are 0.044."""
    rng = np.random.default_rng(1)
    counts = rng.multinomial(25, [2 / 3, 1 / 3], size=(400, 80)).cumsum(axis=1)
    log_e = [max(log_e_allocation(each, [2, 1]) for each in stream) for stream in counts]
    assert np.mean(np.array(log_e) >= np.log(1 / ALPHA)) <= ALPHA + 0.044


def test_a_tenth_of_one_arm_lost_is_found_within_fifteen_thousand_units():
    """Arms of 50 and 45: the expected evidence grows by 0.0014 nats a unit."""
    assert log_e_allocation([7_895, 7_105], [1, 1]) > np.log(100)
    assert log_e_allocation([7_500, 7_500], [1, 1]) < 0.0


@pytest.mark.parametrize(
    ("counts", "planned", "options"),
    [([1, 2], [1.0], {}), ([1, 2], [1.0, 0.0], {}), ([-1, 2], [1.0, 1.0], {}), ([1, 2], [1, 1], {"concentration": 0})],
)
def test_an_impossible_plan_is_refused(counts, planned, options):
    with pytest.raises(StatisticsError):
        log_e_allocation(counts, planned, **options)


# Reporting delay


def test_which_arm_reports_later_is_named():
    on_time, late = [[80, 15, 5]] * 6, [[60, 25, 15]] * 6
    found = delay_imbalance(on_time, late)
    assert (found.mean_lag_a, found.mean_lag_b) == (pytest.approx(0.25), pytest.approx(0.55))
    assert found.log_e_b_later > np.log(100)
    assert found.log_e_a_later < 0.0
    turned = delay_imbalance(late, on_time)
    assert turned.log_e_a_later == pytest.approx(found.log_e_b_later)
    assert turned.log_e_b_later == pytest.approx(found.log_e_a_later)


def test_the_mean_of_all_bets_is_the_mean_of_both_directions():
    found = delay_imbalance([[30, 10]], [[20, 15]])
    of_all = average_bets(log_e_delay([10], [40], [15], [35]))[0]
    assert np.exp(of_all) == pytest.approx((np.exp(found.log_e_a_later) + np.exp(found.log_e_b_later)) / 2)


def test_arms_that_report_alike_ever_alarm_at_most_at_the_level():
    """2,000 seeded streams of 24 looks whose lateness moves with the season: four standard errors are 0.019."""
    rng = np.random.default_rng(2)
    share = np.tile(0.2 + 0.15 * np.sin(np.arange(24) / 2), 2_000)
    n_a, n_b = np.full(len(share), 30), np.full(len(share), 15)
    log_e = log_e_delay(rng.binomial(n_a, share), n_a, rng.binomial(n_b, share), n_b).reshape(2_000, 24, -1)
    alarms = (average_bets(log_e.cumsum(axis=1)) >= np.log(1 / ALPHA)).any(axis=1)
    assert 0.0 < alarms.mean() <= ALPHA + 0.019


def test_an_arm_that_began_later_is_judged_by_own_periods_because_looks_would_call_it_early():
    """500 seeded streams in which both arms report alike and the second begins at look 12 of 24."""
    rng = np.random.default_rng(3)
    alarms = np.zeros(2)
    for _ in range(500):
        by_period = np.array([rng.multinomial(n, [0.7, 0.2, 0.1]) for n in [40] * 24 + [0] * 12 + [40] * 12])
        a, b = by_period[:24], by_period[24:]
        for way, (lags_a, lags_b) in enumerate([(a, b), (seen_in_looks(a), seen_in_looks(b))]):
            late_a, late_b = lags_a[:, 1:].sum(axis=1), lags_b[:, 1:].sum(axis=1)
            log_e = log_e_delay(late_a, lags_a.sum(axis=1), late_b, lags_b.sum(axis=1)).cumsum(axis=0)
            alarms[way] += average_bets(log_e).max() >= np.log(1 / ALPHA)
    of_periods, of_looks = alarms / 500
    assert of_periods <= ALPHA + 0.039
    assert of_looks > 4 * ALPHA


def seen_in_looks(by_period):
    """Return the same units by the look that counts them: those of lag 1 and 2 are seen one and two looks later."""
    return np.stack(
        [np.concatenate((np.zeros(lag, int), each[: len(each) - lag])) for lag, each in enumerate(by_period.T)], axis=-1
    )


@pytest.mark.parametrize(
    ("lags_a", "lags_b"), [([1, 2], [1, 2]), ([[1, 2]], [[1, 2, 3]]), ([[1, -2]], [[1, 2]]), ([[0, 0]], [[1, 2]])]
)
def test_impossible_lags_are_refused(lags_a, lags_b):
    with pytest.raises(StatisticsError):
        delay_imbalance(lags_a, lags_b)
