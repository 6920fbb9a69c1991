"""How likely each outcome is for each person, and what comes of it: a logit model, and the changes put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log

import numpy as np
from scipy.special import expit, logit, ndtri

from examples.trust_trial.people import ARMS, GROUPS, REGIONS, FloatArray, IntArray, People, month_number
from examples.trust_trial.truth import Change


@dataclass(frozen=True, slots=True)
class Outcome:
    """An indicator: how common it is, when, and how it is reported.

    Attributes:
        maturity: Months from entry until it is measured.
        share: About how many have it.
        is_good: Whether it is good to have.
        groups: What each of `GROUPS` adds to its log odds.
        lag_days: Fewest and most days from then until it is reported.
        missing: Share that is never reported.
    """

    id: str
    maturity: int
    share: float
    is_good: bool
    groups: tuple[float, ...]
    lag_days: tuple[int, int]
    missing: float


_REGISTER, _SURVEY = (14, 42), (7, 56)
_AT_WORK = (-0.30, -0.35, 0.0, 0.30, -0.25, -0.20, -0.40)
OUTCOMES = (
    Outcome("part_time_work", 6, 0.34, True, _AT_WORK, _REGISTER, 0.01),
    Outcome("part_time_work_2y", 24, 0.34, True, _AT_WORK, _REGISTER, 0.01),
    Outcome("full_time_work", 12, 0.20, True, (-0.50, -0.40, 0.0, 0.35, -0.30, -0.20, -0.50), _REGISTER, 0.01),
    Outcome("debts", 12, 0.30, False, (0.35, 0.25, 0.0, -0.30, -0.20, 0.10, 0.20), _REGISTER, 0.01),
    Outcome("trust_in_council", 12, 0.50, True, (-0.10, -0.20, 0.0, 0.20, 0.10, 0.0, -0.15), _SURVEY, 0.12),
    Outcome("wellbeing", 12, 0.58, True, (-0.15, -0.15, 0.0, 0.15, 0.0, -0.10, -0.15), _SURVEY, 0.12),
)
BY_ID = {each.id: each for each in OUTCOMES}

_REGION = np.linspace(-0.2, 0.2, len(REGIONS))
"""What each area adds to the log odds of a good outcome."""

_SEASON = 0.15
_SHARED = 0.3
"""Correlation of the latent outcomes of one person."""


def shares(people: People, outcome: Outcome, *, arm: IntArray, changes: Sequence[Change] = ()) -> FloatArray:
    """Return how likely an outcome is for each person in an arm, theirs or one they might have been in; (people,)."""
    good = people.caseworker + _REGION[people.region]
    season = _SEASON * np.sin(2 * np.pi * (people.month + outcome.maturity) / 12)
    log_odds = logit(outcome.share) + (good + season) * (1 if outcome.is_good else -1)
    log_odds = log_odds + people.groups @ np.asarray(outcome.groups)
    for change in changes:
        log_odds = log_odds + _shift(people, outcome, change, arm=arm)
    return np.asarray(expit(log_odds))


def _shift(people: People, outcome: Outcome, change: Change, *, arm: IntArray) -> FloatArray:
    """Return what a change adds to the log odds of each person: in its arm from entry, in its region from its month."""
    if outcome.id not in change.odds_ratios:
        return np.zeros(len(people))
    if change.arm in ARMS:
        reached = arm == ARMS.index(change.arm)
    else:
        reached = people.region == REGIONS.index(change.region)
        reached &= people.month + outcome.maturity >= month_number(date.fromisoformat(change.begins + "-01"))
    is_in = people.groups[:, GROUPS.index(change.group)] if change.group in GROUPS else np.ones(len(people), dtype=bool)
    in_group, in_rest = (log(each) for each in change.odds_ratios[outcome.id])
    return np.where(reached, np.where(is_in, in_group, in_rest), 0.0)


def drawn(people: People, share: FloatArray, rng: np.random.Generator) -> IntArray:
    """Return who has an outcome (0 or 1), at these shares; what one person has goes together."""
    latent = np.sqrt(_SHARED) * people.luck + np.sqrt(1 - _SHARED) * rng.standard_normal(len(people))
    has_it: IntArray = (latent < ndtri(share)).astype(np.int64)
    return has_it
