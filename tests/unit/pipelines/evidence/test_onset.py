"""The estimated start of a change is the likeliest one, and near the true one."""

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.onset import most_likely_start

BETS = np.array([0.3, 0.5, 0.8, 1.2])
LOOKS, START, STREAMS, PEOPLE = 60, 40, 300, 100


def test_is_the_start_whose_e_process_is_largest():
    rng = np.random.default_rng(5)
    steps = rng.normal(scale=2.0, size=(12, 50, 3))
    from_each = [np.exp(steps[start:].sum(axis=0)).mean(axis=-1) for start in range(12)]
    assert most_likely_start(steps).tolist() == np.argmax(from_each, axis=0).tolist()


def test_one_row_may_come_without_an_axis_of_rows():
    steps = np.array([[-1.0, -2.0], [0.5, -4.0], [1.0, 3.0]])
    assert most_likely_start(steps) == most_likely_start(steps[:, None])[0] == 2


def test_a_look_without_a_table_is_not_named_before_one_that_has_some():
    assert most_likely_start(np.array([[-1.0], [0.0], [0.0], [2.0], [1.0]])) == 3


def test_where_everything_speaks_against_a_change_it_is_the_last_look():
    assert most_likely_start(-np.ones((9, 4))) == 8


def test_the_start_is_found_within_one_look_half_of_the_time_and_within_three_nine_times_in_ten():
    """300 seeded streams: shares of 20 % that rise to odds twice as large at look 40 of 60, 100 people a side."""
    rng = np.random.default_rng(11)
    n = np.full((LOOKS, STREAMS), PEOPLE)
    p_b = np.where(np.arange(LOOKS)[:, None] < START, 0.2, 1.0 / 3.0)
    k_a, k_b = rng.binomial(n, 0.2), rng.binomial(n, np.broadcast_to(p_b, n.shape))
    steps = log_e_counts(n.ravel(), k_a.ravel(), n.ravel(), k_b.ravel(), bets=BETS, log_or_0=0.0)
    error = most_likely_start(steps.reshape(LOOKS, STREAMS, 4)) - START
    assert np.median(np.abs(error)) <= 1.0
    assert np.quantile(np.abs(error), 0.9) <= 3.0


@pytest.mark.parametrize(
    ("steps", "said"), [(np.zeros(3), "looks, rows, bets"), (np.zeros((0, 4)), "at least one look")]
)
def test_what_is_no_row_of_looks_is_refused(steps, said):
    with pytest.raises(StatisticsError, match=said):
        most_likely_start(steps)


def test_a_step_that_is_not_finite_is_refused():
    with pytest.raises(StatisticsError, match="not finite"):
        most_likely_start(np.array([[0.0], [-np.inf]]))
