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
STAGGERED = [NEVER] * 9 + [4] * 5 + [6] * 5 + [8] * 5


def shown(panel, *, drawn_by_lot=False, alpha=0.05, n_permutations=999):
    rng = np.random.default_rng(1)
    return roll_out(panel, drawn_by_lot=drawn_by_lot, rng=rng, alpha=alpha, n_permutations=n_permutations)


def simulated(starts, *, seed, n_periods=12, effect=0.0, drift=0.0):
    """Return a panel of regions with levels of their own, a common trend, and noise that fades over periods."""
    rng, starts, time = np.random.default_rng(seed), np.array(starts), np.arange(n_periods)
    noise = rng.normal(0, 0.02, (len(starts), n_periods))
    for period in range(1, n_periods):
        noise[:, period] += 0.4 * noise[:, period - 1]
    names = tuple(f"region {at:02}" for at in range(len(starts)))
    panel = Panel(names, tuple(map(str, time)), np.full(noise.shape, 100), noise, starts)
    level = 0.3 + rng.normal(0, 0.05, (len(starts), 1)) + 0.002 * time
    drifts = drift * time * (starts != NEVER)[:, None]
    return replace(panel, mean=level + noise + effect * panel.is_treated + drifts)


def of_the(panel, regions):
    at = np.array(regions)
    names = tuple(panel.regions[each] for each in at)
    return replace(panel, regions=names, n=panel.n[at], mean=panel.mean[at], starts=panel.starts[at])


def share_that_misses(starts, n_panels=60):
    found = [shown(simulated(starts, seed=seed)) for seed in range(n_panels)]
    return sum(not each.lower <= 0 <= each.upper for each in found) / n_panels


def test_two_regions_and_two_periods_give_the_plain_difference_in_differences():
    found = shown(TWO_BY_TWO)
    assert found.estimate == pytest.approx((0.55 - 0.40) - (0.35 - 0.30))
    assert (found.n_regions, found.n_treated, found.n_untreated_cells) == (2, 1, 3)


def test_one_region_alone_on_a_side_has_an_estimate_and_no_interval():
    """Its own spread cannot be seen; errors from the other side alone missed zero in 70 % of quiet panels."""
    for starts in ([NEVER] * 23 + [6], [NEVER] + [6] * 23):
        found = shown(simulated(starts, seed=1), drawn_by_lot=True)
        assert found.estimate is not None
        assert (found.standard_error, found.lower, found.upper, found.guarantee) == (None, None, None, "descriptive")
        assert found.reason == "descriptive: nothing tells how far regions differ by chance"
        assert (found.pre_trend, found.p_pre_trend) == (None, None)


def test_a_known_effect_of_staggered_starts_is_found():
    found = shown(simulated(STAGGERED, seed=3, effect=0.15), drawn_by_lot=True)
    assert found.estimate == pytest.approx(0.15, abs=0.03)
    assert found.lower < 0.15 < found.upper
    assert (found.guarantee, found.reason) == ("asymptotic", None)
    assert found.placebos == (0, 3)
    after = [effect for event_time, effect, _ in found.by_event_time if event_time >= 0]
    assert after == pytest.approx([0.15] * 8, abs=0.06)


def test_without_an_effect_the_interval_holds_zero_in_about_95_of_100_panels():
    """Of 200 panels at most 20 may miss: a binomial with 5 % exceeds that in 0.1 % of all seeds."""
    assert share_that_misses(STAGGERED, n_panels=200) <= 0.1


@pytest.mark.parametrize("starts", [[NEVER] * 22 + [6] * 2, [NEVER] * 2 + [6] * 22, sorted([2, 4, 6, 8, 10] * 4)])
def test_few_regions_on_a_side_make_the_interval_wide_and_not_wrong(starts):
    """Of 60 panels at most 9 may miss: a binomial with 5 % exceeds that in 0.1 % of all seeds."""
    assert share_that_misses(starts) <= 0.15


def test_regions_that_moved_apart_before_the_policy_show_it():
    parted = shown(simulated(STAGGERED, seed=5, drift=0.03))
    alike = shown(simulated(STAGGERED, seed=5))
    assert parted.p_pre_trend < 0.01 < alike.p_pre_trend
    assert parted.pre_trend > 4 > alike.pre_trend


