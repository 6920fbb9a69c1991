"""A region that stands out is evidence only among enough others, and only if it truly is the most extreme."""

import math
from itertools import permutations

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.ranks import log_rank_e, placebo_rank


def test_the_most_extreme_of_twenty_earns_twenty():
    assert log_rank_e(5.0, list(range(-14, 5))) == pytest.approx(math.log(20.0))


def test_anything_else_earns_nothing():
    assert log_rank_e(4.5, [*range(-13, 5), 5.0]) == -math.inf


def test_a_tie_is_not_the_most_extreme():
    assert log_rank_e(4.0, list(range(-14, 5))) == -math.inf


@pytest.mark.parametrize("tied", [1, 2, 7])
def test_averages_at_most_one_over_which_region_is_the_watched_one(tied):
    """Twenty exchangeable regions, the largest value shared by `tied` of them: exactly 1 without ties, 0 with."""
    values = np.concatenate((np.arange(20 - tied), np.full(tied, 50.0)))
    earned = [math.exp(log_rank_e(values[each], np.delete(values, each))) for each in range(20)]
    assert np.mean(earned) == pytest.approx(1.0 if tied == 1 else 0.0)


def test_eighteen_comparison_regions_are_too_few():
    with pytest.raises(StatisticsError, match="18 comparison regions"):
        log_rank_e(9.0, [0.0] * 18)


def test_a_placebo_rank_counts_those_at_least_as_extreme():
    for others in permutations([1.0, 2.0, 3.0]):
        assert placebo_rank(2.0, others) == (2, 3)
    assert placebo_rank(2.0, []) == (0, 0)


def test_a_value_that_is_not_finite_is_refused():
    with pytest.raises(StatisticsError, match="value 2 is not finite"):
        placebo_rank(1.0, [0.0, math.nan])
