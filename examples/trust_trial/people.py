"""Who takes part in the simulated trial: where, in which arm, from which day, and in which groups."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SIZES = {"GM0014": 890, "GM0855": 742, "GM0344": 651, "GM0150": 487, "GM0289": 384, "GM0268": 304}
"""Participants per municipality at scale 1. The range, 304 to 890, and the total are published; the split is ours."""

ELSEWHERE = ("GM0141", "GM0200")
COMPARISON = ("GM0363", "GM0599", "GM0772", "GM0080")
REGIONS = (*SIZES, *ELSEWHERE, *COMPARISON)
ARMS = ("control", "exemption", "guidance", "earnings")
NO_ARM = len(ARMS)
"""Place of the arm `none`: of people outside the trial or before it."""

EDUCATION = ("low_education", "middle_education", "high_education")
GROUPS = ("single_parent", *EDUCATION, "age_50_plus", "born_abroad", "long_on_assistance")

FIRST_ENTRY, N_MONTHS = date(2017, 10, 1), 18
"""People enter the trial in a year and a half from here."""

A_MONTH_HERE, A_MONTH_ELSEWHERE, A_MONTH_COMPARISON = 15, 60, 40
"""People a month, in each area here before the trial and in each area outside it, whose work is known (scale 1)."""

_MONTHS_BEFORE = 12
_MATURITY_OF_WORK = 6
_CLIENTS = 60
"""About how many people a caseworker has."""

_CASEWORKERS_DIFFER = 0.15
"""Standard deviation between caseworkers, in log odds."""

_SINGLE_PARENTS = 0.25


@dataclass(frozen=True, slots=True)
class People:
    """People side by side.

    Attributes:
        region, arm: Places in `REGIONS` and in `ARMS` (`NO_ARM` outside the trial); shape (people,).
        month: Month of entry, counted from year 0; shape (people,).
        day: Day of that month, 1 to 28; shape (people,).
        groups: Which are in each of `GROUPS`; shape (people, groups).
        caseworker: What their caseworker adds to the log odds of a good outcome; shape (people,).
        luck: What all outcomes of a person share, standard normal; shape (people,).
    """

    region: IntArray
    arm: IntArray
    month: IntArray
    day: IntArray
    groups: BoolArray
    caseworker: FloatArray
    luck: FloatArray

    def __len__(self) -> int:
        return len(self.region)


def month_number(day: date) -> int:
    """Return the month of a day, counted from year 0."""
    return day.year * 12 + day.month - 1


def participants(rng: np.random.Generator, *, scale: float) -> People:
    """Return those who take part, assigned by lot within municipality and quarter of entry."""
    sizes = [round(size * scale) for size in SIZES.values()]
    region = np.repeat(np.arange(len(sizes)), sizes)
    month = month_number(FIRST_ENTRY) + rng.integers(0, N_MONTHS, len(region))
    return _people(rng, region=region, month=month, arm=_by_lot(rng, region * 4096 + month // 3))


def others(rng: np.random.Generator, *, scale: float) -> People:
    """Return those outside the trial whose work is known: all areas before it, and the areas outside during it.

    They came on assistance half a year before their outcome, like those who take part.
    """
    first = month_number(FIRST_ENTRY) - _MONTHS_BEFORE - _MATURITY_OF_WORK
    before, all_along = (first, first + _MONTHS_BEFORE), (first, month_number(FIRST_ENTRY) + N_MONTHS)
    kinds = (
        *((region, A_MONTH_HERE, before) for region in SIZES),
        *((region, A_MONTH_ELSEWHERE, all_along) for region in ELSEWHERE),
        *((region, A_MONTH_COMPARISON, all_along) for region in COMPARISON),
    )
    months = [np.repeat(np.arange(*span), max(round(a_month * scale), 1)) for _, a_month, span in kinds]
    region = np.repeat([REGIONS.index(name) for name, _, _ in kinds], [len(each) for each in months])
    return _people(rng, region=region, month=np.concatenate(months), arm=np.full(len(region), NO_ARM))


def _by_lot(rng: np.random.Generator, stratum: IntArray) -> IntArray:
    """Return an arm per person: as many of each as can be in every stratum."""
    order = np.lexsort((rng.random(len(stratum)), stratum))
    arm = np.empty(len(stratum), dtype=np.int64)
    arm[order] = np.arange(len(stratum)) % len(ARMS)
    return arm


def _people(rng: np.random.Generator, *, region: IntArray, month: IntArray, arm: IntArray) -> People:
    n = len(region)
    return People(
        region=region,
        arm=arm,
        month=month,
        day=rng.integers(1, 29, n),
        groups=_groups(rng, n),
        caseworker=_caseworkers(rng, region),
        luck=rng.standard_normal(n),
    )


def _groups(rng: np.random.Generator, n: int) -> BoolArray:
    """Return overlapping groups; the three of education share everybody among them."""
    single_parent = rng.random(n) < _SINGLE_PARENTS
    education = rng.choice(len(EDUCATION), n, p=(0.35, 0.45, 0.20))
    age_50_plus = rng.random(n) < np.where(single_parent, 0.15, 0.40)
    born_abroad = rng.random(n) < np.where(education == 0, 0.45, 0.25)
    long_on_assistance = rng.random(n) < np.where(age_50_plus, 0.50, 0.25)
    by_education = [education == level for level in range(len(EDUCATION))]
    return np.stack([single_parent, *by_education, age_50_plus, born_abroad, long_on_assistance], axis=-1)


def _caseworkers(rng: np.random.Generator, region: IntArray) -> FloatArray:
    """Return what the caseworker of each person adds; caseworkers stay in their area and serve every arm."""
    n_caseworkers = np.maximum(np.bincount(region, minlength=len(REGIONS)) // _CLIENTS, 1)
    mine = (rng.random(len(region)) * n_caseworkers[region]).astype(np.int64)
    first = np.cumsum(n_caseworkers) - n_caseworkers
    effect: FloatArray = rng.normal(0.0, _CASEWORKERS_DIFFER, int(n_caseworkers.sum()))[first[region] + mine]
    return effect
