"""Laws of the evidence from means, clusters, levels, allocation, inequality and sites, whatever the figures."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, logsumexp, xlog1py, xlogy

from pipelines.evidence.allocation import delay_imbalance, log_e_allocation
from pipelines.evidence.clusters import cluster_spread, cluster_terms
from pipelines.evidence.inequality import Sums, concentration_index, decomposed, gini, mean_log_deviation
from pipelines.evidence.intervals import difference_intervals
from pipelines.evidence.levels import level_intervals, log_e_levels
from pipelines.evidence.means import log_e_means, mean_difference_terms
from pipelines.evidence.sites import random_effects

BETS = np.array([0.3, 0.5, 0.8, 1.2])

outcome = st.floats(-100.0, 100.0).map(lambda x: round(x, 2))
positive = st.floats(0.01, 100.0).map(lambda x: round(x, 2))
tau = st.sampled_from([0.01, 0.5, 20.0])
sign = st.sampled_from([1.0, -1.0])
cells = st.lists(outcome, min_size=1, max_size=8)
strata = st.lists(st.tuples(cells, cells), min_size=1, max_size=8)


def described(values):
    return len(values), np.mean(values), np.var(values) * len(values)


def columns(pairs):
    return np.transpose([(*described(a), *described(b)) for a, b in pairs])


def means_of(pairs):
    return mean_difference_terms(*columns(pairs)).sum(axis=0)


def clusters_of(pairs):
    return cluster_spread(cluster_terms(*columns(pairs)).sum(axis=0)[None])[0]


def is_spread(sums):
    """Say whether there is a variance that is more than what rounding leaves."""
    return sums[0] > 0.0 and sums[2] > 1e-6 * sums[0] ** 2


def evidence(sums, *, tau, sign, null=0.0):
    return float(log_e_means(*sums, tau=tau, null=null, sign=sign))


# Means and clusters


@given(strata, tau, sign, outcome)
def test_moving_both_sides_and_nothing_else_changes_nothing(pairs, tau, sign, shift):
    moved = [([x + shift for x in a], [x + shift for x in b]) for a, b in pairs]
    for sums_of in (means_of, clusters_of):
        if is_spread(sums_of(pairs)):
            found = evidence(sums_of(moved), tau=tau, sign=sign)
            np.testing.assert_allclose(found, evidence(sums_of(pairs), tau=tau, sign=sign), rtol=1e-6, atol=1e-6)


@given(strata, tau, sign, st.sampled_from([0.001, 7.0, 1e4]))
def test_another_unit_of_measurement_changes_nothing(pairs, tau, sign, unit):
    written = [([x * unit for x in a], [x * unit for x in b]) for a, b in pairs]
    for sums_of in (means_of, clusters_of):
        if is_spread(sums_of(pairs)):
            found = evidence(sums_of(written), tau=tau * unit, sign=sign)
            np.testing.assert_allclose(found, evidence(sums_of(pairs), tau=tau, sign=sign), rtol=1e-6, atol=1e-6)


@given(strata, tau, sign)
def test_exchanging_the_sides_turns_higher_into_lower(pairs, tau, sign):
    turned = [(b, a) for a, b in pairs]
    for sums_of in (means_of, clusters_of):
        if is_spread(sums_of(pairs)):
            found = evidence(sums_of(turned), tau=tau, sign=-sign)
            np.testing.assert_allclose(found, evidence(sums_of(pairs), tau=tau, sign=sign), rtol=1e-6, atol=1e-6)


@given(strata, st.randoms(use_true_random=False))
def test_the_order_of_the_tables_does_not_matter(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    for sums_of in (means_of, clusters_of):
        np.testing.assert_allclose(sums_of(shuffled), sums_of(pairs), rtol=1e-9, atol=1e-9)


@given(st.floats(-50.0, 50.0), st.floats(1e-4, 1e3), tau, st.floats(0.01, 0.4))
def test_the_interval_holds_what_the_evidence_does_not_speak_against(estimate, variance, tau, alpha):
    sums = (1.0, estimate, variance)
    lower, upper = difference_intervals(*sums, alpha=alpha, tau=tau)
    assert lower < estimate < upper
    for bound, side in ((lower, 1.0), (upper, -1.0)):
        assert abs(evidence(sums, tau=tau, sign=side, null=bound) - np.log(2 / alpha)) < 1e-7
        assert evidence(sums, tau=tau, sign=side, null=bound - side) > np.log(2 / alpha)
        assert evidence(sums, tau=tau, sign=side, null=bound + side) < np.log(2 / alpha)


@given(st.floats(-30.0, 30.0), st.floats(0.01, 100.0), tau)
def test_both_sides_together_are_the_mixture_over_a_whole_normal(estimate, variance, tau):
    """The half-normal mixtures average to N(0, tau^2): the ratio of N(0, V + tau^2) to N(0, V) at the estimate."""
    halves = [evidence((1.0, estimate, variance), tau=tau, sign=side) for side in (1.0, -1.0)]
    mixed = variance + tau**2
    whole = 0.5 * np.log(variance / mixed) + estimate**2 * (1 / variance - 1 / mixed) / 2
    np.testing.assert_allclose(np.logaddexp(*halves) - np.log(2.0), whole, rtol=1e-9, atol=1e-9)


# Levels


@given(st.integers(0, 200), st.floats(0.01, 0.99), st.sampled_from(np.concatenate((BETS, -BETS)).tolist()))
def test_evidence_about_a_share_averages_exactly_one_at_it(n, share, bet):
    k = np.arange(n + 1)
    log_p = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, share) + xlog1py(n - k, -share)
    log_e = log_e_levels(np.full(n + 1, n), k, bets=[bet], share=share)[:, 0]
    assert abs(logsumexp(log_e + log_p)) < 1e-10


@given(st.integers(1, 3_000), st.data(), st.floats(0.01, 0.4))
def test_the_interval_of_a_share_turns_with_what_is_counted(n, data, alpha):
    k = data.draw(st.integers(0, n))
    (lower,), (upper,) = level_intervals([n], [k], bets=BETS, alpha=alpha)
    (turned_lower,), (turned_upper,) = level_intervals([n], [n - k], bets=BETS, alpha=alpha)
    np.testing.assert_allclose([turned_lower, turned_upper], [1 - upper, 1 - lower], atol=1e-12)
    assert not lower > k / n
    assert not upper < k / n


# The data


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 9)), min_size=2, max_size=5))
def test_one_more_unit_leaves_the_evidence_on_allocation_the_same_on_average(arms):
    counts, planned = (np.array(column) for column in zip(*arms, strict=True))
    after = [log_e_allocation(counts + more, planned) for more in np.eye(len(arms), dtype=int)]
    average = logsumexp(after, b=planned / planned.sum())
    assert abs(average - log_e_allocation(counts, planned)) < 1e-8


@given(st.lists(st.tuples(*[st.integers(0, 60)] * 6), min_size=1, max_size=6))
def test_exchanging_the_arms_exchanges_what_is_said_of_their_delays(looks):
    lags = np.array(looks)
    a, b = lags[:, :3], lags[:, 3:]
    assume(a.any() and b.any())
    found, turned = delay_imbalance(a, b), delay_imbalance(b, a)
    assert (found.mean_lag_a, found.mean_lag_b) == (turned.mean_lag_b, turned.mean_lag_a)
    np.testing.assert_allclose(found.log_e_a_later, turned.log_e_b_later, atol=1e-9)
    np.testing.assert_allclose(found.log_e_b_later, turned.log_e_a_later, atol=1e-9)


# Inequality


def summed(values):
    y = np.array(values)
    log_y = np.log(y)
    return Sums(len(y), y.sum(), (y**2).sum(), log_y.sum(), (log_y**2).sum(), (y * log_y).sum())


groups = st.lists(st.lists(positive, min_size=2, max_size=20), min_size=2, max_size=5)


@given(groups)
def test_inequality_within_and_between_add_up_and_neither_is_below_zero(parts):
    within, between = decomposed([summed(part) for part in parts])
    total = mean_log_deviation(summed([y for part in parts for y in part])).value
    assert min(within, between) >= -1e-12
    np.testing.assert_allclose(within + between, total, rtol=1e-9, atol=1e-10)


@given(groups, st.sampled_from([0.01, 12.0, 1e4]))
def test_inequality_does_not_depend_on_the_unit(parts, unit):
    def measures(parts):
        moments = ([len(y) for y in parts], [np.mean(y) for y in parts], [np.var(y) for y in parts])
        found = (mean_log_deviation(summed(np.concatenate(parts))), concentration_index(*moments), gini(*moments))
        return [figure for each in found for figure in (each.value, each.standard_error)]

    written = [[y * unit for y in part] for part in parts]
    np.testing.assert_allclose(measures(written), measures(parts), rtol=1e-5, atol=1e-6)


@given(groups)
def test_the_gini_of_groups_is_at_least_the_size_of_any_concentration(parts):
    """No order of the groups concentrates an outcome more than that of their own means."""
    moments = ([len(y) for y in parts], [np.mean(y) for y in parts], [np.var(y) for y in parts])
    assert gini(*moments).value >= abs(concentration_index(*moments).value) - 1e-12


# Sites


@settings(max_examples=60)
@given(st.lists(st.tuples(outcome, positive), min_size=2, max_size=12), outcome, st.floats(0.1, 10.0))
def test_effects_over_sites_move_and_stretch_with_the_estimates(sites, shift, stretch):
    effects, variances = (np.array(column) for column in zip(*sites, strict=True))
    found = random_effects(effects, variances)
    moved = random_effects(shift + stretch * effects, stretch**2 * variances)
    for name in ("estimate", "lower", "upper", "predicted_lower", "predicted_upper"):
        np.testing.assert_allclose(getattr(moved, name), shift + stretch * getattr(found, name), rtol=1e-6, atol=1e-6)
    assert effects.min() - 1e-9 <= found.estimate <= effects.max() + 1e-9
    assert found.predicted_lower <= found.lower <= found.estimate <= found.upper <= found.predicted_upper
    assert 0.0 <= found.i2 < 1.0
