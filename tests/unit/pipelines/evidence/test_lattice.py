"""Sums on a lattice equal sums over every term, and serve the odds ratios around those they were laid out for."""

import numpy as np
import pytest
from scipy.special import logsumexp

from pipelines.evidence.lattice import Lattices, Margins
from pipelines.evidence.partition import Partitions

SHIFTS = np.array([0.0, 0.3, -1.2])


def margins_of_any_skew(rng, n):
    """Draw populations from 30 to 100,000 and totals of events from none to all."""
    n_a, n_b = np.exp(rng.uniform(np.log(30), np.log(1e5), size=(2, n))).astype(np.int64)
    return n_a, n_b, (rng.beta(0.5, 0.5, n) * (n_a + n_b)).astype(np.int64)


def every_term(n_a, n_b, k, anchor, w):
    """Sum every term, from the ratios of neighbours in extended precision, up to a constant of the table."""
    lowest, highest = max(0, k - n_a), min(k, n_b)
    j = np.arange(lowest, highest, dtype=np.longdouble)
    log_ratio = np.log((k - j) * (n_b - j)) - np.log((j + 1) * (n_a - k + j + 1))
    log_terms = np.concatenate(([0], np.cumsum(log_ratio)))
    from_anchor = np.arange(lowest, highest + 1, dtype=np.longdouble) - anchor
    terms = log_terms[:, None] + np.outer(from_anchor, w)
    log_sums = logsumexp(terms, axis=0)
    return log_sums, (np.exp(terms - log_sums) * from_anchor[:, None]).sum(axis=0)


@pytest.mark.parametrize("seed", range(4))
def test_equal_the_sums_and_means_of_every_term(seed):
    rng = np.random.default_rng(seed)
    n_a, n_b, k = margins_of_any_skew(rng, 60)
    base = rng.uniform(-3.0, 3.0, 60)
    anchor = np.rint(n_b * (k / (n_a + n_b)))
    log_z, mean = Lattices(n_a, n_b, k, shifts=SHIFTS, anchor=anchor).log_sums_and_means(base)
    for at in range(60):
        expected, expected_mean = every_term(int(n_a[at]), int(n_b[at]), int(k[at]), anchor[at], base[at] + SHIFTS)
        np.testing.assert_allclose(np.diff(log_z[at]), np.diff(expected).astype(float), rtol=1e-12, atol=1e-11)
        np.testing.assert_allclose(mean[at], expected_mean.astype(float), rtol=1e-11, atol=1e-9)


@pytest.mark.parametrize("deviation", [4.4, 4.6, 5.4, 6.6, 9.0, 15.0])
def test_no_stride_is_too_wide_where_the_terms_are_widest_apart(deviation):
    """Few events among very many people are the worst case: their number is nearly Poisson, of this deviation."""
    n, k = 10_000_000, round(2 * deviation**2)
    anchor = np.array([float(k // 2)])
    log_z, _ = Lattices(*np.array([[n], [n], [k]]), shifts=SHIFTS, anchor=anchor).log_sums_and_means(np.zeros(1))
    expected, _ = every_term(n, n, k, anchor[0], SHIFTS)
    np.testing.assert_allclose(np.diff(log_z[0]), np.diff(expected).astype(float), rtol=0.0, atol=2e-13)


def test_are_laid_out_again_when_the_odds_ratio_moves_away():
    n_a, n_b, k = (np.array([count]) for count in (40_000, 25_000, 9_000))
    moving = Lattices(n_a, n_b, k, shifts=SHIFTS, anchor=np.zeros(1))
    for base in (0.0, 0.001, -2.5, 4.0, -0.3):
        fresh = Lattices(n_a, n_b, k, shifts=SHIFTS, anchor=np.zeros(1))
        np.testing.assert_allclose(moving.log_sums(np.array([base])), fresh.log_sums(np.array([base])), rtol=1e-14)


def test_small_supports_evaluated_whole_agree():
    rng = np.random.default_rng(12)
    n_a, n_b = rng.integers(0, 60, size=(2, 300))
    k = rng.integers(0, n_a + n_b + 1)
    base = rng.uniform(-4.0, 4.0, 300)
    whole = Partitions(n_a, n_b, k, shifts=SHIFTS)
    lattices = Lattices(n_a, n_b, k, shifts=SHIFTS, anchor=whole.anchor)
    for found, expected in zip(whole.log_sums_and_means(base), lattices.log_sums_and_means(base), strict=True):
        np.testing.assert_allclose(np.diff(found), np.diff(expected), rtol=1e-11, atol=1e-11)


def test_the_mode_is_a_largest_term():
    rng = np.random.default_rng(13)
    n_a, n_b, k = margins_of_any_skew(rng, 400)
    w = rng.uniform(-6.0, 6.0, 400)
    margins = Margins(*(column.astype(float) for column in (n_a, n_b, k)))
    mode = margins.mode(w)
    for neighbour in (mode - 1, mode + 1):
        possible = (neighbour >= margins.lowest) & (neighbour <= margins.highest)
        beside = np.where(possible, neighbour, mode)
        assert (margins.log_weight(beside) + w * beside <= margins.log_weight(mode) + w * mode + 1e-7).all()


@pytest.mark.parametrize("margins", [(12, 9, 8), (9, 12, 15), (30, 6, 6), (7, 7, 7)])
def test_the_number_of_events_is_a_sum_of_independent_indicators(oracles, margins):
    """Strides rest on it: each real negative root of the generating polynomial is one indicator."""
    weights = list(oracles.weights(*margins).values())
    roots = np.roots(weights[::-1])
    assert np.abs(roots.imag).max() < 1e-6 * np.abs(roots).max()
    assert (roots.real < 0.0).all()
