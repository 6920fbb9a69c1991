"""e-BH and e-LOND reject exactly what their definitions say; of e-BH ties all or none."""

from itertools import product

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.multiplicity import e_bh, e_bh_threshold, e_lond


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


@pytest.mark.parametrize("seed", range(40))
def test_the_threshold_is_the_number_rejected(seed):
    rng = np.random.default_rng(seed)
    log_e = np.round(rng.exponential(3.0, size=20), rng.integers(0, 3))
    assert e_bh_threshold(log_e, alpha=0.1, m=25) == e_bh(log_e, alpha=0.1, m=25).sum()


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


def test_the_first_turn_of_e_lond_needs_what_its_share_says():
    needed = np.log(np.pi**2 / (6 * 0.05))
    for log_e, expected in ((needed + 1e-9, True), (needed - 1e-9, False)):
        found, levels = e_lond([log_e], alpha=0.05)
        assert found.tolist() == [expected]
        assert levels == pytest.approx([0.05 * 6 / np.pi**2])


def test_a_finding_doubles_the_level_of_the_next_turn():
    with_one, without = (e_lond([first, 0.0, 0.0], alpha=0.05)[1] for first in (50.0, 0.0))
    assert with_one == pytest.approx(without * [1, 2, 2])


def test_later_turns_do_not_change_earlier_ones():
    log_e = np.array([1.0, 4.0, 9.0, 0.0, 5.0, 7.0, -np.inf])
    found, levels = e_lond(log_e, alpha=0.1)
    for turns in range(len(log_e)):
        first_found, first_levels = e_lond(log_e[:turns], alpha=0.1)
        assert first_found.tolist() == found[:turns].tolist()
        assert first_levels.tolist() == levels[:turns].tolist()


def test_the_levels_without_end_never_exceed_alpha_in_all():
    levels = e_lond(np.zeros(10_000), alpha=0.05)[1]
    assert 0.05 * 0.9999 < levels.sum() < 0.05


def test_shares_of_ones_own_are_taken_as_they_are():
    found, levels = e_lond(np.log([39.0, 41.0, 1e9]), alpha=0.05, gamma=[0.5, 0.5, 0.0])
    assert found.tolist() == [False, True, False]
    assert levels == pytest.approx([0.025, 0.025, 0.0])


@pytest.mark.parametrize("is_true", list(product([False, True], repeat=3)))
def test_false_discoveries_of_e_lond_stay_under_alpha_by_enumeration(is_true):
    """Three e-values of 0 or 8 that depend on each other in every way: each is 8 on an arc of one uniform number.

    The arc of a null is an eighth of the circle, any other half of it, and they begin anywhere.
    """
    for starts in product([0.0, 0.125, 0.5], repeat=3):
        middles = (np.arange(64) + 0.5) / 64
        widths = np.where(is_true, 0.5, 0.125)
        large = (middles[:, None] - starts) % 1.0 < widths
        shares = []
        for outcome in large:
            found, _ = e_lond(np.log(np.where(outcome, 8.0, 1e-300)), alpha=0.5, gamma=[0.5, 0.25, 0.25])
            shares.append((found & ~np.array(is_true)).sum() / max(found.sum(), 1))
        assert np.mean(shares) <= 0.5


@pytest.mark.parametrize(
    ("log_e", "options", "said"),
    [
        ([1.0], {"alpha": 1.0}, "alpha is 1.0"),
        ([1.0, np.nan], {"alpha": 0.05}, "log_e\\[1\\] is not a number"),
        ([1.0, 2.0], {"alpha": 0.05, "gamma": [1.0]}, "a share for each of 2"),
        ([1.0, 2.0], {"alpha": 0.05, "gamma": [0.8, 0.3]}, "together at most 1"),
        ([1.0, 2.0], {"alpha": 0.05, "gamma": [1.1, -0.1]}, "none below 0"),
        ([[1.0]], {"alpha": 0.05}, "one-dimensional"),
    ],
)
def test_what_makes_no_sense_to_e_lond_is_refused(log_e, options, said):
    with pytest.raises(StatisticsError, match=said):
        e_lond(log_e, **options)
