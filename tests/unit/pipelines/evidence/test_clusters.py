"""Clusters count once: their spread equals the textbook's, and the level holds where that of their units does not."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from contracts.errors import StatisticsError
from pipelines.evidence.clusters import (
    _ENOUGH,
    CLUSTER_TERMS,
    cluster_spread,
    cluster_terms,
    paired_terms,
)
from pipelines.evidence.means import log_e_means, mean_difference_terms

N_RUNS = 1_500
ALPHA = 0.05


def described(values):
    return len(values), np.mean(values), np.var(values) * len(values)


def tables(strata):
    """Return the terms of strata, each the cluster means of both sides."""
    return cluster_terms(*np.transpose([(*described(a), *described(b)) for a, b in strata]))


def spread(terms):
    return cluster_spread(terms.sum(axis=0)[None])[0]


def estimated(terms):
    w, wd, w2v = spread(terms)
    return wd / w, w2v / w**2


# Against the textbook


def test_one_stratum_of_equal_sides_is_students_test():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=20), rng.normal(0.5, 2.0, size=20)
    estimate, variance = estimated(tables([(a, b)]))
    assert estimate / np.sqrt(variance) == pytest.approx(ttest_ind(b, a).statistic)


def test_one_cluster_a_side_in_every_table_is_the_matched_pairs_test():
    a, b = np.random.default_rng(2).normal(size=(2, 25))
    estimate, variance = estimated(tables([([x], [y]) for x, y in zip(a, b, strict=True)]))
    assert estimate / np.sqrt(variance) == pytest.approx(ttest_1samp(b - a, 0.0).statistic)


def test_pairs_inside_clusters_are_the_one_sample_test_of_their_differences():
    differences = np.random.default_rng(3).normal(0.3, size=(2, 15))
    estimate, variance = estimated(paired_terms(*np.transpose([described(each) for each in differences])))
    pooled = np.sqrt(np.mean(differences.var(axis=1, ddof=1)) / 30)
    assert estimate == pytest.approx(differences.mean())
    assert np.sqrt(variance) == pytest.approx(pooled)


def test_the_variance_is_pooled_over_strata_per_arm():
    rng = np.random.default_rng(4)
    strata = [(rng.normal(size=n_a), rng.normal(size=n_b)) for n_a, n_b in ((9, 12), (1, 8), (10, 1))]
    w = [len(a) * len(b) / (len(a) + len(b)) for a, b in strata]
    of_arm = [
        sum(((side - side.mean()) ** 2).sum() for side in arm) / sum(len(side) - 1 for side in arm)
        for arm in zip(*strata, strict=True)
    ]
    expected = sum(u**2 * (of_arm[0] / len(a) + of_arm[1] / len(b)) for u, (a, b) in zip(w, strata, strict=True))
    assert spread(tables(strata))[2] == pytest.approx(expected)


def test_few_degrees_of_freedom_give_way_to_the_contrasts_among_tables():
    """Of 40 strata one has two clusters a side: its one degree of freedom would be the whole variance."""
    rng = np.random.default_rng(5)
    strata = [(rng.normal(size=n), rng.normal(size=n)) for n in [2, *[1] * 39]]
    w = np.array([len(a) / 2 for a, _ in strata])
    d = np.array([b.mean() - a.mean() for a, b in strata])
    estimate = (w * d).sum() / w.sum()
    assert spread(tables(strata))[2] == pytest.approx((w**2 * (d - estimate) ** 2).sum() * 40 / 39)


def test_with_thirty_clusters_a_side_the_variance_has_fifteen_degrees_of_freedom():
    """The pooled variance has at least 30 - m, the contrasts among m tables m - 1: the better has what is asked."""
    assert min(max(30 - m, m - 1) for m in range(1, 31)) >= _ENOUGH


def test_terms_add_over_tables_and_an_empty_side_adds_nothing():
    found = cluster_terms([0, 3], [0.0, 1.0], [0.0, 2.0], [4, 0], [1.0, 0.0], [1.0, 0.0])
    assert found.shape == (2, CLUSTER_TERMS)
    assert not found.any()
    assert not paired_terms([0], [0.0], [0.0]).any()


def test_one_pair_of_clusters_has_no_variance():
    assert not spread(tables([([1.0], [3.0])])).any()
    assert not cluster_spread(np.zeros((1, CLUSTER_TERMS))).any()


def test_impossible_cells_are_refused():
    with pytest.raises(StatisticsError, match="ss_a"):
        cluster_terms([2], [0.0], [-1.0], [2], [0.0], [1.0])
    with pytest.raises(StatisticsError, match="shapes"):
        paired_terms([2], [0.0, 1.0], [1.0])


# The level


def classes_in_schools(rng, *, n_schools, least, most):
    """Return classes as (school, mean, sum of squares inside): pupils of a class share 0.2 of the variance, of a
    school another 0.1.
    """
    school = np.repeat(np.arange(n_schools), rng.integers(least, most + 1, size=n_schools))
    pupils = np.sqrt(0.1) * rng.normal(size=n_schools)[school] + np.sqrt(0.2) * rng.normal(size=len(school))
    pupils = pupils[:, None] + np.sqrt(0.7) * rng.normal(size=(len(school), 20))
    return school, pupils.mean(axis=1), pupils.var(axis=1) * 20


def drawn_by_lot(rng, school):
    """Return which classes are watched: half of each school's, and of an odd number the middle one by a coin."""
    order = np.lexsort((rng.random(len(school)), school))
    place = np.empty(len(school), dtype=int)
    n = np.bincount(school)
    place[order] = np.arange(len(school)) - np.repeat(np.cumsum(n) - n, n)
    coin = rng.integers(0, 2, size=len(n))
    return place >= ((n + coin) // 2)[school]


def sides(school, watched, *weights):
    """Return per school the sums of each weight over reference and watched classes."""
    return [
        np.bincount(school[side], weight[side], school.max() + 1) for weight in weights for side in (~watched, watched)
    ]


def log_e_of_classes(school, mean, watched):
    """Return the e-process school by school, behind the gate."""
    n_a, n_b, sum_a, sum_b, square_a, square_b = sides(school, watched, np.ones(len(mean)), mean, mean**2)
    columns = []
    for n, total, square in ((n_a, sum_a, square_a), (n_b, sum_b, square_b)):
        columns += [n, total / np.maximum(n, 1), np.maximum(square - total**2 / np.maximum(n, 1), 0.0)]
    sums = cluster_spread(cluster_terms(*columns).cumsum(axis=0))
    ready = np.minimum(n_a.cumsum(), n_b.cumsum()) >= 30
    return np.where(ready, log_e_means(*sums.T, tau=0.2, null=0.0, sign=1.0), 0.0)


def log_e_of_pupils(school, mean, inside, watched):
    """Do the same as if every pupil were drawn alone."""
    n_a, n_b, sum_a, sum_b, square_a, square_b = sides(school, watched, np.ones(len(mean)), mean, inside + 20 * mean**2)
    columns = []
    for n, total, square in ((n_a, sum_a, square_a), (n_b, sum_b, square_b)):
        average = total / np.maximum(n, 1)
        columns += [20 * n, average, np.maximum(square - 20 * n * average**2, 0.0)]
    sums = mean_difference_terms(*columns).cumsum(axis=0)
    ready = np.minimum(n_a.cumsum(), n_b.cumsum()) >= 30
    return np.where(ready, log_e_means(*sums.T, tau=0.2, null=0.0, sign=1.0), 0.0)


@pytest.mark.parametrize(("least", "most"), [(2, 6), (2, 2), (2, 3)])
def test_the_level_holds_with_classes_in_schools(least, most):
    """1,500 seeded runs of 60 schools, judged after every school: four standard errors beyond 5 % are 0.023."""
    rng = np.random.default_rng(10 * least + most)
    alarms = 0
    for _ in range(N_RUNS):
        school, mean, _ = classes_in_schools(rng, n_schools=60, least=least, most=most)
        alarms += log_e_of_classes(school, mean, drawn_by_lot(rng, school)).max() >= np.log(1 / ALPHA)
    assert 0 < alarms / N_RUNS <= ALPHA + 0.023


def test_the_level_holds_where_one_stratum_alone_has_two_clusters_a_side():
    """1,500 seeded runs of 80 strata; pooled on its one degree of freedom it breaks the level more than twice."""
    rng = np.random.default_rng(9)
    n = np.where(np.arange(80) == 0, 2, 1)
    held = pooled = 0
    for _ in range(N_RUNS):
        a, b = rng.normal(size=(2, 80, 2))
        columns = [column for side in (a, b) for column in (n, *described_strata(side, n))]
        sums = cluster_terms(*columns).cumsum(axis=0)[29:]
        held += is_alarmed(cluster_spread(sums))
        w, wd, *_, a_size, a_squares, a_freedom, b_size, b_squares, b_freedom = sums.T
        pooled += is_alarmed(
            np.stack([w, wd, a_size * a_squares / a_freedom + b_size * b_squares / b_freedom], axis=-1)
        )
    assert held / N_RUNS <= ALPHA + 0.023
    assert pooled / N_RUNS > 2 * ALPHA


def described_strata(values, n):
    """Return mean and centred sum of squares of the first, or of both, of the values of each stratum."""
    mean = np.where(n == 1, values[:, 0], values.mean(axis=1))
    return mean, np.where(n == 1, 0.0, values.var(axis=1) * 2)


def is_alarmed(sums):
    return log_e_means(*sums.T, tau=0.3, null=0.0, sign=1.0).max() >= np.log(1 / ALPHA)


def test_labels_permuted_inside_schools_alarm_at_most_at_the_level_but_not_for_pupils():
    """One set of 60 schools, 1,500 seeded permutations; pupils counted alone break the level many times over."""
    rng = np.random.default_rng(8)
    school, mean, inside = classes_in_schools(rng, n_schools=60, least=2, most=6)
    of_classes = of_pupils = 0
    for _ in range(N_RUNS):
        watched = drawn_by_lot(rng, school)
        of_classes += log_e_of_classes(school, mean, watched).max() >= np.log(1 / ALPHA)
        of_pupils += log_e_of_pupils(school, mean, inside, watched).max() >= np.log(1 / ALPHA)
    assert of_classes / N_RUNS <= ALPHA + 0.023
    assert of_pupils / N_RUNS > 3 * ALPHA
