"""An e-detector adds up the e-processes that start at every look, and a mixture averages its bets."""

import numpy as np
import pytest

from pipelines.evidence.detectors import average_bets, detect


def detector_path(log_l):
    log_m = np.full(log_l.shape[1:], -np.inf)
    path = []
    for look in log_l:
        log_m = detect(log_m, look)
        path.append(log_m)
    return np.array(path)


def test_equals_the_explicit_sum_over_start_times():
    log_l = np.random.default_rng(7).normal(-0.05, 0.6, size=(60, 3, 4))
    for t, found in enumerate(detector_path(log_l)):
        starts = [np.exp(log_l[start : t + 1].sum(axis=0)) for start in range(t + 1)]
        np.testing.assert_allclose(np.exp(found), sum(starts), rtol=1e-12)


def test_the_first_look_is_its_own_e_value():
    assert detect(np.array([-np.inf]), np.array([0.7])) == pytest.approx(0.7, abs=0.0)


def test_neither_large_nor_small_detectors_lose_their_value():
    np.testing.assert_allclose(detect(np.array([2_000.0, -2_000.0]), np.array([1.0, 1.0])), [2_001.0, 1.0], rtol=1e-15)


def test_a_quiet_detector_grows_by_one_a_look_on_average():
    """E[M_t] = t exactly; of 40,000 seeded streams the mean stays within five standard errors."""
    rng = np.random.default_rng(11)
    log_l = rng.normal(size=(5, 40_000)) * 0.3 - 0.3**2 / 2
    m = np.exp(detector_path(log_l)[-1])
    assert abs(m.mean() - 5.0) < 5 * m.std() / np.sqrt(m.size)


def test_the_mixture_is_the_log_of_the_mean():
    log = np.array([[0.0, np.log(3.0)], [-np.inf, np.log(4.0)]])
    np.testing.assert_allclose(average_bets(log), np.log([2.0, 2.0]), rtol=1e-15)
    np.testing.assert_allclose(average_bets(log, axis=0), np.log([0.5, 3.5]), rtol=1e-15)


def test_bets_that_all_earned_nothing_earned_nothing_together():
    assert average_bets(np.full((2, 4), -np.inf)).tolist() == [-np.inf, -np.inf]


def test_a_mixture_does_not_overflow():
    assert average_bets(np.array([5_000.0, 5_000.0, -5_000.0, -np.inf])) == pytest.approx(5_000.0 - np.log(2.0))
