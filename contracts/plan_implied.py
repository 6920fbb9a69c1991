"""What is tested: what the claims that a plan names come to, or all that a plan implies where it names none.

A claim needs something in the plan to be about, such as arms or a floor. What lacks that is not implied; named all the
same it is accepted, and nothing is tested by it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations
from typing import Any, Literal

from contracts.evidence import Claim
from contracts.period import Period
from contracts.plan import (
    Arms,
    Assignment,
    Choices,
    Claims,
    CumulationClaim,
    EffectClaim,
    ElsewhereClaim,
    GapClaim,
    Group,
    Indicator,
    PairsClaim,
    Plan,
    PrePeriod,
    RollOutClaim,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides which claims a plan implies, by the keys of a plan."""

    choices: Choices
    assignment: Assignment
    arms: Arms | None
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    effective_from: Period
    measured: Literal["once", "repeatedly"]
    cluster: str | None
    pre_period: PrePeriod | None


FACTS = tuple(each.name for each in fields(Facts))


def facts_of(plan: Plan) -> Facts:
    """Return what decides which claims a plan implies."""
    return Facts(*(getattr(plan, name) for name in FACTS))


@dataclass(frozen=True, slots=True)
class _Need:
    """What a claim is about, and what is said where the plan does not have it."""

    is_met: Callable[[Facts, Claims], bool]
    otherwise: str


_ARMS = _Need(lambda facts, _: facts.arms is not None, "the plan has no arms")
_DISADVANTAGED = _Need(lambda facts, _: any(each.disadvantaged for each in facts.groups), "no group is disadvantaged")
_ELSEWHERE = _Need(lambda facts, _: bool(facts.choices.areas.elsewhere), "`choices.areas` has no `elsewhere`")
_COMPARISON = _Need(lambda facts, _: bool(facts.choices.areas.comparison), "`choices.areas` has no `comparison`")
_LEVELS = _Need(
    lambda facts, _: any((each.floor, each.target) != (None, None) for each in facts.indicators),
    "no indicator has a `floor` or a `target`",
)
_NO_PAIRS = "no two indicators differ in aspect or horizon, and no pairs are named"
_LONGER = _Need(
    lambda facts, _: any(each.later_of is not None for each in facts.indicators), "no indicator has `later_of`"
)
_SEVERAL = _Need(
    lambda facts, claims: _n_counted(facts) >= (claims.cumulation or CumulationClaim()).at_least,
    "it has fewer primary and guardrail indicators than `at_least`",
)
_NOT_DRAWN = _Need(lambda facts, _: facts.assignment.kind != "randomised", "`assignment.kind` is `randomised`")
_STAGGERED = _Need(
    lambda facts, claims: len(first_days(facts, claims)) > 1,
    "every region starts in the same period and none never, so there is nothing to compare with",
)

_NEEDS: dict[Claim, tuple[_Need, ...]] = {
    "effect": (_ARMS,),
    "gap": (_DISADVANTAGED,),
    "elsewhere": (_ELSEWHERE, _COMPARISON),
    "level": (_LEVELS,),
    "divergence": (_ARMS, _DISADVANTAGED),
    "effects_differ": (_ARMS, _DISADVANTAGED),
    "average_hides": (_ARMS, _DISADVANTAGED),
    "trade_off": (_ARMS, _Need(lambda _, claims: _has_pairs(claims.trade_off), _NO_PAIRS)),
    "co_benefit": (_ARMS, _Need(lambda _, claims: _has_pairs(claims.co_benefit), _NO_PAIRS)),
    "later": (_ARMS, _LONGER),
    "cumulation": (_ARMS, _SEVERAL),
    "roll_out": (_NOT_DRAWN, _STAGGERED),
}

MULTIPLYING: tuple[Claim, ...] = ("elsewhere", "effects_differ", "later", "roll_out")
"""Claims that multiply looks, which the same units at every look do not allow."""

_NOTHING = Claims()
_EVERYTHING = Claims(
    effect=EffectClaim(),
    gap=GapClaim(),
    elsewhere=ElsewhereClaim(),
    level=True,
    divergence=True,
    effects_differ=True,
    average_hides=True,
    trade_off=PairsClaim(()),
    co_benefit=PairsClaim(()),
    later=True,
    cumulation=CumulationClaim(),
    roll_out=RollOutClaim(),
)


def tested(claims: Claims | None, facts: Facts) -> Claims:
    """Return what is tested: the claims that are named, or all that the plan implies where none are.

    Args:
        claims: The claims as they are written, where no pairs stand for the default ones; None where left out.
        facts: The rest of the plan.
    """
    if claims is not None:
        return _with_pairs(claims, facts)
    every = _with_pairs(_EVERYTHING, facts)
    barred = MULTIPLYING if facts.measured == "repeatedly" else ()
    without = [claim for claim in _NEEDS if claim in barred or lacking(claim, every, facts) is not None]
    left_out: dict[str, Any] = {claim: getattr(_NOTHING, claim) for claim in without}
    return replace(every, **left_out)


def named(claims: Claims) -> tuple[Claim, ...]:
    """Return the names of the claims that are asked for."""
    return tuple(claim for claim in _NEEDS if getattr(claims, claim))


def lacking(claim: Claim, claims: Claims, facts: Facts) -> str | None:
    """Return what a claim would be about and the plan does not have; None where it tests something."""
    return next((need.otherwise for need in _NEEDS[claim] if not need.is_met(facts, claims)), None)


def first_days(facts: Facts, claims: Claims) -> frozenset[int | None]:
    """Return the days (ordinals) on which regions start with the policy, None for those that never do."""
    starts = {region: period.start.toordinal() for region, period in (claims.roll_out or RollOutClaim()).starts}
    areas, usual = facts.choices.areas, facts.effective_from.start.toordinal()
    here = {starts.get(region, usual) for region in areas.here}
    return frozenset(here | {starts.get(region) for region in (*areas.elsewhere, *areas.comparison)})


def _with_pairs(claims: Claims, facts: Facts) -> Claims:
    """Return claims with the pairs that were left out: those of trade-offs for co-benefits, or all."""
    every = PairsClaim(_pairs_across(facts.indicators))
    return replace(
        claims,
        trade_off=_filled(claims.trade_off, every),
        co_benefit=_filled(claims.co_benefit, claims.trade_off, every),
    )


def _filled(claim: PairsClaim | None, *instead: PairsClaim | None) -> PairsClaim | None:
    if claim is None:
        return None
    return next((each for each in (claim, *instead) if each is not None and each.pairs), claim)


def _pairs_across(indicators: Sequence[Indicator]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of indicators that differ in aspect or horizon, in the order of the plan."""
    return tuple(
        (first.id, second.id)
        for first, second in combinations(indicators, 2)
        if (first.aspect, first.horizon) != (second.aspect, second.horizon)
    )


def _has_pairs(claim: PairsClaim | None) -> bool:
    return claim is not None and bool(claim.pairs)


def _n_counted(facts: Facts) -> int:
    """Return how many indicators count for `cumulation`."""
    return sum(each.role != "context" for each in facts.indicators)
