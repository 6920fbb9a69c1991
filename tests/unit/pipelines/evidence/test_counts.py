"""E-values of tables equal their definition, and their expectation keeps the promise, whoever computes it."""

import numpy as np
import pytest
from scipy.stats import nchypergeom_fisher

from contracts.errors import StatisticsError
from pipelines.evidence.counts import information, log_e_counts

BETS = np.array([0.3, 0.5, 0.8, 1.2])
BOTH_WAYS = np.concatenate((BETS, -BETS))
TABLES = [(20, 3, 20, 5), (10_000, 900, 10, 2), (10, 4, 10_000, 4_500), (40, 0, 30, 0), (40, 40, 30, 30), (3, 2, 1, 1)]
MARGINS = [(20, 20, 8), (20, 20, 33), (150, 4, 30), (4, 150, 30), (9, 9, 9), (1, 1, 1), (30, 1, 2), (500, 60, 200)]


def one_table(n_a, k_a, n_b, k_b, **options):
    return log_e_counts([n_a], [k_a], [n_b], [k_b], **options)[0]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("log_or_0", [0.0, np.log(0.9), 2.5])
def test_equals_the_definition_with_sixty_digits(oracles, table, log_or_0):
    expected = [oracles.log_e(*table, bet=bet, log_or_0=log_or_0) for bet in BOTH_WAYS]
    np.testing.assert_allclose(one_table(*table, bets=BOTH_WAYS, log_or_0=log_or_0), expected, rtol=1e-12, atol=2e-14)


def test_equals_the_likelihood_ratio_of_scipys_noncentral_hypergeometric_distribution():
    rng = np.random.default_rng(20_260_101)
    n_a, n_b = rng.integers(1, 400, size=(2, 60))
    k_a, k_b = rng.binomial(n_a, 0.3), rng.binomial(n_b, 0.4)
    found = log_e_counts(n_a, k_a, n_b, k_b, bets=BOTH_WAYS, log_or_0=np.log(0.8))
    margins = (n_a + n_b)[:, None], n_b[:, None], (k_a + k_b)[:, None]
    at_bets = nchypergeom_fisher.logpmf(k_b[:, None], *margins, 0.8 * np.exp(BOTH_WAYS))
    at_null = nchypergeom_fisher.logpmf(k_b[:, None], *margins, 0.8)
    np.testing.assert_allclose(found, at_bets - at_null, atol=1e-9)


@pytest.mark.parametrize(
    "table",
    [
        (10_000_000, 3_000_000, 400_000, 120_500),
        (10_000_000, 300_000, 10_000_000, 300_500),
        (10_000_000, 2_000, 5_000_000, 1_070),
        (9_000_000, 8_990_000, 1_000_000, 998_700),
        (10_000_000, 9_000_000, 40, 30),
    ],
)
@pytest.mark.parametrize("bet", [-1.2, 0.3])
def test_millions_of_people_lose_no_digits(oracles, table, bet):
    found = one_table(*table, bets=[bet], log_or_0=np.log(0.9))[0]
    expected = oracles.log_e_of_extended_sums(*table, bet=bet, log_or_0=np.log(0.9))
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("margins", MARGINS)
@pytest.mark.parametrize("log_or_0", [-0.7, 0.0, 1.1])
@pytest.mark.parametrize("further", [0.0, 0.05, 0.4, 2.0])
def test_the_expectation_is_one_at_the_null_and_less_on_its_harmless_side(oracles, margins, log_or_0, further):
    n_a, n_b, k = margins
    for sign in (1.0, -1.0):
        k_b, p = oracles.distribution(n_a, n_b, k, log_or_0 - sign * further)
        columns = np.full_like(k_b, n_a), k - k_b, np.full_like(k_b, n_b), k_b
        e_values = np.exp(log_e_counts(*columns, bets=sign * BETS, log_or_0=log_or_0))
        expectation = p @ e_values
        if further:
            assert (expectation < 1.0).all()
        else:
            np.testing.assert_allclose(expectation, 1.0, rtol=1e-13)


def test_a_null_of_its_own_for_each_table_is_used_for_that_table():
    n_a, k_a, n_b, k_b = np.array([(20, 3, 20, 5), (800, 90, 900, 80), (20, 3, 20, 5)]).T
    nulls = np.array([0.0, -0.2, 0.7])
    together = log_e_counts(n_a, k_a, n_b, k_b, bets=BOTH_WAYS, log_or_0=nulls)
    alone = [one_table(*t, bets=BOTH_WAYS, log_or_0=null) for *t, null in zip(n_a, k_a, n_b, k_b, nulls, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("table", [(0, 0, 9, 4), (9, 4, 0, 0), (0, 0, 0, 0), (9, 0, 9, 0), (9, 9, 9, 9)])
def test_a_table_that_cannot_tell_is_no_evidence(table):
    assert (one_table(*table, bets=BOTH_WAYS, log_or_0=0.4) == 0.0).all()


def test_no_tables_give_no_evidence():
    none = np.zeros(0, dtype=np.int64)
    assert log_e_counts(none, none, none, none, bets=BOTH_WAYS, log_or_0=0.0).shape == (0, 8)


def test_information_is_the_variance_of_the_events_given_the_margins(oracles):
    k_b, p = oracles.distribution(30, 12, 17, 0.0)
    variance = p @ k_b**2 - (p @ k_b) ** 2
    np.testing.assert_allclose(information([30, 0, 1], [12, 0, 1], [12, 5, 0], [5, 5, 0]), [variance, 0, 0], rtol=1e-13)


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        (([3], [4], [3], [1]), {}, "table 0: k_a is 4, above n_a = 3"),
        (([3, 3], [1, 1], [3, 3], [1, 9]), {}, "table 1: k_b is 9, above n_b = 3"),
        (([3], [-1], [3], [1]), {}, "k_a\\[0\\] is -1"),
        (([3, 3], [1], [3], [1]), {}, "shapes"),
        (([[3]], [[1]], [[3]], [[1]]), {}, "one-dimensional"),
        (([3.0], [1], [3], [1]), {}, "n_a holds float64 values"),
        (([3], [1], [3], [1]), {"bets": []}, "bets are"),
        (([3], [1], [3], [1]), {"bets": [np.nan]}, "bets are"),
        (([3], [1], [3], [1]), {"log_or_0": [0.0, 0.0]}, "log_or_0 has shape"),
        (([3], [1], [3], [1]), {"log_or_0": np.inf}, "finite"),
    ],
)
def test_counts_that_cannot_be_are_refused(columns, options, said):
    with pytest.raises(StatisticsError, match=said):
        log_e_counts(*columns, **{"bets": [0.3], "log_or_0": 0.0, **options})
