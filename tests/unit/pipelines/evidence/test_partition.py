"""The sum over tables with the same margins is right for any skew, any share of events and any odds ratio."""

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.counts import log_partition

CELLS = [(20, 20), (10_000, 10), (10, 10_000), (1, 1), (0, 5), (7, 0), (0, 0), (300, 500), (2_000, 70)]
LOG_ODDS_RATIOS = (-6.0, -1.2, -0.1, 0.0, 0.3, 2.0, 6.0)


def event_totals(n_a, n_b):
    n = n_a + n_b
    return sorted({0, min(1, n), n // 3, n // 2, max(n - 1, 0), n, min(n_a, n_b), max(n_a, n_b)})


@pytest.mark.parametrize(("n_a", "n_b"), CELLS)
@pytest.mark.parametrize("w", LOG_ODDS_RATIOS)
def test_equals_the_sum_of_all_terms_with_sixty_digits(oracles, n_a, n_b, w):
    for k in event_totals(n_a, n_b):
        assert log_partition(n_a, n_b, k, w) == pytest.approx(
            oracles.log_partition(n_a, n_b, k, w), rel=2e-14, abs=2e-14
        )


def test_is_the_number_of_ways_to_choose_the_events_at_odds_ratio_one():
    assert log_partition(6, 4, 5, 0.0) == pytest.approx(np.log(252.0), rel=1e-15)


def test_swapping_the_cells_reverses_the_sign_of_the_log_odds_ratio():
    n_a, n_b, k, w = 4_000_000, 300, 90_000, np.array([-6.0, -0.4, 0.7, 6.0])
    np.testing.assert_allclose(log_partition(n_b, n_a, k, -w) + w * k, log_partition(n_a, n_b, k, w), rtol=1e-14)


def test_counting_what_did_not_happen_tells_the_same():
    n_a, n_b, k, w = 10_000_000, 7_000_000, 2_000_000, np.array([-2.0, -0.1, 0.4])
    complement = log_partition(n_a, n_b, n_a + n_b - k, -w) + w * n_b
    np.testing.assert_allclose(log_partition(n_a, n_b, k, w), complement, rtol=1e-14)


def test_beyond_any_sensible_odds_ratio_only_the_outermost_term_is_left():
    """C(2000, 500) at the highest j, C(1000, 500) at the lowest."""
    found = log_partition(1_000, 2_000, 500, np.array([300.0, -300.0])) - [300.0 * 500, 0.0]
    expected = [log_partition(0, 2_000, 500, 0.0), log_partition(1_000, 0, 500, 0.0)]
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_counts_and_log_odds_ratios_broadcast(oracles):
    sums = log_partition(np.array([[5], [8]]), 6, np.array([[3], [4]]), np.array([0.0, 0.5, -0.5]))
    assert sums.shape == (2, 3)
    assert sums[1, 2] == pytest.approx(oracles.log_partition(8, 6, 4, -0.5), rel=1e-14)


def test_no_table_gives_no_sum():
    assert log_partition(np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), 0.0).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((3, 3, 7, 0.0), "k is 7, above n_a \\+ n_b = 6"),
        ((-1, 3, 2, 0.0), "n_a\\[0\\] is -1"),
        ((3, 3, 2, np.inf), "w holds a value that is not finite"),
        ((3.5, 3, 2, 0.0), "counts are whole numbers"),
        (([3, 4], [3, 4, 5], 2, 0.0), "shapes that do not fit"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, said):
    with pytest.raises(StatisticsError, match=said):
        log_partition(*arguments)
