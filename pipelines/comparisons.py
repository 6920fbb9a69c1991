"""Which comparisons a plan implies for an indicator, and which of them every table of counts feeds.

A comparison is one row of evidence in both directions. A table belongs to a *base* comparison (one arm, region, group)
and also feeds the comparisons that pool it: `region = all`, and for gaps and levels `arm = all`. Some comparisons are
only parts of combined claims and are not shown as rows of their own.
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
from contracts.plan import MISSING, EffectClaim, GapClaim, Indicator, Plan

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

WORSE, BETTER = 0, 1
"""Places of the two directions in every array that holds both."""

_FEEDS = 4


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a watched cell with its reference.

    Attributes:
        group: The group, `all`, or the rest of a group (`rest_of`).
        nulls: The null against worse and against better: log odds ratios of a binary outcome (nats), differences of a
            continuous one (outcome units), levels for `level`. With a baseline from before the policy, the margins on
            that scale.
        definition: Digest of all that the e-process depends on; while it stays the same over plan versions, the
            e-process goes on.
        has_before: Whether the null is what was before the policy.
        is_shown: Whether it makes rows of its own and counts as a hypothesis.
        is_descriptive: Whether no guarantee can be given whatever the data.
    """

    claim: Literal["effect", "gap", "level", "elsewhere"]
    indicator: str
    arm: str
    region: str
    group: str
    nulls: tuple[float, float]
    definition: str
    has_before: bool = False
    is_shown: bool = True
    is_descriptive: bool = False

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """Place in the order of rows within a closing: claim, indicator, other indicator, arm, region, group."""
        return (self.claim, self.indicator, "", self.arm, self.region, self.group)


def rest_of(group: str) -> str:
    """Return the name of everybody outside a group; no group can have it."""
    return "!" + group


def comparisons(plan: Plan, indicator: Indicator) -> tuple[Comparison, ...]:
    """Return the comparisons the plan implies for one of its indicators, in the order of rows."""
    kinds = (_effects, _gaps, _levels, _elsewhere)
    found = [comparison for kind in kinds for comparison in kind(plan, indicator)]
    return tuple(sorted(found, key=lambda each: each.key))


def signed_bets(plan: Plan, indicator: Indicator) -> FloatArray:
    """Return the bets as log odds from the null; shape (2, bets): towards worse, towards better."""
    bets = np.asarray(plan.evidence.bets, dtype=np.float64)
    return np.stack([signs(indicator)[WORSE] * bets, signs(indicator)[BETTER] * bets])


def signs(indicator: Indicator) -> tuple[float, float]:
    """Return the sign of a difference that is worse, and of one that is better."""
    return (1.0, -1.0) if indicator.direction == "lower_is_better" else (-1.0, 1.0)


def _nulls(plan: Plan, indicator: Indicator, *, baseline: float, margin: float) -> tuple[float, float]:
    """Return the forgiving nulls against worse and better; `margin` is an odds ratio of at most 1.

    They are log odds ratios of a binary outcome; a continuous one has its margin in outcome units, and so have means
    of clusters.
    """
    worse, better = signs(indicator)
    if indicator.type == "continuous" or plan.cluster is not None:
        return worse * indicator.margin_difference, better * indicator.margin_difference
    return log(baseline) - worse * log(margin), log(baseline) - better * log(margin)


def _effects(plan: Plan, indicator: Indicator) -> Iterator[Comparison]:
    if plan.arms is None or not _needs_effects(plan):
        return
    claim = plan.claims.effect or EffectClaim()
    margin = 1.0 if indicator.id.endswith(MISSING) else claim.margin_odds_ratio
    nulls = _nulls(plan, indicator, baseline=1.0, margin=margin)
    is_shown = plan.claims.effect is not None
    for arm in plan.arms.watched:
        for group in (POOLED, *(each.id for each in plan.groups), *_rests(plan, indicator)):
            for region in (POOLED, *plan.choices.areas.here):
                facts = ["effect", plan.arms.reference, arm, group, region, nulls]
                definition = _definition(plan, indicator, facts, pooled_region=region == POOLED)
                shown = is_shown and not group.startswith(rest_of(""))
                yield Comparison("effect", indicator.id, arm, region, group, nulls, definition, is_shown=shown)


