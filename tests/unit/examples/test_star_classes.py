"""Classes as units: the evidence about them by hand, and what becomes of it when classes are permuted."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, norm

from contracts.plan_reader import read_plan
from examples.star.make import records
from pipelines.evidence.clusters import cluster_spread, cluster_terms
from pipelines.evidence.means import log_e_means, mean_difference_terms
from pipelines.replay import replay

TEXT = (Path(__file__).parents[3] / "examples" / "star" / "plan.yaml").read_text(encoding="utf-8")
PLAN = read_plan(TEXT)
TAU = 10.0
N_PERMUTATIONS = 1000
FIVE_PERCENT = binom.ppf(0.999, N_PERMUTATIONS, 0.05)
"""More alarms than this, 73, happen once in a thousand suites if the true share is 5 %."""


@pytest.fixture(scope="module")
def classes():
    """Scores of the pupils of every class: {indicator: {(school, arm, class): scores}}."""
    found = defaultdict(lambda: defaultdict(list))
    for each in map(json.loads, records()):
        found[each["indicator"]][each["region"], each["arm"], each["cluster"]].append(each["value"])
    return {
        grade: {key: np.array(scores, dtype=float) for key, scores in of_grade.items()}
        for grade, of_grade in found.items()
    }


# Where the classes come from


@pytest.mark.parametrize("grade", ["score_k", "score_1", "score_2", "score_3"])
def test_there_are_about_330_classes_in_a_grade_small_ones_of_15_pupils_and_others_of_22(classes, grade):
    """So says Mosteller (1995), The Future of Children 5(2): 13 to 17 pupils, 22 to 25; not all of them were tested."""
    sizes = {
        arm: [len(each) for (_, mine, _), each in classes[grade].items() if mine == arm] for arm in PLAN.arms.every
    }
    assert len(classes[grade]) == pytest.approx(330, abs=10)
    assert 13 <= np.median(sizes["small"]) <= 17
    assert all(19 <= np.median(sizes[arm]) <= 25 for arm in ("regular", "aide"))


def test_one_pupil_alone_makes_a_class_since_nothing_is_known_of_the_teacher(classes):
    alone = [key for of_grade in classes.values() for key, scores in of_grade.items() if len(scores) == 1]
    assert alone == [("school-7", "regular", "school-7 regular nan/nan/nan")]


# What the engine says of them


@pytest.mark.parametrize("arm", ["small", "aide"])
def test_the_engine_says_of_every_grade_what_follows_from_the_class_means_by_hand(classes, arm):
    found = {
        row.indicator: (row.estimate, row.log_e_better, row.log_e_worse)
        for row in replay(PLAN, records()).rows
        if (row.claim, row.arm, row.region, row.group) == ("effect", arm, "all", "all")
    }
    for grade, of_grade in classes.items():
        np.testing.assert_allclose(found[grade], by_hand(of_grade, arm), rtol=1e-6, err_msg=grade)


def by_hand(of_grade, arm):
    """Return the difference of class means inside schools, and log e towards better and worse."""
    means = defaultdict(list)
    for (school, mine, _), scores in of_grade.items():
        means[school, mine].append(scores.mean())
    schools = [school for school, mine in means if mine == arm and (school, "regular") in means]
    sides = [[np.array(means[school, side]) for school in schools] for side in ("regular", arm)]
    n = np.array([[len(each) for each in side] for side in sides])
    weight = n.prod(axis=0) / n.sum(axis=0)
    difference = np.array([b.mean() - a.mean() for a, b in zip(*sides, strict=True)])
    pooled = [
        sum(((each - each.mean()) ** 2).sum() for each in side) / sum(len(each) - 1 for each in side) for side in sides
    ]
    estimate = weight @ difference / weight.sum()
    variance = sum(s2 * (weight**2 / size).sum() for s2, size in zip(pooled, n, strict=True)) / weight.sum() ** 2
    return (estimate, log_e(estimate, variance), log_e(-estimate, variance))


def log_e(estimate, variance):
    wide = variance + TAU**2
    z = TAU * estimate / np.sqrt(variance * wide)
    return np.log(2) + 0.5 * np.log(variance / wide) + z**2 / 2 + norm.logcdf(z)


def test_with_pupils_as_units_small_classes_would_stand_in_every_grade():
    plan = read_plan(TEXT.replace("cluster: class", "cluster: null"))
    rows = replay(plan, map(without_cluster, records())).rows
    effects = [row for row in rows if (row.claim, row.arm, row.region, row.group) == ("effect", "small", "all", "all")]
    assert [row.stands for row in effects] == ["better"] * 4


def without_cluster(line):
    fields = json.loads(line)
    del fields["cluster"]
    return json.dumps(fields).encode()


# What chance would do: small and regular classes of kindergarten change labels inside their schools


@pytest.fixture(scope="module")
def kindergarten(classes):
    """School of every class that is not an aide's; its pupils, mean and squares; and labels (is small) as drawn."""
    mine = [(key, scores) for key, scores in classes["score_k"].items() if key[1] != "aide"]
    school = np.unique([key[0] for key, _ in mine], return_inverse=True)[1]
    n, mean, squares = np.array([(len(each), each.mean(), ((each - each.mean()) ** 2).sum()) for _, each in mine]).T
    small = np.array([key[1] == "small" for key, _ in mine])
    rng = np.random.default_rng(1985)
    drawn = np.array([permuted(small, school, rng) for _ in range(N_PERMUTATIONS)])
    return school, (n, mean, squares), drawn


