"""Estimates over strata equal the textbook's, worked out by hand or with whole numbers."""

from fractions import Fraction

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.estimates import difference_terms, mantel_haenszel_terms

STRATA = np.array([(50, 10, 40, 16), (200, 20, 20, 5), (8, 3, 9, 0)])


def test_mantel_haenszel_by_hand():
    """Two strata: R = 16*40/90 + 5*180/220 and S = 10*24/90 + 20*15/220."""
    terms = mantel_haenszel_terms(*STRATA[:2].T).sum(axis=0)
    assert terms[0] == pytest.approx(640 / 90 + 900 / 220, rel=1e-15)
    assert terms[1] == pytest.approx(240 / 90 + 300 / 220, rel=1e-15)


def test_mantel_haenszel_of_one_table_is_the_cross_product_ratio():
    r, s = mantel_haenszel_terms([50], [10], [40], [16])[0]
    assert r / s == pytest.approx((16 * 40) / (10 * 24), rel=1e-15)


def test_equal_strata_give_the_odds_ratio_they_share():
    """Odds 1 to 4 against 1 to 2 in each stratum: whatever their sizes, the odds ratio is 2."""
    terms = mantel_haenszel_terms([50, 500], [10, 100], [30, 60], [10, 20]).sum(axis=0)
    assert terms[0] / terms[1] == pytest.approx(2.0, rel=1e-15)


def test_the_weighted_difference_with_whole_numbers():
    expected = [[float(term) for term in exact_difference_terms(*map(int, table))] for table in STRATA]
    np.testing.assert_allclose(difference_terms(*STRATA.T), expected, rtol=1e-14)


def exact_difference_terms(n_a, k_a, n_b, k_b):
    w = Fraction(n_a * n_b, n_a + n_b)
    p_a, p_b = Fraction(k_a, n_a), Fraction(k_b, n_b)
    v = p_a * (1 - p_a) / (n_a - 1) + p_b * (1 - p_b) / (n_b - 1)
    return w, w * (p_b - p_a), w * w * v


def test_the_variance_is_that_of_numpys_sample_variance():
    zeros_and_ones = np.repeat([0, 1], [40, 10]), np.repeat([0, 1], [24, 16])
    w, _, w2v = difference_terms([50], [10], [40], [16])[0]
    assert w2v / w**2 == pytest.approx(sum(np.var(x, ddof=1) / len(x) for x in zeros_and_ones), rel=1e-14)


def test_tables_without_a_side_add_nothing():
    columns = [0, 7, 0, 1], [0, 3, 0, 1], [9, 0, 0, 40], [4, 0, 0, 3]
    assert (difference_terms(*columns) == 0.0).all()
    assert (mantel_haenszel_terms(*columns)[:3] == 0.0).all()


@pytest.mark.parametrize("terms", [mantel_haenszel_terms, difference_terms])
def test_more_events_than_people_are_refused(terms):
    with pytest.raises(StatisticsError, match="k_b is 5, above n_b = 4"):
        terms([3], [1], [4], [5])
