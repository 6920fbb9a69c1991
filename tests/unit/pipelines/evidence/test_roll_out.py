"""Effects of policies that start at different times, against hand-made and simulated panels."""

from dataclasses import replace

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.roll_out import NEVER, Panel, roll_out

TWO_BY_TWO = Panel(
    regions=("calm", "changed"),
    periods=("2020", "2021"),
    n=np.full((2, 2), 50),
    mean=np.array([[0.30, 0.35], [0.40, 0.55]]),
    starts=np.array([NEVER, 1]),
)


def shown(panel, *, drawn_by_lot=False, alpha=0.05):
    return roll_out(panel, drawn_by_lot=drawn_by_lot, rng=np.random.default_rng(1), alpha=alpha)


def simulated(n_regions, *, effect, n_never, seed, n_periods=30):
    rng = np.random.default_rng(seed)
    starts = np.array([NEVER if at < n_never else (12, 18, 24)[at % 3] for at in range(n_regions)])
    under_way = (np.arange(n_periods) >= starts[:, None]) & (starts[:, None] != NEVER)
    level = 0.3 + rng.normal(0, 0.05, (n_regions, 1)) + 0.002 * np.arange(n_periods)
    mean = level + rng.normal(0, 0.02, (n_regions, n_periods)) + effect * under_way
    names = tuple(f"region {at:02}" for at in range(n_regions))
    return Panel(names, tuple(map(str, range(n_periods))), np.full(mean.shape, 100), mean, starts)


def test_two_regions_and_two_periods_give_the_plain_difference_in_differences():
    assert shown(TWO_BY_TWO).estimate == pytest.approx((0.55 - 0.40) - (0.35 - 0.30))


def test_a_known_effect_of_staggered_starts_is_found():
    found = shown(simulated(24, effect=0.15, n_never=9, seed=3))
    assert found.estimate == pytest.approx(0.15, abs=0.03)
    assert found.lower < 0.15 < found.upper
    assert (found.guarantee, found.reason) == ("asymptotic", None)
    assert found.placebos == (0, 11)


def test_without_an_effect_the_interval_holds_zero_in_about_95_of_100_panels():
    """Of 60 panels at most 9 may miss: a binomial with 5 % exceeds that in 0.1 % of all seeds."""
    panels = (shown(simulated(24, effect=0.0, n_never=9, seed=seed)) for seed in range(60))
    assert sum(not found.lower <= 0 <= found.upper for found in panels) <= 9


def test_the_order_of_the_regions_changes_nothing():
    panel = simulated(8, effect=0.1, n_never=3, seed=5)
    turned = replace(
        panel, regions=panel.regions[::-1], n=panel.n[::-1], mean=panel.mean[::-1], starts=panel.starts[::-1]
    )
    assert shown(panel, drawn_by_lot=True) == shown(turned, drawn_by_lot=True)


def test_starts_drawn_by_lot_are_compared_with_other_draws():
    found = shown(simulated(8, effect=0.3, n_never=3, seed=5), drawn_by_lot=True)
    assert found.p_lot == pytest.approx(1 / 200, abs=0.01)
    assert shown(simulated(8, effect=0.3, n_never=3, seed=5)).p_lot is None


def test_few_regions_are_descriptive_and_say_so():
    found = shown(simulated(8, effect=0.1, n_never=3, seed=5))
    assert (found.guarantee, found.reason) == ("descriptive", "descriptive: 8 regions; 20 are needed")


@pytest.mark.parametrize(
    ("starts", "reason"),
    [
        ([NEVER, NEVER], "not_identified: the policy starts in no region"),
        ([1, 1], "not_identified: the policy started everywhere at once; nothing is left to compare with"),
        ([NEVER, 0], "not_identified: no period from before the policy"),
        ([NEVER, 2], "too_early: no period under the policy in which every region has units"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(starts, reason):
    found = shown(replace(TWO_BY_TWO, starts=np.array(starts)))
    assert (found.estimate, found.reason) == (None, reason)


def test_a_period_in_which_a_region_has_nobody_is_left_out_for_all():
    panel = simulated(8, effect=0.1, n_never=3, seed=5)
    empty = panel.n.copy()
    empty[2, 7] = 0
    kept = np.arange(30) != 7
    without = replace(
        panel,
        periods=tuple(np.array(panel.periods)[kept]),
        n=panel.n[:, kept],
        mean=panel.mean[:, kept],
        starts=np.where(panel.starts == NEVER, NEVER, panel.starts - 1),
    )
    assert shown(replace(panel, n=empty)) == shown(without)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(StatisticsError, match="other shapes"):
        shown(replace(TWO_BY_TWO, starts=np.array([NEVER])))
    with pytest.raises(StatisticsError, match="alpha"):
        shown(TWO_BY_TWO, alpha=1.5)