def permuted(small, school, rng):
    inside, places = np.lexsort((rng.random(len(school)), school)), np.argsort(school, kind="stable")
    drawn = np.empty_like(small)
    drawn[places] = small[inside]
    return drawn


def of_schools(school, units, side):
    """Return units, mean and squares of the classes on one side; shape (permutations, schools) each."""
    n, mean, squares = units
    belongs = np.eye(school.max() + 1)[school]
    people, total, square = ((side * each) @ belongs for each in (n, n * mean, squares + n * mean**2))
    average = total / np.maximum(people, 1)
    return people, average, np.maximum(square - people * average**2, 0.0)


def read_school_by_school(terms, school, units, drawn):
    """Return the sums of the terms of schools, read one after the other; shape (permutations, schools, terms)."""
    columns = [*of_schools(school, units, ~drawn), *of_schools(school, units, drawn)]
    per_school = terms(*(each.ravel() for each in columns))
    return per_school.reshape(*columns[0].shape, -1).cumsum(axis=1)


def past_twenty(sums):
    """Return whether evidence towards better, and towards worse, is past 20; shape (permutations, schools, 2)."""
    w, wd, w2v = np.moveaxis(sums, -1, 0)
    return np.stack([log_e_means(w, wd, w2v, tau=TAU, null=0.0, sign=sign) >= np.log(20) for sign in (1, -1)], axis=-1)


def test_with_pupils_as_units_chance_alone_alarms_far_too_often(kindergarten):
    """About 15 % in either direction at the end, near half towards better if read school by school."""
    school, units, drawn = kindergarten
    past = past_twenty(read_school_by_school(mean_difference_terms, school, units, drawn))
    assert past[:, -1].any(axis=-1).sum() > 1.5 * FIVE_PERCENT
    assert past[:, :, 0].any(axis=1).sum() > 5 * FIVE_PERCENT


def test_with_classes_as_units_it_does_not(kindergarten):
    """About 3 % in either direction, though looked at after every school from the thirtieth class a side."""
    school, (n, mean, _), drawn = kindergarten
    units = np.ones_like(n), mean, np.zeros_like(n)
    sums = read_school_by_school(cluster_terms, school, units, drawn)
    spread = cluster_spread(sums.reshape(-1, sums.shape[-1])).reshape(*sums.shape[:2], 3)
    counted = [(of_schools(school, units, side)[0]).cumsum(axis=1) for side in (~drawn, drawn)]
    is_open = np.minimum(*counted) >= 30
    alarms = (past_twenty(spread) & is_open[:, :, None]).any(axis=(1, 2)).sum()
    assert 0 < alarms <= FIVE_PERCENT
