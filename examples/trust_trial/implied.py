"""Which rows of evidence are true, given what was put in.

A change that is put in makes many rows true besides the one it is named for: where a group is harmed, its effect is
worse, its gap widens, and so it is in every region. What is true follows from the model alone: every comparison is
made with the expected outcomes of a large population, and the combined claims by their definitions. Evidence has no
part in it, so that it can be held against it.
"""

from functools import cache
from math import log

import numpy as np

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import MISSING, Plan
from examples.trust_trial.outcomes import BY_ID, shares
from examples.trust_trial.people import ARMS, GROUPS, REGIONS, BoolArray, FloatArray, participants
from examples.trust_trial.truth import Change

_SCALE, _SEED = 30, 1
_CLEAR = 0.02
"""Log odds by which something must be so to be called true."""


class Implied:
    """Says of rows that stand whether they are true.

    Args:
        plan: The plan of the trial.
        changes: What was put in; nothing for the quiet version.
    """

    def __init__(self, plan: Plan, changes: tuple[Change, ...]) -> None:
        self._plan, self._changes = plan, changes
        self._people = participants(np.random.default_rng(_SEED), scale=_SCALE)
        _, self._stratum = np.unique(self._people.region * 65_536 + self._people.month, return_inverse=True)
        self._shares = cache(self._shares_in)
        self._effect = cache(self._effect_in)
        self._rules = {
            "effect": self._is_effect,
            "gap": self._is_gap,
            "elsewhere": self._is_elsewhere,
            "level": self._is_level,
            "divergence": lambda row: self._gain(row) < -_CLEAR and self._gain_of_rest(row) > _CLEAR,
            "effects_differ": lambda row: self._gain(row) < self._gain_of_rest(row) - _CLEAR,
            "average_hides": lambda row: self._gain(row, group=POOLED) > _CLEAR and self._is_gap(row),
            "trade_off": lambda row: self._gain(row) > _CLEAR and self._gain_of_other(row) < -_CLEAR,
            "co_benefit": lambda row: self._gain(row) > _CLEAR and self._gain_of_other(row) > _CLEAR,
            "later": lambda row: self._gain(row) < self._gain_of_other(row) - _CLEAR,
            "cumulation": self._is_cumulation,
        }

    def is_true(self, row: EvidenceRow) -> bool:
        """Return whether what a standing row says is so; that outcomes are missing unequally never is."""
        return not row.indicator.endswith(MISSING) and self._rules[row.claim](row)

    # Effects, as log odds ratios with the sign of the good direction

    def _gain(self, row: EvidenceRow, *, group: str | None = None) -> float:
        return self._effect(row.indicator, row.arm, row.region, group or row.group)

    def _gain_of_rest(self, row: EvidenceRow) -> float:
        return self._effect(row.indicator, row.arm, row.region, "!" + row.group)

    def _gain_of_other(self, row: EvidenceRow) -> float:
        return self._effect(row.other_indicator or "", row.arm, row.region, row.group)

    def _effect_in(self, indicator: str, arm: str, region: str, group: str) -> float:
        """Return what an arm does to the people of a cell: the same people in it and in the control arm."""
        cell = self._cell(region, group)
        watched, reference = self._shares(indicator, arm), self._shares(indicator, ARMS[0])
        return self._sign(indicator) * self._log_odds_ratio([(reference, cell, watched, cell)])

    # Comparisons

    def _is_effect(self, row: EvidenceRow) -> bool:
        gain = self._gain(row)
        return gain < -_CLEAR if row.stands == "worse" else gain > _CLEAR

    def _is_gap(self, row: EvidenceRow) -> bool:
        inside, outside = self._cell(row.region, row.group), self._cell(row.region, "!" + row.group)
        arms = ARMS if row.arm == POOLED else (row.arm,)
        everyone = (self._shares(row.indicator, arm) for arm in arms)
        ratio = self._log_odds_ratio([(share, outside, share, inside) for share in everyone])
        claim = self._plan.claims.gap
        baseline = claim.odds_ratio.get((row.indicator, row.group), 1.0) if claim is not None else 1.0
        gain = self._sign(row.indicator) * (ratio - log(baseline))
        forgiven = -log(claim.margin) if claim is not None else 0.0
        return gain < -forgiven - _CLEAR if row.stands == "worse" else gain > forgiven + _CLEAR

    def _is_level(self, row: EvidenceRow) -> bool:
        cell, arms = self._cell(row.region, row.group), ARMS if row.arm == POOLED else (row.arm,)
        share = float(np.mean([self._shares(row.indicator, arm)[cell].mean() for arm in arms]))
        watched = self._plan.indicator(row.indicator)
        floor, target = (watched.floor, watched.target) if watched is not None else (None, None)
        return share < (floor or target or 0.0) if row.stands == "worse" else share > (target or floor or 1.0)

    def _is_elsewhere(self, row: EvidenceRow) -> bool:
        said = {(each.claim, each.indicator, each.region, each.direction) for each in self._changes}
        return ("elsewhere", row.indicator, row.region, row.stands) in said

    def _is_cumulation(self, row: EvidenceRow) -> bool:
        counted = (each.id for each in self._plan.indicators if each.role != "context")
        setbacks = sum(self._effect(each, row.arm, row.region, row.group) < -_CLEAR for each in counted)
        claim = self._plan.claims.cumulation
        return claim is not None and setbacks >= claim.at_least

    # Expectations

    def _sign(self, indicator: str) -> int:
        return 1 if BY_ID[indicator].is_good else -1

    def _cell(self, region: str, group: str) -> BoolArray:
        """Return who belongs to a region and a group, `!` before it for its rest."""
        people = self._people
        here = people.region == REGIONS.index(region) if region != POOLED else np.ones(len(people), dtype=bool)
        if group == POOLED:
            return here
        inside = people.groups[:, GROUPS.index(group.removeprefix("!"))]
        return here & (~inside if group.startswith("!") else inside)

    def _shares_in(self, indicator: str, arm: str) -> FloatArray:
        everybody = np.full(len(self._people), ARMS.index(arm))
        return shares(self._people, BY_ID[indicator], arm=everybody, changes=self._changes)

    def _log_odds_ratio(self, sides: list[tuple[FloatArray, BoolArray, FloatArray, BoolArray]]) -> float:
        """Return the Mantel-Haenszel log odds ratio of expected counts: shares and who, of both sides."""
        top = bottom = 0.0
        for share_a, a, share_b, b in sides:
            n_a, n_b = self._sum(a), self._sum(b)
            k_a, k_b, n = self._sum(a * share_a), self._sum(b * share_b), np.maximum(n_a + n_b, 1)
            top += float((k_b * (n_a - k_a) / n).sum())
            bottom += float((k_a * (n_b - k_b) / n).sum())
        return log(top / bottom)

    def _sum(self, amounts: BoolArray | FloatArray) -> FloatArray:
        return np.bincount(self._stratum, weights=amounts).astype(np.float64)
