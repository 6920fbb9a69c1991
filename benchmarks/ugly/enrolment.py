"""Who is enrolled: people of whom part drop out, and municipalities that are assigned as a whole."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit, logit

from benchmarks.ugly.cases import ALPHA, Alarms, Case, Counts, Floats, cure, ever, limit, naive, product
from contracts.plan import FEWEST_CLUSTERS
from pipelines.evidence.clusters import CLUSTER_TERMS, cluster_spread, cluster_terms
from pipelines.evidence.means import log_e_means
from pipelines.evidence.multiplicity import e_bh

MONTHS, ENTRANTS, SHARE = 36, 30, 0.3
"""Looks, people who enter each arm in every one, and how many of them have a bad outcome."""

LATENESS = 2
"""Looks after which an outcome that was not received is missing."""

FAMILY = ALPHA / 2
"""Level of the rows pooled over regions."""

UNITS, UNITS_ENOUGH = (5, 6), (60, 60)
APART, RELEVANT = 0.3, 0.05
"""How far municipalities lie apart (sd, log odds), and the difference that evidence is most sensitive to."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Shares that drop out of the reference and of the watched arm, by outcome, besides `usual` of everybody."""

    usual: float
    bad: tuple[float, float]
    good: tuple[float, float] = (0.0, 0.0)

    def share(self, parts: tuple[float, float]) -> Floats:
        """Return the share of a kind that is missing in each arm; shape (2,)."""
        return self.usual + (1.0 - self.usual) * np.array(parts)


PART = 0.3
DIFFERING = Leaving(0.05, bad=(0.0, PART))
ALIKE = Leaving(0.05, bad=(PART, PART), good=(PART, PART))
AMONG_MANY = Leaving(0.2, bad=(0.0, PART))
AS_MANY = Leaving(0.05, bad=(0.0, PART), good=(PART * SHARE / (1.0 - SHARE), 0.0))
"""The reference arm loses as many people as in `DIFFERING` the watched one, but of the good outcomes."""


def cases() -> list[Case]:
    """Return drop-out that can and that cannot be seen, and assigned municipalities."""
    return [
        Case(
            "30 % of bad outcomes drop out of one arm, besides 5 % of everybody",
            (
                naive("whoever is reported counted", partial(_reported, DIFFERING)),
                cure("missing compared, stands unflagged at the end", partial(_left_standing, DIFFERING)),
                limit("missing compared, stood at some look", partial(_ever_stood, DIFFERING)),
                cure("30 % of everybody instead, whoever is reported", partial(_reported, ALIKE)),
                cure("30 % of everybody instead, found to differ", partial(_found_missing, ALIKE)),
            ),
        ),
        Case(
            "30 % of bad outcomes drop out of one arm, hardly seen in numbers",
            (
                limit("besides 20 % of everybody, stands at the end", partial(_left_standing, AMONG_MANY)),
                limit("as many good ones of the other, stands at the end", partial(_left_standing, AS_MANY)),
            ),
        ),
        Case(
            f"whole municipalities assigned, {sum(UNITS)} units",
            (
                naive("people counted as independent", _inhabitants),
                naive("municipalities as they are complete, no gate", partial(_municipalities, UNITS, gate=1)),
                cure(f"behind {FEWEST_CLUSTERS} an arm", partial(_municipalities, UNITS, gate=FEWEST_CLUSTERS)),
                cure(
                    f"behind {FEWEST_CLUSTERS} an arm, {sum(UNITS_ENOUGH)} units",
                    partial(_municipalities, UNITS_ENOUGH, gate=FEWEST_CLUSTERS),
                ),
            ),
        ),
    ]


# Drop-out


