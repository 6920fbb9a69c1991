"""The interval of an odds ratio ends exactly where the evidence reaches the level, and misses as rarely as promised."""

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.intervals import odds_ratio_intervals

BETS = np.array([0.3, 0.5, 0.8, 1.2])
ALPHA = 0.05


def sample(rng, people, *, n_tables, odds_ratio=1.3):
    """Draw tables of up to `people` a side with a rate of their own and a common odds ratio."""
    n_a, n_b = rng.integers(1, people + 1, size=(2, n_tables))
    odds = rng.uniform(0.1, 1.5, n_tables)
    return (
        n_a,
        rng.binomial(n_a, odds / (1 + odds)),
        n_b,
        rng.binomial(n_b, odds * odds_ratio / (1 + odds * odds_ratio)),
    )


def intervals(columns, *, row, n_rows, alpha=ALPHA):
    return odds_ratio_intervals(*columns, row=row, n_rows=n_rows, bets=BETS, alpha=alpha)


def one_interval(columns):
    lower, upper = intervals(columns, row=np.zeros(len(columns[0]), dtype=int), n_rows=1)
    return lower[0], upper[0]


def log_mean_e(columns, odds_ratio, *, sign):
    return average_bets(log_e_counts(*columns, bets=sign * BETS, log_or_0=np.log(odds_ratio)).sum(axis=0))


@pytest.mark.parametrize(("people", "n_tables", "n_rows"), [(8, 90, 5), (60, 60, 6), (900, 30, 3), (20_000, 8, 4)])
def test_the_e_process_against_a_bound_equals_two_over_alpha(people, n_tables, n_rows):
    columns = sample(np.random.default_rng(people), people, n_tables=n_tables * n_rows)
    row = np.repeat(np.arange(n_rows), n_tables)
    lower, upper = intervals(columns, row=row, n_rows=n_rows)
    for each in range(n_rows):
        of_row = [column[row == each] for column in columns]
        assert log_mean_e(of_row, lower[each], sign=1.0) == pytest.approx(np.log(2 / ALPHA), abs=1e-9)
        assert log_mean_e(of_row, upper[each], sign=-1.0) == pytest.approx(np.log(2 / ALPHA), abs=1e-9)
        assert lower[each] < upper[each]


@pytest.mark.parametrize(
    "table", [(10_000, 400, 60, 45), (60, 45, 10_000, 400), (10_000_000, 4_000_000, 9_000_000, 3_610_000)]
)
def test_skewed_and_very_large_tables_are_bounded_exactly(table):
    columns = [np.array([count]) for count in table]
    lower, upper = one_interval(columns)
    assert log_mean_e(columns, lower, sign=1.0) == pytest.approx(np.log(40.0), abs=1e-9)
    assert log_mean_e(columns, upper, sign=-1.0) == pytest.approx(np.log(40.0), abs=1e-9)


def test_neither_the_order_nor_the_company_of_tables_matters():
    rng = np.random.default_rng(5)
    columns = sample(rng, 40, n_tables=200)
    row = rng.integers(0, 4, 200)
    shuffled = rng.permutation(200)
    found = intervals(columns, row=row, n_rows=4)
    again = intervals([column[shuffled] for column in columns], row=row[shuffled], n_rows=4)
    alone = [one_interval([column[row == each] for column in columns]) for each in range(4)]
    np.testing.assert_allclose(again, found, rtol=1e-12)
    np.testing.assert_allclose(np.transpose(alone), found, rtol=1e-12)


def test_exchanging_the_cells_inverts_the_interval():
    n_a, k_a, n_b, k_b = sample(np.random.default_rng(6), 50, n_tables=30)
    lower, upper = one_interval((n_a, k_a, n_b, k_b))
    assert one_interval((n_b, k_b, n_a, k_a)) == pytest.approx((1 / upper, 1 / lower), rel=1e-10)


def test_sides_that_nothing_bounds_are_not_a_number():
    """No event in b bounds from above only, no event in a from below only; empty tables and no tables bound nothing."""
    columns = np.array([(60, 30, 60, 0), (60, 0, 60, 30), (5, 1, 0, 0), (9, 4, 9, 4)]).T
    lower, upper = intervals(columns, row=[0, 1, 2, 4], n_rows=5)
    assert np.isnan(lower).tolist() == [True, False, True, True, True]
    assert np.isnan(upper).tolist() == [False, True, True, True, True]


def test_a_bound_far_away_is_found():
    """Events in b only, just enough of them: the largest possible e-value barely exceeds two over alpha."""
    k_b = next(k for k in range(1, 99) if average_bets(BETS * k) > np.log(40.0))
    columns = [np.array([count]) for count in (10, 0, 50, k_b)]
    lower, _ = one_interval(columns)
    assert log_mean_e(columns, lower, sign=1.0) == pytest.approx(np.log(40.0), abs=1e-9)


def test_no_rows_and_no_tables_are_no_mistake():
    none = np.zeros(0, dtype=int)
    lower, upper = intervals((none, none, none, none), row=none, n_rows=0)
    assert lower.shape == upper.shape == (0,)


def test_the_intervals_of_all_looks_together_miss_at_most_alpha():
    """1,000 seeded streams of 15 looks at alpha 0.2: the true value may lie outside at any look in 20 % of them.

    The bound itself is not random, so 0.2 plus four standard errors (0.05) fails by chance once in 30,000 runs.
    """
    n_streams, n_looks = 1_000, 15
    n_a, k_a, n_b, k_b = sample(np.random.default_rng(8), 40, n_tables=n_streams * n_looks)
    cumulative = [(look, table) for look in range(n_looks) for table in range(look + 1)]
    look, table = np.transpose(cumulative)
    tables = (np.arange(n_streams)[:, None] * n_looks + table).ravel()
    row = (np.arange(n_streams)[:, None] * n_looks + look).ravel()
    chosen = [column[tables] for column in (n_a, k_a, n_b, k_b)]
    lower, upper = intervals(chosen, row=row, n_rows=n_streams * n_looks, alpha=0.2)
    missed = ((lower > 1.3) | (upper < 1.3)).reshape(n_streams, n_looks).any(axis=1)
    assert 0.0 < missed.mean() <= 0.25


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"row": [0, 3]}, "row runs from 0 to 3; it must lie between 0 and 1"),
        ({"row": [0]}, "must name the row of 2 tables"),
        ({"bets": [-0.3, 0.3]}, "takes distances"),
        ({"alpha": 1.5}, "alpha is 1.5"),
    ],
)
def test_what_makes_no_sense_is_refused(options, said):
    options = {"row": [0, 1], "n_rows": 2, "bets": BETS, "alpha": ALPHA, **options}
    with pytest.raises(StatisticsError, match=said):
        odds_ratio_intervals([9, 9], [4, 5], [9, 9], [5, 6], **options)
