"""Which comparisons and combined claims a plan implies, as they are read from the store.

Two families are tested together: what is said over all regions, and what is said of single regions and areas.
"""

from collections.abc import Iterator

from contracts.evidence import POOLED
from contracts.plan import PairsClaim, Plan
from infra.postgres.evidence_reading import Chosen


def comparisons(plan: Plan, *, pooled: bool) -> tuple[Chosen, ...]:
    """Return the comparisons: over all regions, or of single regions and areas."""
    return tuple(each for each in _comparisons(plan, _regions(plan, pooled=pooled), pooled=pooled) if each.size)


def combined(plan: Plan, *, pooled: bool) -> tuple[Chosen, ...]:
    """Return the claims that combine several comparisons; only plans with arms have any."""
    regions = _regions(plan, pooled=pooled)
    kinds = (_of_one(plan, regions), _of_pairs(plan, regions), _later(plan, regions), _cumulation(plan, pooled=pooled))
    return tuple(each for kind in kinds for each in kind if each.size) if plan.arms is not None else ()


def _regions(plan: Plan, *, pooled: bool) -> tuple[str, ...]:
    return (POOLED,) if pooled else plan.choices.areas.here


def _comparisons(plan: Plan, regions: tuple[str, ...], *, pooled: bool) -> Iterator[Chosen]:
    indicators, claims = tuple(each.id for each in plan.indicators), plan.claims
    in_every_arm = (POOLED, *(plan.arms.every if plan.arms is not None else ()))
    if claims.effect is not None:
        watched = tuple(each.id for each in plan.watched_indicators)
        yield Chosen(("effect",), watched, _watched(plan), regions, _groups(plan))
    if claims.gap is not None:
        yield Chosen(("gap",), indicators, in_every_arm, regions, _disadvantaged(plan))
    if claims.level:
        limited = tuple(each.id for each in plan.indicators if (each.floor, each.target) != (None, None))
        yield Chosen(("level",), limited, in_every_arm, regions, _groups(plan))
    if claims.elsewhere is not None and not pooled:
        yield Chosen(("elsewhere",), indicators, (POOLED,), plan.choices.areas.elsewhere, (POOLED,))
    if claims.roll_out is not None and pooled:
        yield Chosen(("roll_out",), indicators, (POOLED,), (POOLED,), (POOLED,))


def _of_one(plan: Plan, regions: tuple[str, ...]) -> Iterator[Chosen]:
    """Yield what is said of one indicator: everything about a disadvantaged group beside the others."""
    indicators = tuple(each.id for each in plan.indicators)
    for claim in ("divergence", "effects_differ", "average_hides"):
        if getattr(plan.claims, claim):
            yield Chosen((claim,), indicators, _watched(plan), regions, _disadvantaged(plan))


def _of_pairs(plan: Plan, regions: tuple[str, ...]) -> Iterator[Chosen]:
    """Yield pairs of indicators: of a trade-off in both orders."""
    both_orders = [pair for each in _pairs(plan.claims.trade_off) for pair in (each, each[::-1])]
    for claim, pairs in (("trade_off", both_orders), ("co_benefit", _pairs(plan.claims.co_benefit))):
        for first in dict.fromkeys(first for first, _ in pairs):
            others = tuple(second for each, second in pairs if each == first)
            yield Chosen((claim,), (first,), _watched(plan), regions, _groups(plan), others)


def _pairs(claim: PairsClaim | None) -> list[tuple[str, str]]:
    return [] if claim is None else list(claim.pairs)


def _later(plan: Plan, regions: tuple[str, ...]) -> Iterator[Chosen]:
    """Yield outcomes at a longer maturity beside the same at a shorter one."""
    for indicator in plan.indicators if plan.claims.later else ():
        if indicator.later_of is not None:
            groups = (POOLED, *_disadvantaged(plan))
            yield Chosen(("later",), (indicator.id,), _watched(plan), regions, groups, (indicator.later_of,))


def _cumulation(plan: Plan, *, pooled: bool) -> Iterator[Chosen]:
    if plan.claims.cumulation is not None and pooled:
        yield Chosen(("cumulation",), (POOLED,), _watched(plan), (POOLED,), _groups(plan))


def _watched(plan: Plan) -> tuple[str, ...]:
    return plan.arms.watched if plan.arms is not None else ()


def _groups(plan: Plan) -> tuple[str, ...]:
    return (POOLED, *(each.id for each in plan.groups))


def _disadvantaged(plan: Plan) -> tuple[str, ...]:
    return tuple(each.id for each in plan.groups if each.disadvantaged)