def _needs_effects(plan: Plan) -> bool:
    """Say whether effects are tested or are parts of a combined claim that is."""
    claims = plan.claims
    combined = (claims.divergence, claims.effects_differ, claims.average_hides, claims.later)
    return any((claims.effect, *combined, claims.trade_off, claims.co_benefit, claims.cumulation))


def _rests(plan: Plan, indicator: Indicator) -> Iterator[str]:
    if (plan.claims.divergence or plan.claims.effects_differ) and not indicator.id.endswith(MISSING):
        yield from (rest_of(each.id) for each in plan.groups if each.disadvantaged)


def _gaps(plan: Plan, indicator: Indicator) -> Iterator[Comparison]:
    claim = plan.claims.gap
    if (claim is None and not plan.claims.average_hides) or indicator.id.endswith(MISSING):
        return
    claim, is_shown = claim or GapClaim(), claim is not None
    arms = plan.arms.every if plan.arms is not None else ()
    has_before = claim.baseline == "pre_period"
    for group in (each.id for each in plan.groups if each.disadvantaged):
        baseline = claim.odds_ratio.get((indicator.id, group), 1.0)
        nulls = _nulls(plan, indicator, baseline=baseline, margin=claim.margin)
        is_marginal = claim.baseline_scale == "marginal" and (indicator.id, group) in claim.odds_ratio
        for arm in (POOLED, *arms):
            for region in (POOLED, *plan.choices.areas.here):
                facts: list[object] = ["gap", sorted(arms) if arm == POOLED else arm, group, region, nulls]
                definition = _definition(plan, indicator, facts, pooled_region=region == POOLED)
                yield Comparison(
                    *("gap", indicator.id, arm, region, group, nulls, definition),
                    has_before=has_before,
                    is_shown=is_shown,
                    is_descriptive=is_marginal,
                )


def _levels(plan: Plan, indicator: Indicator) -> Iterator[Comparison]:
    levels = levels_of(indicator)
    if not plan.claims.level or levels is None:
        return
    arms = plan.arms.every if plan.arms is not None else ()
    for arm in (POOLED, *arms):
        for group in (POOLED, *(each.id for each in plan.groups)):
            for region in (POOLED, *plan.choices.areas.here):
                facts: list[object] = ["level", sorted(arms) if arm == POOLED else arm, group, region, levels]
                definition = _definition(plan, indicator, facts, pooled_region=region == POOLED)
                yield Comparison("level", indicator.id, arm, region, group, levels, definition)


def levels_of(indicator: Indicator) -> tuple[float, float] | None:
    """Return what is worse than the floor and better than the target; one of them stands in for the other."""
    given = [each for each in (indicator.floor, indicator.target) if each is not None]
    return (given[0], given[-1]) if given else None


def _elsewhere(plan: Plan, indicator: Indicator) -> Iterator[Comparison]:
    claim, areas = plan.claims.elsewhere, plan.choices.areas
    if claim is None or not areas.comparison or indicator.id.endswith(MISSING):
        return
    nulls = _nulls(plan, indicator, baseline=1.0, margin=claim.margin)
    placebos = areas.comparison if len(areas.comparison) > 1 else ()
    for region in (*areas.elsewhere, *placebos):
        facts: list[object] = ["elsewhere", region, sorted(areas.comparison), nulls]
        yield Comparison(
            *("elsewhere", indicator.id, POOLED, region, POOLED, nulls),
            _definition(plan, indicator, facts, pooled_region=False),
            has_before=True,
            is_shown=region not in placebos,
        )


def _before(plan: Plan) -> list[object]:
    before = plan.pre_period
    return [before.first.label, before.last.label] if before is not None else []


