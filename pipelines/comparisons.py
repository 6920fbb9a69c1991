"""Which comparisons a plan implies for an indicator, and how tables of counts feed them.

A comparison is one row of evidence in both directions. A table belongs to a *base* comparison (one arm, region, group)
and also feeds the comparisons that pool it: `region = all`, and for gaps `arm = all`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import log
from typing import Literal

import numpy as np
import numpy.typing as npt

from contracts.evidence import POOLED
from contracts.plan import Indicator, Plan

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

WORSE, BETTER = 0, 1
"""Places of the two directions in every array that holds both."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of evidence.

    Attributes:
        log_or_0: Log odds ratio of the null, against worse and against better (nats).
        definition: Digest of all that the e-process depends on; while it stays the same over plan versions, the
            e-process goes on.
    """

    claim: Literal["effect", "gap"]
    indicator: str
    arm: str
    region: str
    group: str
    log_or_0: tuple[float, float]
    definition: str

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """Place in the order of rows within a closing: claim, indicator, other indicator, arm, region, group."""
        return (self.claim, self.indicator, "", self.arm, self.region, self.group)


def comparisons(plan: Plan, indicator: Indicator) -> tuple[Comparison, ...]:
    """Return the comparisons the plan implies for one of its indicators, in the order of rows."""
    found = [*_effects(plan, indicator), *_gaps(plan, indicator)]
    return tuple(sorted(found, key=lambda each: each.key))


def signed_bets(plan: Plan, indicator: Indicator) -> FloatArray:
    """Return the bets as log odds from the null; shape (2, bets): towards worse, towards better."""
    sign = 1.0 if indicator.direction == "lower_is_better" else -1.0
    bets = np.asarray(plan.evidence.bets, dtype=np.float64)
    return np.stack([sign * bets, -sign * bets])


def _nulls(indicator: Indicator, *, baseline: float, margin: float) -> tuple[float, float]:
    """Return the forgiving nulls against worse and better as log odds ratios; `margin` is at most 1."""
    low, high = log(baseline * margin), log(baseline / margin)
    return (high, low) if indicator.direction == "lower_is_better" else (low, high)


def _effects(plan: Plan, indicator: Indicator) -> Iterator[Comparison]:
    claim = plan.claims.effect
    if claim is None or plan.arms is None:
        return
    nulls = _nulls(indicator, baseline=1.0, margin=claim.margin_odds_ratio)
    for arm in plan.arms.watched:
        for group in (POOLED, *(each.id for each in plan.groups)):
            for region in (POOLED, *plan.choices.areas.here):
                facts = ["effect", plan.arms.reference, arm, group, region, nulls]
                definition = _definition(plan, indicator, facts, pooled_region=region == POOLED)
                yield Comparison("effect", indicator.id, arm, region, group, nulls, definition)


def _gaps(plan: Plan, indicator: Indicator) -> Iterator[Comparison]:
    claim = plan.claims.gap
    if claim is None:
        return
    arms = plan.arms.every if plan.arms is not None else ()
    for group in (each.id for each in plan.groups if each.disadvantaged):
        baseline = claim.odds_ratio.get((indicator.id, group), 1.0)
        nulls = _nulls(indicator, baseline=baseline, margin=claim.margin)
        for arm in (POOLED, *arms):
            for region in (POOLED, *plan.choices.areas.here):
                facts: list[object] = ["gap", list(arms) if arm == POOLED else arm, group, region, nulls]
                definition = _definition(plan, indicator, facts, pooled_region=region == POOLED)
                yield Comparison("gap", indicator.id, arm, region, group, nulls, definition)


def _definition(plan: Plan, indicator: Indicator, facts: Sequence[object], *, pooled_region: bool) -> str:
    """Return the digest of what a comparison's e-process depends on."""
    everything = [
        facts,
        list(plan.choices.areas.here) if pooled_region else None,
        [indicator.id, indicator.type, indicator.direction, indicator.maturity and indicator.maturity.text],
        [plan.unit, plan.look.text, plan.lateness.text, sorted(plan.assignment.strata), list(plan.evidence.bets)],
    ]
    return sha256(json.dumps(everything, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Tables:
    """Two-by-two tables of one look: people and events of the reference (a) and the watched (b); shape (tables,).

    Attributes:
        base: Place of each table's base comparison in `Wiring.rows`.
    """

    base: IntArray
    n_a: IntArray
    k_a: IntArray
    n_b: IntArray
    k_b: IntArray

    def __len__(self) -> int:
        return len(self.base)

    def where(self, keep: npt.NDArray[np.bool_]) -> "Tables":
        """Return the tables that `keep` marks."""
        return Tables(self.base[keep], self.n_a[keep], self.k_a[keep], self.n_b[keep], self.k_b[keep])

    def two_sided(self) -> "Tables":
        """Return the tables with people on both sides; the others say nothing."""
        return self.where((self.n_a > 0) & (self.n_b > 0))

    @staticmethod
    def join(parts: "list[Tables]") -> "Tables":
        """Return the tables of all parts, in their order."""
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return Tables(none, none, none, none, none)
        return Tables(
            *(np.concatenate([getattr(each, name) for each in parts]) for name in ("base", "n_a", "k_a", "n_b", "k_b"))
        )


class Wiring:
    """The comparisons of one indicator, numbered, and which of them each base comparison feeds."""

    def __init__(self, plan: Plan, indicator: Indicator) -> None:
        self.rows = comparisons(plan, indicator)
        self._at: dict[tuple[str, str, str, str], int] = {
            (row.claim, row.arm, row.region, row.group): place for place, row in enumerate(self.rows)
        }
        self.feeds = np.array([self._fed_by(row) for row in self.rows], dtype=np.int64).reshape(len(self.rows), 4)
        self.log_or_0 = np.array([row.log_or_0 for row in self.rows], dtype=np.float64).reshape(len(self.rows), 2)

    def place(self, claim: str, arm: str, region: str, group: str) -> int:
        """Return the number of a comparison."""
        return self._at[claim, arm, region, group]

    def _fed_by(self, row: Comparison) -> list[int]:
        """Return the up to four comparisons that a table of `row` feeds, itself first, padded with -1."""
        arms = dict.fromkeys((row.arm, POOLED)) if row.claim == "gap" else (row.arm,)
        fed = [
            self._at[row.claim, arm, region, row.group]
            for arm in arms
            for region in dict.fromkeys((row.region, POOLED))
        ]
        return fed + [-1] * (4 - len(fed))

    def pairs(self, base: IntArray) -> tuple[IntArray, IntArray]:
        """Return (comparison, table) for every comparison that each table feeds, sorted by comparison.

        Args:
            base: The tables' base comparisons; shape (tables,).
        """
        fed = self.feeds[base]
        table, column = np.nonzero(fed >= 0)
        row = fed[table, column]
        order = np.argsort(row, kind="stable")
        return row[order], table[order].astype(np.int64)
