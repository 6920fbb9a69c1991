"""The asymptotic interval of a difference inverts the published one-sided e-process."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from contracts.errors import StatisticsError
from pipelines.evidence.estimates import difference_terms
from pipelines.evidence.intervals import difference_intervals

ALPHA = 0.05


def log_e(margin, *, sign, estimate, variance, tau):
    """Follow the formula of the one-sided asymptotic e-process for a margin in outcome units."""
    mixed = variance + tau**2
    over = estimate - margin
    return (
        np.log(2.0)
        + 0.5 * np.log(variance / mixed)
        + tau**2 * over**2 / (2 * variance * mixed)
        + norm.logcdf(sign * tau * over / np.sqrt(variance * mixed))
    )


def by_root_finding(*, estimate, variance, tau):
    def excess(margin, sign):
        return log_e(margin, sign=sign, estimate=estimate, variance=variance, tau=tau) - np.log(2 / ALPHA)

    far = 60 * np.sqrt(variance) * (1 + np.sqrt(variance) / tau)
    lower = brentq(excess, estimate - far, estimate, args=(1,), xtol=1e-15)
    return lower, brentq(excess, estimate, estimate + far, args=(-1,), xtol=1e-15)


@pytest.mark.parametrize("tau", [0.01, 0.05, 2.0])
@pytest.mark.parametrize("sums", [(40.0, 2.0, 9.0), (900.0, -30.0, 200.0), (1e6, 400.0, 3e5), (3.0, 0.4, 0.6)])
def test_equals_root_finding_on_the_formula(sums, tau):
    w, wd, w2v = sums
    found = difference_intervals([w], [wd], [w2v], alpha=ALPHA, tau=tau)
    expected = by_root_finding(estimate=wd / w, variance=w2v / w**2, tau=tau)
    np.testing.assert_allclose(np.ravel(found), expected, rtol=1e-9, atol=1e-12)


def test_rows_may_have_a_scale_of_their_own():
    together = difference_intervals([40.0, 40.0], [2.0, 2.0], [9.0, 9.0], alpha=ALPHA, tau=[0.05, 0.2])
    alone = [difference_intervals([40.0], [2.0], [9.0], alpha=ALPHA, tau=tau) for tau in (0.05, 0.2)]
    np.testing.assert_array_equal(together, np.transpose(alone)[0])


def test_nothing_seen_or_no_spread_bounds_nothing():
    lower, upper = difference_intervals([0.0, 30.0], [0.0, 1.0], [0.0, 0.0], alpha=ALPHA, tau=0.05)
    assert np.isnan(lower).all()
    assert np.isnan(upper).all()


def test_streams_behind_the_gate_miss_at_most_alpha():
    """2,000 seeded streams, 100 to 2,000 a side in looks of 100, shares 30 and 36 %: at most 10 % ever miss.

    Asymptotic, so the bound leaves four standard errors (0.03) beyond the nominal 10 %.
    """
    rng = np.random.default_rng(9)
    n_streams, n_looks = 2_000, 20
    n = np.full(n_streams * n_looks, 100)
    terms = difference_terms(n, rng.binomial(n, 0.30), n, rng.binomial(n, 0.36)).reshape(n_streams, n_looks, 3)
    sums = terms.cumsum(axis=1).reshape(-1, 3).T
    lower, upper = difference_intervals(*sums, alpha=0.1, tau=0.05)
    missed = ((lower > 0.06) | (upper < 0.06)).reshape(n_streams, n_looks).any(axis=1)
    assert 0.0 < missed.mean() <= 0.13


@pytest.mark.parametrize(
    ("sums", "options", "said"),
    [
        (([1.0], [1.0], [1.0]), {"tau": 0.0}, "tau must be above 0"),
        (([1.0], [1.0], [-1.0]), {}, "at least 0"),
        (([1.0], [1.0, 2.0], [1.0]), {}, "shapes"),
        (([1.0], [1.0], [1.0]), {"alpha": 0.0}, "alpha is 0.0"),
    ],
)
def test_what_makes_no_sense_is_refused(sums, options, said):
    with pytest.raises(StatisticsError, match=said):
        difference_intervals(*sums, **{"alpha": ALPHA, "tau": 0.05, **options})