@dataclass(frozen=True, slots=True)
class Cohorts:
    """People who were reported, those of them with a bad outcome, and who is missing; shape (runs, months, arms)."""

    reported: Counts
    bad: Counts
    missing: Counts


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a false effect stands, and whether drop-out was found by then, after every judgement.

    There are two at a look, once its outcomes are counted and once its missing ones are; shape (runs, 2 looks).
    """

    stands: Alarms
    found: Alarms


def cohorts(leaving: Leaving, n_runs: int, rng: np.random.Generator) -> Cohorts:
    """Return what is known of people in two arms whose outcomes do not differ."""
    bad = rng.binomial(ENTRANTS, SHARE, (n_runs, MONTHS, 2))
    missing_bad = rng.binomial(bad, leaving.share(leaving.bad))
    missing = missing_bad + rng.binomial(ENTRANTS - bad, leaving.share(leaving.good))
    return Cohorts(ENTRANTS - missing, bad - missing_bad, missing)


def judged(people: Cohorts) -> Judged:
    """Judge the effect and who is missing, worse and better each, as one family.

    What was found to be missing takes the effect's guarantee for good: it stands no more, what stood is withdrawn.
    """
    effect, missing = _effect(people), _missing(people)
    stands, found, gone = [], [], np.zeros(len(effect), dtype=bool)
    for look in range(MONTHS):
        for counted in (look - 1, look):
            parts = (effect[:, look], missing[:, counted]) if counted >= LATENESS else (effect[:, look],)
            hits = _selected(np.concatenate(parts, axis=1), ~gone)
            gone = gone | hits[:, 2:].any(axis=1)
            stands.append(hits[:, :2].any(axis=1) & ~gone)
            found.append(gone)
    return Judged(np.stack(stands, axis=1), np.stack(found, axis=1))


def _effect(people: Cohorts) -> Floats:
    """Return the e-processes of bad outcomes among whoever was reported; shape (runs, looks, 2)."""
    return product(people.reported[..., 0], people.bad[..., 0], people.reported[..., 1], people.bad[..., 1])


def _missing(people: Cohorts) -> Floats:
    """Return those of missing outcomes, each counted so much later; shape (runs, looks, 2)."""
    log_e = product(ENTRANTS, people.missing[..., 0], ENTRANTS, people.missing[..., 1])
    return np.pad(log_e[:, :-LATENESS], ((0, 0), (LATENESS, 0), (0, 0)))


def _selected(log_e: Floats, among: Alarms) -> Alarms:
    """Return what e-BH rejects in some of the runs: nothing where none reaches 1 / alpha; shape (runs, rows)."""
    hits = np.zeros(log_e.shape, dtype=bool)
    for run in np.flatnonzero(among & (log_e.max(axis=1) >= -np.log(FAMILY))):
        hits[run] = e_bh(log_e[run], alpha=FAMILY)
    return hits


def _reported(leaving: Leaving, n_runs: int, rng: np.random.Generator) -> Alarms:
    return ever(_effect(cohorts(leaving, n_runs, rng)))


def _left_standing(leaving: Leaving, n_runs: int, rng: np.random.Generator) -> Alarms:
    return judged(cohorts(leaving, n_runs, rng)).stands[:, -1]


def _ever_stood(leaving: Leaving, n_runs: int, rng: np.random.Generator) -> Alarms:
    return np.asarray(judged(cohorts(leaving, n_runs, rng)).stands.any(axis=1))


def _found_missing(leaving: Leaving, n_runs: int, rng: np.random.Generator) -> Alarms:
    return judged(cohorts(leaving, n_runs, rng)).found[:, -1]


# Municipalities


def _shares(n_units: int, n_runs: int, rng: np.random.Generator) -> Floats:
    """Return the share of bad outcomes to expect in each municipality; shape (runs, units)."""
    return np.asarray(expit(logit(SHARE) + APART * rng.standard_normal((n_runs, n_units))))


def _inhabitants(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Compare the people of both arms month by month."""
    n_a, n_b = UNITS
    events = rng.binomial(ENTRANTS, _shares(n_a + n_b, n_runs, rng)[:, None, :], (n_runs, MONTHS, n_a + n_b))
    k_a, k_b = events[..., :n_a].sum(axis=-1), events[..., n_a:].sum(axis=-1)
    return ever(product(n_a * ENTRANTS, k_a, n_b * ENTRANTS, k_b))


def _municipalities(units: tuple[int, int], n_runs: int, rng: np.random.Generator, *, gate: int) -> Alarms:
    """Compare means of municipalities, of which one an arm is complete at every look."""
    looks, people = max(units), ENTRANTS * MONTHS
    columns, n_complete = [], np.full(looks, looks)
    for n in units:
        there = (np.arange(looks) < n).astype(np.int64)
        means = rng.binomial(people, _shares(looks, n_runs, rng)) / people
        columns += [np.tile(there, n_runs), means.ravel(), np.zeros(means.size)]
        n_complete = np.minimum(n_complete, there.cumsum())
    sums = cluster_terms(*columns).reshape(n_runs, looks, CLUSTER_TERMS).cumsum(axis=1)
    spread = cluster_spread(sums.reshape(-1, CLUSTER_TERMS)).reshape(n_runs, looks, 3)
    log_e = [log_e_means(*np.moveaxis(spread, -1, 0), tau=RELEVANT, null=0.0, sign=sign) for sign in (-1.0, 1.0)]
    return ever(np.where((n_complete >= gate)[:, None], np.stack(log_e, axis=-1), 0.0))
