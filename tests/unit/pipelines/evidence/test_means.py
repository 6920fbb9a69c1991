"""The evidence from means equals the textbook's variance, the mixture it stands for, and the inverted interval."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import halfnorm, norm

from contracts.errors import StatisticsError
from pipelines.evidence.intervals import difference_intervals
from pipelines.evidence.means import log_e_means, mean_difference_terms

COLUMNS = {"n_a": [4], "mean_a": [1.0], "ss_a": [2.0], "n_b": [5], "mean_b": [3.0], "ss_b": [1.0]}


def described(values):
    return len(values), np.mean(values), np.var(values) * len(values)


def by_integration(estimate, variance, *, tau, sign):
    """Average the likelihood ratio of a true difference over a half-normal prior of scale tau towards one side."""
    error = np.sqrt(variance)

    def weighted(size):
        log_ratio = norm.logpdf(estimate, sign * size, error) - norm.logpdf(estimate, 0.0, error)
        return np.exp(log_ratio) * halfnorm.pdf(size, scale=tau)

    top, steps = max(sign * estimate, 0.0) * tau**2 / (tau**2 + variance), np.arange(-40, 41)
    cuts = np.unique(np.clip(np.concatenate((top + steps * min(error, tau), steps * tau)), 0.0, None))
    return np.log(sum(quad(weighted, low, high)[0] for low, high in pairwise(cuts)))


def test_the_terms_of_a_table_are_those_of_welchs_difference():
    a, b = np.array([1.0, 4.0, 2.5, 7.0]), np.array([3.0, 9.0, 4.5, 5.0, 8.0])
    w, wd, w2v = mean_difference_terms(*([each] for each in (*described(a), *described(b))))[0]
    assert w == pytest.approx(4 * 5 / 9)
    assert wd / w == pytest.approx(b.mean() - a.mean())
    assert w2v / w**2 == pytest.approx(a.var(ddof=1) / 4 + b.var(ddof=1) / 5)


def test_strata_weigh_as_in_a_regression_with_a_level_for_each():
    rng = np.random.default_rng(1)
    strata = [(rng.normal(size=n_a), rng.normal(1.0, size=n_b)) for n_a, n_b in ((3, 8), (20, 5), (9, 9))]
    terms = mean_difference_terms(*np.transpose([(*described(a), *described(b)) for a, b in strata])).sum(axis=0)
    outcome = np.concatenate([np.concatenate(both) for both in strata])
    watched = np.concatenate([np.repeat([0.0, 1.0], [len(a), len(b)]) for a, b in strata])
    levels = np.repeat(np.eye(3), [len(a) + len(b) for a, b in strata], axis=0)
    coefficients = np.linalg.lstsq(np.column_stack((watched, levels)), outcome, rcond=None)[0]
    assert terms[1] / terms[0] == pytest.approx(coefficients[0])


def test_fewer_than_two_on_a_side_give_nothing():
    found = mean_difference_terms([1, 2, 0], [5.0] * 3, [0.0, 1.0, 0.0], [9, 1, 9], [7.0] * 3, [3.0] * 3)
    assert not found.any()


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("tau", [0.02, 0.3, 5.0])
@pytest.mark.parametrize(("estimate", "variance"), [(0.0, 0.01), (0.25, 0.01), (-0.4, 0.01), (0.9, 0.05), (-0.05, 4.0)])
def test_equals_the_half_normal_mixture_integrated(estimate, variance, tau, sign):
    found = log_e_means(3.0, 3.0 * estimate, 9.0 * variance, tau=tau, null=0.0, sign=sign)
    assert float(found) == pytest.approx(by_integration(estimate, variance, tau=tau, sign=sign), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(("estimate", "variance", "tau"), [(0.3, 0.01, 0.05), (-2.0, 0.5, 0.2), (0.0, 1e-4, 1.0)])
def test_is_two_over_alpha_at_both_bounds_of_the_interval(estimate, variance, tau):
    sums = [7.0], [7.0 * estimate], [49.0 * variance]
    (lower,), (upper,) = difference_intervals(*sums, alpha=0.05, tau=tau)
    for bound, sign in ((lower, 1.0), (upper, -1.0)):
        assert log_e_means(*sums, tau=tau, null=bound, sign=sign) == pytest.approx(np.log(40.0), rel=1e-10)


def test_the_null_may_be_a_grid_and_evidence_for_more_falls_along_it():
    sums = (np.array([[2.0], [5.0]]) for _ in range(3))
    found = log_e_means(*sums, tau=0.1, null=np.linspace(-3.0, 3.0, 61), sign=1.0)
    assert found.shape == (2, 61)
    assert (np.diff(found) < 0.0).all()


@pytest.mark.parametrize("z", [1e3, 1e6, 1e9, 1e12])
def test_far_on_the_harmless_side_it_follows_mills_ratio(z):
    """log Phi(-z) is -z^2 / 2 - log z - log(2 pi) / 2 up to 1 / z^2, so the two squares cancel exactly."""
    tau = 1e3
    found = float(log_e_means(1.0, -z, 1.0, tau=tau, null=0.0, sign=1.0))
    assert found == pytest.approx(np.log(2.0) - np.log(tau) - np.log(z) - np.log(2 * np.pi) / 2, abs=3e-6)


def test_nothing_is_known_without_weight_or_variance():
    assert not log_e_means([0.0, 4.0], [0.0, 9.0], [0.0, 0.0], tau=0.1, null=0.0, sign=1.0).any()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_a": [-1]}, "n_a"),
        ({"ss_b": [-0.5]}, "ss_b"),
        ({"mean_b": [np.nan]}, "mean_b"),
        ({"n_b": [5, 6]}, "shapes"),
    ],
)
def test_impossible_cells_are_refused(changes, said):
    with pytest.raises(StatisticsError, match=said):
        mean_difference_terms(**{**COLUMNS, **changes})


@pytest.mark.parametrize(
    ("sums", "options", "said"),
    [
        ((1.0, 1.0, 1.0), {"tau": 0.0}, "tau is 0.0"),
        ((1.0, 1.0, 1.0), {"sign": 2.0}, "sign 2.0"),
        ((-1.0, 1.0, 1.0), {}, "at least 0"),
        ((1.0, 1.0, -1.0), {}, "at least 0"),
    ],
)
def test_what_makes_no_sense_is_refused(sums, options, said):
    with pytest.raises(StatisticsError, match=said):
        log_e_means(*sums, **{"tau": 0.1, "null": 0.0, "sign": 1.0, **options})


@pytest.mark.parametrize(
    "draw", [lambda rng, size: rng.normal(size=size), lambda rng, size: rng.exponential(size=size)]
)
def test_behind_the_gate_quiet_streams_alarm_at_most_at_the_level(draw):
    """2,000 seeded streams from 100 a side on, in looks of 25, at nominal 10 %: four standard errors are 0.027."""
    rng, n_streams, n_looks = np.random.default_rng(3), 2_000, 24
    n = np.full(n_streams * n_looks, 25)
    sides = []
    for _ in range(2):
        values = draw(rng, (len(n), 25))
        sides += [n, values.mean(axis=1), values.var(axis=1) * 25]
    terms = mean_difference_terms(*sides).reshape(n_streams, n_looks, 3)
    sums = np.moveaxis(terms.cumsum(axis=1)[:, 3:], -1, 0)
    log_e = log_e_means(*sums, tau=0.2, null=0.0, sign=1.0)
    assert 0.005 < (log_e >= np.log(10.0)).any(axis=1).mean() <= 0.127
