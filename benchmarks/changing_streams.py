"""Streams in which something begins: what a detector is fed at each look, and the oracle that knows both laws.

A stream gives the log e-values of each look for the bets of the engine and, as a last column, for the one bet that is
the truth, so that detectors are compared on the same draws.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import binom

from benchmarks.oracle import Oracle, count_chain, normal_chain, oracle
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.levels import log_e_levels

BETS = np.array([0.3, 0.5, 0.8, 1.2])
RUN_LENGTH = 10_000
CHANGE_AFTER = 500
_STEP = 0.01
_HIGHEST = 11.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Stream(Protocol):
    """What a stream tells."""

    @property
    def truth(self) -> float:
        """Distance from the null after the change, in the unit of the bets and with its sign."""

    @property
    def season(self) -> int:
        """Number of looks after which the laws repeat."""

    def log_l(self, rng: np.random.Generator, part: Ints, *, has_changed: bool) -> Floats:
        """Return log e-values of one look in each run; shape (runs, bets + 1), the true bet last."""

    def oracle(self) -> Oracle:
        """Return the delays of the CUSUM that knows both laws, at the run length of `RUN_LENGTH`."""


@dataclass(frozen=True)
class Mean:
    """One normal observation a look with a known mean and standard deviation 1; bets in standard deviations."""

    truth: float
    season: int = 1

    def log_l(self, rng: np.random.Generator, part: Ints, *, has_changed: bool) -> Floats:
        """See `Stream`."""
        values = rng.standard_normal(len(part)) + (self.truth if has_changed else 0.0)
        bets = bets_and_truth(self.truth)
        return values[:, None] * bets - bets * bets / 2.0

    def oracle(self) -> Oracle:
        """See `Stream`."""
        highest = round(_HIGHEST / _STEP)
        return oracle(
            normal_chain(self.truth, step=_STEP), run_length=RUN_LENGTH, change_after=CHANGE_AFTER, highest=highest
        )


@dataclass(frozen=True)
class Level:
    """A share against a constant, as the claim `level`: so many people a look, each with an event or not."""

    truth: float
    share: float
    people: int
    step: float = _STEP
    season: int = 1

    def log_l(self, rng: np.random.Generator, part: Ints, *, has_changed: bool) -> Floats:
        """See `Stream`."""
        share = self._after if has_changed else self.share
        return self._per_outcome[rng.binomial(self.people, share, size=len(part))]

    @cached_property
    def _per_outcome(self) -> Floats:
        events = np.arange(self.people + 1)
        return log_e_levels(
            np.full_like(events, self.people), events, bets=bets_and_truth(self.truth), share=self.share
        )

    @property
    def _after(self) -> float:
        return float(expit(logit(self.share) + self.truth))

    def oracle(self) -> Oracle:
        """See `Stream`."""
        events = np.arange(self.people + 1)
        laws = [binom.pmf(events, self.people, share)[None, :] for share in (self.share, self._after)]
        scores = self._per_outcome[:, -1][None, :]
        return _oracle_of_counts(scores, *laws, step=self.step)


@dataclass(frozen=True)
class Gap:
    """A group against the rest, as the claim `gap`: the engine knows no rate, the oracle knows every one.

    Both sides share a base rate that goes from `low` to `high` and back in the course of twelve looks.
    """

    truth: float
    n_a: int = 40
    n_b: int = 10
    low: float = 0.1
    high: float = 0.3
    season: int = 12

    def log_l(self, rng: np.random.Generator, part: Ints, *, has_changed: bool) -> Floats:
        """See `Stream`."""
        share_b = self._after if has_changed else self._base
        events_a, events_b = rng.binomial(self.n_a, self._base[part]), rng.binomial(self.n_b, share_b[part])
        return self._per_table[events_a, events_b]

    @cached_property
    def _base(self) -> Floats:
        middle, reach = (self.low + self.high) / 2.0, (self.high - self.low) / 2.0
        return np.asarray(middle + reach * np.sin(2.0 * np.pi * np.arange(self.season) / self.season))

    @cached_property
    def _after(self) -> Floats:
        return np.asarray(expit(logit(self._base) + self.truth))

    @cached_property
    def _per_table(self) -> Floats:
        k_a, k_b = np.indices((self.n_a + 1, self.n_b + 1)).reshape(2, -1)
        n_a, n_b = np.full_like(k_a, self.n_a), np.full_like(k_b, self.n_b)
        log_e = log_e_counts(n_a, k_a, n_b, k_b, bets=bets_and_truth(self.truth), log_or_0=0.0)
        return log_e.reshape(self.n_a + 1, self.n_b + 1, -1)

    @cached_property
    def _laws(self) -> tuple[Floats, Floats, Floats]:
        """Scores of the oracle, and the law of the group's events before and after; each (season, outcomes)."""
        events = np.arange(self.n_b + 1)
        before, after = (np.asarray(binom.pmf(events, self.n_b, share[:, None])) for share in (self._base, self._after))
        return np.log(after / before), before, after

    def oracle(self) -> Oracle:
        """See `Stream`."""
        return _oracle_of_counts(*self._laws, step=2 * _STEP)

    @cached_property
    def information_factor(self) -> float:
        """How much more a look tells those who know every rate: the ratio of mean log e-values under the truth."""
        scores, _, after = self._laws
        known = float((scores * after).sum())
        side = binom.pmf(np.arange(self.n_a + 1), self.n_a, self._base[:, None])
        unknown = float(np.einsum("sa,sb,ab->", side, after, self._per_table[:, :, -1]))
        return known / unknown


def bets_and_truth(truth: float) -> Floats:
    """Return the engine's bets towards the truth, and the truth."""
    return np.append(np.sign(truth) * BETS, truth)


def _oracle_of_counts(scores: Floats, before: Floats, after: Floats, *, step: float) -> Oracle:
    make = count_chain(scores, before, after, step=step)
    return oracle(make, run_length=RUN_LENGTH, change_after=CHANGE_AFTER, highest=round(_HIGHEST / step))