def test_where_every_region_comes_under_the_policy_placebo_starts_are_still_told():
    found = shown(simulated(sorted([4, 6, 8] * 8), seed=5, effect=0.2))
    assert found.placebos == (0, 3)


def test_the_order_of_the_regions_changes_nothing():
    panel = simulated([NEVER] * 3 + [4, 6, 6, 8, 8], seed=5, effect=0.1)
    assert shown(panel, drawn_by_lot=True) == shown(of_the(panel, range(7, -1, -1)), drawn_by_lot=True)


def test_few_regions_are_descriptive_and_say_so():
    found = shown(simulated([NEVER] * 3 + [4, 6, 6, 8, 8], seed=5), drawn_by_lot=True)
    assert (found.guarantee, found.reason) == ("descriptive", "descriptive: 8 regions; 20 are needed")


def test_starts_that_were_not_drawn_by_lot_are_descriptive_and_compared_with_no_draws():
    panel = simulated(STAGGERED, seed=3, effect=0.15)
    chosen, drawn = shown(panel), shown(panel, drawn_by_lot=True)
    assert chosen.reason == "descriptive: starts were not drawn by lot; regions may have parted without the policy"
    assert (chosen.guarantee, chosen.p_lot) == ("descriptive", None)
    assert (drawn.guarantee, drawn.p_lot) == ("asymptotic", 1 / 1000)
    assert (chosen.estimate, chosen.lower, chosen.upper) == (drawn.estimate, drawn.lower, drawn.upper)


@pytest.mark.parametrize(
    ("starts", "reason"),
    [
        ([NEVER, NEVER, NEVER], "not_identified: the policy starts in no region"),
        ([2, 2, 2], "not_identified: the policy started everywhere at once; nothing is left to compare with"),
        ([0, 2, 2], "not_identified: the policy started everywhere at once; nothing is left to compare with"),
        ([NEVER, 0, 0], "not_identified: no period from before the policy in which every region has units"),
        ([NEVER, 4, 4], "too_early: no period under the policy in which every region has units"),
        ([0, 4, NEVER], "too_early: no period under the policy in which every region has units"),
        ([4, 5, 6], "too_early: no period under the policy in which every region has units"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(starts, reason):
    found = shown(simulated(starts, seed=1, n_periods=4), drawn_by_lot=True)
    assert (found.estimate, found.p_lot, found.reason) == (None, None, reason)


def test_what_can_never_be_told_is_not_waited_for():
    nowhere = replace(TWO_BY_TWO, starts=np.array([NEVER, NEVER]), n=np.zeros((2, 2), dtype=np.int64))
    assert shown(nowhere).reason.startswith("not_identified")


def test_a_region_that_always_had_the_policy_changes_nothing():
    panel = simulated([0, NEVER, NEVER, NEVER, 4, 4, 6, 6], seed=5)
    assert shown(panel, drawn_by_lot=True) == shown(of_the(panel, range(1, 8)), drawn_by_lot=True)


def test_a_period_in_which_a_region_has_nobody_is_left_out_for_all():
    panel = simulated([NEVER] * 3 + [4, 6, 6, 8, 8], seed=5)
    empty, unknown = panel.n.copy(), panel.mean.copy()
    empty[2, 3], unknown[2, 3] = 0, np.nan
    kept = np.arange(12) != 3
    without = replace(
        panel,
        periods=tuple(np.array(panel.periods)[kept]),
        n=panel.n[:, kept],
        mean=panel.mean[:, kept],
        starts=np.where(panel.starts == NEVER, NEVER, panel.starts - 1),
    )
    assert shown(replace(panel, n=empty, mean=unknown)) == shown(without)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"starts": np.array([NEVER])}, "other shapes"),
        ({"starts": np.array([NEVER, -2])}, "a start is -2"),
        ({"mean": np.array([[0.3, np.nan], [0.4, 0.5]])}, "not finite"),
    ],
)
def test_an_impossible_panel_is_refused(changed, message):
    with pytest.raises(StatisticsError, match=message):
        shown(replace(TWO_BY_TWO, **changed))


def test_impossible_settings_are_refused():
    with pytest.raises(StatisticsError, match="alpha"):
        shown(TWO_BY_TWO, alpha=1.5)
    with pytest.raises(StatisticsError, match="n_permutations"):
        shown(TWO_BY_TWO, n_permutations=0)
