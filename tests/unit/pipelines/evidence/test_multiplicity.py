"""e-BH rejects exactly what its definition says, ties all or none."""

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.multiplicity import e_bh


def by_definition(log_e, *, alpha, m):
    """Try every k: at least k e-values must reach m / (alpha k)."""
    fitting = [k for k in range(1, len(log_e) + 1) if (log_e >= np.log(m / (alpha * k))).sum() >= k]
    return log_e >= np.log(m / (alpha * max(fitting))) if fitting else np.zeros(len(log_e), dtype=bool)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("more", [0, 3, 50])
def test_equals_the_definition_tried_for_every_k(seed, more):
    rng = np.random.default_rng(seed)
    log_e = np.round(rng.exponential(2.5, size=rng.integers(1, 30)), rng.integers(0, 3))
    m = len(log_e) + more
    assert e_bh(log_e, alpha=0.1, m=m).tolist() == by_definition(log_e, alpha=0.1, m=m).tolist()


def test_equal_values_stand_or_fall_together():
    assert e_bh(np.log([40.0, 40.0, 1.0, 0.5]), alpha=0.05).tolist() == [True, True, False, False]
    assert e_bh(np.log([39.0, 39.0, 1.0, 0.5]), alpha=0.05).tolist() == [False] * 4


def test_a_value_equal_to_the_threshold_is_enough():
    assert e_bh(np.log([20.0]), alpha=0.05).tolist() == [True]
    assert e_bh(np.log([80.0, 1.0]), alpha=0.025).tolist() == [True, False]


def test_a_strong_finding_carries_a_weaker_one():
    assert e_bh(np.log([1e6, 21.0]), alpha=0.05).tolist() == [True, True]
    assert e_bh(np.log([21.0, 1.0]), alpha=0.05).tolist() == [False, False]


def test_hypotheses_that_are_not_given_count():
    assert e_bh(np.log([100.0]), alpha=0.05, m=5).tolist() == [True]
    assert e_bh(np.log([100.0]), alpha=0.05, m=6).tolist() == [False]


def test_nothing_given_rejects_nothing():
    assert e_bh([], alpha=0.05).shape == (0,)
    assert e_bh([], alpha=0.05, m=9).shape == (0,)


def test_no_evidence_is_never_rejected():
    assert not e_bh([-np.inf, -np.inf], alpha=0.05).any()


def test_false_discoveries_stay_under_alpha():
    """Of 20 hypotheses 5 are true findings; over 4,000 seeded runs the mean false share keeps below alpha."""
    rng = np.random.default_rng(3)
    shift = np.where(np.arange(20) < 5, 3.0, 0.0)
    false_share = []
    for _ in range(4_000):
        rejected = e_bh(2.0 * (rng.normal(size=20) + shift) - 2.0, alpha=0.2)
        false_share.append(rejected[5:].sum() / max(rejected.sum(), 1))
    assert np.mean(false_share) <= 0.2
    assert np.mean(false_share) > 0.0


@pytest.mark.parametrize(
    ("log_e", "options", "said"),
    [
        ([1.0], {"alpha": 0.0}, "alpha is 0.0"),
        ([1.0], {"alpha": 1.0}, "alpha is 1.0"),
        ([1.0, 2.0], {"alpha": 0.05, "m": 1}, "m must be at least"),
        ([1.0, np.nan], {"alpha": 0.05}, "log_e\\[1\\] is not a number"),
    ],
)
def test_what_makes_no_sense_is_refused(log_e, options, said):
    with pytest.raises(StatisticsError, match=said):
        e_bh(log_e, **options)
