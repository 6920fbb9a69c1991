"""Evidence about every odds ratio at once: equal to the evidence about each, additive, falling or rising, valid."""

from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.profiles import (
    Grid,
    log_e_above,
    log_e_below,
    profile_terms,
    smallest_mean,
    smallest_product,
)

BETS = np.array([0.3, 0.5, 0.8, 1.2])
GRID = Grid.of(BETS)
DIRECTIONS = pytest.mark.parametrize(("direction", "sign"), [(log_e_above, 1.0), (log_e_below, -1.0)])


@st.composite
def tables(draw, most=60):
    """One table of counts, any skew."""
    n_a, n_b = draw(st.integers(0, most)), draw(st.integers(0, most))
    return n_a, draw(st.integers(0, n_a)), n_b, draw(st.integers(0, n_b))


many_tables = st.lists(tables(most=400), min_size=1, max_size=8)


def of_row(many, *, shift=0.0):
    """The profile and excess of one row that has these tables."""
    profile, excess = profile_terms(*np.array(many).T, grid=GRID, shift=shift)
    return profile.sum(axis=0, keepdims=True), excess.sum(keepdims=True)


@DIRECTIONS
@given(many=many_tables, step=st.integers(-150, 150), shift=st.sampled_from([0.0, -0.35667]))
def test_at_each_theta_it_is_the_evidence_of_the_counts_against_that_null(direction, sign, many, step, shift):
    counts = log_e_counts(*np.array(many).T, bets=sign * BETS, log_or_0=step / 50 + shift).sum(axis=0)
    found = direction(*of_row(many, shift=shift), grid=GRID)[0, step + 150]
    np.testing.assert_allclose(found, average_bets(counts), rtol=1e-11, atol=1e-11)


@DIRECTIONS
@given(many=many_tables)
def test_evidence_that_it_is_above_falls_in_theta_and_that_it_is_below_rises(direction, sign, many):
    profile, excess = of_row(many)
    log_e = direction(profile, excess, grid=GRID)[0]
    rounding = 1e-10 * (1.0 + np.abs(log_e).max()) + 1e-12 * np.abs(profile).max()  # of what is interpolated
    assert (sign * np.diff(log_e) <= rounding).all()


@given(many_tables, many_tables)
def test_profiles_of_tables_add(first, second):
    together, apart = of_row(first + second), [of_row(first), of_row(second)]
    for whole, parts in zip(together, zip(*apart, strict=True), strict=True):
        np.testing.assert_allclose(whole, sum(parts), rtol=1e-13, atol=1e-11)


@given(many_tables)
def test_exchanging_the_cells_exchanges_above_and_below(many):
    mirrored = [(n_b, k_b, n_a, k_a) for n_a, k_a, n_b, k_b in many]
    above = log_e_above(*of_row(many), grid=GRID)
    np.testing.assert_allclose(log_e_below(*of_row(mirrored), grid=GRID)[:, ::-1], above, rtol=1e-10, atol=1e-10)


def everything(table):
    """All tables with these margins."""
    n_a, k_a, n_b, k_b = table
    j = np.arange(max(0, k_a + k_b - n_a), min(k_a + k_b, n_b) + 1)
    return np.full_like(j, n_a), k_a + k_b - j, np.full_like(j, n_b), j


def log_p(table, log_or):
    """Log probabilities of all tables with these margins, by whole numbers of ways."""
    n_a, k_a, n_b, k_b = everything(table)
    log_ways = [log_choose(*cells) for cells in zip(n_a, k_a, n_b, k_b, strict=True)]
    terms = np.array(log_ways) + log_or * k_b
    return terms - logsumexp(terms)


def log_choose(n_a, k_a, n_b, k_b):
    return log(comb(int(n_a), int(k_a))) + log(comb(int(n_b), int(k_b)))


@settings(max_examples=40)
@given(tables(most=12), tables(most=12), st.floats(-3.0, 3.0), st.floats(0.0, 2.0))
def test_while_the_first_effect_is_not_the_larger_the_smallest_product_averages_at_most_one(first, second, x, more):
    """Every pair of tables with these margins, weighed with the true odds ratios x and x + more."""
    above = log_e_above(*profile_terms(*everything(first), grid=GRID), grid=GRID)
    below = log_e_below(*profile_terms(*everything(second), grid=GRID), grid=GRID)
    pairs = np.repeat(above, len(below), axis=0), np.tile(below, (len(above), 1))
    log_p_pairs = np.add.outer(log_p(first, x), log_p(second, x + more)).ravel()
    assert logsumexp(smallest_product(*pairs) + log_p_pairs) <= 1e-10


@settings(max_examples=40)
@given(tables(most=12), st.floats(-3.0, 0.0), st.booleans())
def test_the_smallest_mean_averages_at_most_one_though_both_effects_come_from_one_table(table, x, mirrored):
    """The second effect is the first, or the reverse of it, which is -x and not the smaller while x is at most 0."""
    n_a, k_a, n_b, k_b = everything(table)
    other = (n_b, k_b, n_a, k_a) if mirrored else (n_a, k_a, n_b, k_b)
    above = log_e_above(*profile_terms(n_a, k_a, n_b, k_b, grid=GRID), grid=GRID)
    below = log_e_below(*profile_terms(*other, grid=GRID), grid=GRID)
    assert logsumexp(smallest_mean(above, below) + log_p(table, x)) <= 1e-10