def _definition(plan: Plan, indicator: Indicator, facts: Sequence[object], *, pooled_region: bool) -> str:
    """Return the digest of what a comparison's e-process depends on."""
    maturity = indicator.maturity and indicator.maturity.text
    has_scale = indicator.type == "continuous" or plan.cluster is not None
    scale = [indicator.relevant_difference, indicator.decimals] if has_scale else []
    everything = [
        facts,
        sorted(plan.choices.areas.here) if pooled_region else None,
        [indicator.id, indicator.type, indicator.direction, maturity, *scale],
        [plan.unit, plan.look.text, plan.lateness.text, sorted(plan.assignment.strata), list(plan.evidence.bets)],
        [plan.cluster, plan.measured, plan.n_looks, _before(plan)],
    ]
    return sha256(json.dumps(everything, separators=(",", ":")).encode()).hexdigest()


class Wiring:
    """The comparisons of one indicator, numbered, and which of them each base comparison feeds.

    Attributes:
        rows: The comparisons.
        nulls: Their nulls; shape (rows, 2).
        feeds: The comparisons that a table of each feeds, itself first, padded with -1; shape (rows, 4).
        same_arm: Whether those have the same arm; shape (rows, 4).
        is_level, has_before, is_shown, is_pooled, is_everybody, is_descriptive: What each is; shape (rows,). Pooled is
            over all regions, everybody over all groups too.
    """

    def __init__(self, plan: Plan, indicator: Indicator) -> None:
        self.rows = comparisons(plan, indicator)
        self._at: dict[tuple[str, str, str, str], int] = {
            (row.claim, row.arm, row.region, row.group): place for place, row in enumerate(self.rows)
        }
        n_rows = len(self.rows)
        self.feeds = np.array([self._fed_by(row) for row in self.rows], dtype=np.int64).reshape(n_rows, _FEEDS)
        self.same_arm = np.array(
            [
                [fed >= 0 and self.rows[fed].arm == row.arm for fed in self.feeds[at]]
                for at, row in enumerate(self.rows)
            ],
            dtype=np.bool_,
        ).reshape(n_rows, _FEEDS)
        self.nulls = np.array([row.nulls for row in self.rows], dtype=np.float64).reshape(n_rows, 2)
        self.is_level = self._flags([row.claim == "level" for row in self.rows])
        self.has_before = self._flags([row.has_before for row in self.rows])
        self.is_shown = self._flags([row.is_shown for row in self.rows])
        self.is_pooled = self._flags([row.region == POOLED for row in self.rows])
        self.is_everybody = self._flags([row.region == row.group == POOLED for row in self.rows])
        self.is_descriptive = self._flags([row.is_descriptive for row in self.rows])

    @staticmethod
    def _flags(values: Sequence[bool]) -> BoolArray:
        return np.array(values, dtype=np.bool_)

    def place(self, claim: str, arm: str, region: str, group: str) -> int:
        """Return the number of a comparison."""
        return self._at[claim, arm, region, group]

    def has(self, claim: str, arm: str, region: str, group: str) -> bool:
        """Return whether there is such a comparison."""
        return (claim, arm, region, group) in self._at

    def _fed_by(self, row: Comparison) -> list[int]:
        """Return the up to four comparisons that a table of `row` feeds, itself first, padded with -1."""
        arms = dict.fromkeys((row.arm, POOLED)) if row.claim in {"gap", "level"} else (row.arm,)
        regions = (row.region,) if row.claim == "elsewhere" else dict.fromkeys((row.region, POOLED))
        fed = [self._at[row.claim, arm, region, row.group] for arm in arms for region in regions]
        return fed + [-1] * (_FEEDS - len(fed))

    def pairs(self, base: IntArray, is_before: BoolArray) -> tuple[IntArray, IntArray]:
        """Return (comparison, table) for every comparison that each table feeds, sorted by comparison.

        Args:
            base: The tables' base comparisons; shape (tables,).
            is_before: Whether they lie before the policy, so that every arm has one of its own; shape (tables,).
        """
        fed = self.feeds[base]
        fed[is_before[:, None] & ~self.same_arm[base]] = -1
        table, column = np.nonzero(fed >= 0)
        row = fed[table, column]
        order = np.argsort(row, kind="stable")
        return row[order], table[order].astype(np.int64)
