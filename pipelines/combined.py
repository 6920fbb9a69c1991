"""Combined claims: what several comparisons say together, each by a rule of one line.

A combined claim is one hypothesis. It rests on the running evidence of its parts and keeps none of its own, so it goes
on or starts anew with them.

    divergence       the arm helps the rest and harms the group      weakest of both
    effects_differ   the group gains less than the rest              worst case over what both may gain
    average_hides    the arm helps all, and the group falls behind   weakest of both
    trade_off        one outcome gets better, another worse          weakest of both
    co_benefit       both outcomes get better                        weakest of both
    later            the effect fades                                worst case over the lasting effect
    cumulation       worse on at least r of m outcomes               mean of the m - r + 1 weakest, each adjusted
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from contracts.evidence import POOLED, Claim
from contracts.plan import Claims, Indicator, PairsClaim, Plan
from pipelines.comparisons import BETTER, WORSE, FloatArray, IntArray, rest_of, signs
from pipelines.evidence.combining import adjusted, cumulated, weakest
from pipelines.evidence.profiles import smallest_mean, smallest_product
from pipelines.measures import Method
from pipelines.strength import beyond, has_passed_gate, span_of
from pipelines.watched import Watched

Members = Mapping[str, Watched]
Cell = tuple[str, str, str]
"""Arm, region, group."""


@dataclass(frozen=True, slots=True)
class Joint:
    """The combined claims of one kind over the same indicators, one per cell.

    Attributes:
        claim, indicator, other_indicator: As in their rows.
        cells: Arm, region and group of each.
        parts: Per part the indicator and the comparison of each cell in it; the first makes the rows' own figures.
    """

    claim: Claim
    indicator: str
    other_indicator: str | None
    cells: tuple[Cell, ...]
    parts: tuple[tuple[str, IntArray], ...]

    @property
    def name(self) -> str:
        """Name of the kind and its indicators."""
        return "/".join((self.claim, self.indicator, self.other_indicator or ""))

    @property
    def indicators(self) -> frozenset[str]:
        """The indicators of its parts."""
        return frozenset(indicator for indicator, _ in self.parts)

    @property
    def direction(self) -> int:
        """Which direction it is about."""
        return BETTER if self.claim == "co_benefit" else WORSE

    def definition(self, plan: Plan) -> str:
        """Return the digest of what the rule depends on beside its parts."""
        at_least = plan.claims.cumulation.at_least if self.claim == "cumulation" and plan.claims.cumulation else None
        facts = [self.name, [indicator for indicator, _ in self.parts], at_least]
        return sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()

    def log_e(self, members: Members, plan: Plan) -> FloatArray:
        """Return the log e-process of each claim as of the last looks (nats); shape (cells,).

        It is 0 until every part that is asymptotic has passed its gate.
        """
        ready = np.ones(len(self.cells), dtype=bool)
        for name, rows in self.parts:
            if (watched := members[name]).measure.method is not Method.EXACT:
                ready &= has_passed_gate(watched.tracks.units, watched, plan)[rows]
        return np.where(ready, RULES[self.claim](self, members, plan), 0.0)

    def strength(self, part: int, way: int, members: Members) -> FloatArray:
        """Return the log e-process of one part in one direction; shape (cells,)."""
        indicator, rows = self.parts[part]
        strength: FloatArray = members[indicator].tracks.strength[rows, way]
        return strength


# What is claimed together


def joints(plan: Plan, members: Members) -> tuple[Joint, ...]:
    """Return the combined claims the plan implies."""
    return tuple(joint for kind in (_of_one, _of_pairs, _of_maturities, _of_all) for joint in kind(plan, members))


_GROUP_AND_REST: dict[Claim, Callable[[Claims], bool]] = {
    "divergence": lambda claims: claims.divergence,
    "effects_differ": lambda claims: claims.effects_differ,
}


def _cells(plan: Plan, groups: Sequence[str], *, by_region: bool = True) -> Iterator[Cell]:
    """Yield watched arm, region and group."""
    regions = (POOLED, *plan.choices.areas.here) if by_region else (POOLED,)
    for arm in plan.arms.watched if plan.arms is not None else ():
        yield from ((arm, region, group) for group in groups for region in regions)


def _disadvantaged(plan: Plan) -> list[str]:
    return [each.id for each in plan.groups if each.disadvantaged]


def _effects(watched: Watched, cells: Sequence[Cell], group_of: Callable[[str], str] = str) -> tuple[str, IntArray]:
    """Return the part that is the effect in each cell."""
    places = [watched.wiring.place("effect", arm, region, group_of(group)) for arm, region, group in cells]
    return watched.indicator.id, np.array(places, dtype=np.int64)


def _of_one(plan: Plan, members: Members) -> Iterator[Joint]:
    """Yield divergence, differing effects and hiding averages of each indicator."""
    cells = tuple(_cells(plan, _disadvantaged(plan)))
    for indicator in plan.indicators if cells else ():
        watched = members[indicator.id]
        for claim, is_tested in _GROUP_AND_REST.items():
            if is_tested(plan.claims):
                parts = (_effects(watched, cells), _effects(watched, cells, rest_of))
                yield Joint(claim, indicator.id, None, cells, parts)
        if plan.claims.average_hides:
            gaps = np.array([watched.wiring.place("gap", *cell) for cell in cells], dtype=np.int64)
            parts = ((indicator.id, gaps), _effects(watched, cells, lambda _: POOLED))
            yield Joint("average_hides", indicator.id, None, cells, parts)


def _of_pairs(plan: Plan, members: Members) -> Iterator[Joint]:
    """Yield trade-offs, in both orders of each pair, and co-benefits, once."""
    cells = tuple(_cells(plan, (POOLED, *(each.id for each in plan.groups))))
    trade_off, co_benefit = (
        _pairs(claim) if cells else [] for claim in (plan.claims.trade_off, plan.claims.co_benefit)
    )
    for pair in trade_off:
        yield _pair("trade_off", pair, cells, members)
        yield _pair("trade_off", pair[::-1], cells, members)
    for pair in co_benefit:
        yield _pair("co_benefit", pair, cells, members)


def _pairs(claim: PairsClaim | None) -> list[tuple[str, ...]]:
    return list(claim.pairs) if claim is not None else []


def _pair(claim: Claim, pair: Sequence[str], cells: tuple[Cell, ...], members: Members) -> Joint:
    first, second = pair
    return Joint(claim, first, second, cells, (_effects(members[first], cells), _effects(members[second], cells)))


def _of_maturities(plan: Plan, members: Members) -> Iterator[Joint]:
    """Yield fading effects: of an outcome at a longer maturity against the same at a shorter one."""
    cells = tuple(_cells(plan, (POOLED, *_disadvantaged(plan))))
    for indicator in plan.indicators if plan.claims.later and cells else ():
        if indicator.later_of is not None:
            yield _pair("later", (indicator.id, indicator.later_of), cells, members)


def _of_all(plan: Plan, members: Members) -> Iterator[Joint]:
    """Yield cumulation over the primary and guardrail indicators."""
    claim, counted = plan.claims.cumulation, cumulated_indicators(plan)
    cells = tuple(_cells(plan, (POOLED, *(each.id for each in plan.groups)), by_region=False))
    if claim is not None and cells and len(counted) >= claim.at_least:
        yield Joint("cumulation", POOLED, None, cells, tuple(_effects(members[each.id], cells) for each in counted))


def cumulated_indicators(plan: Plan) -> tuple[Indicator, ...]:
    """Return the indicators over which setbacks are counted."""
    return tuple(each for each in plan.indicators if each.role != "context")


# The rules


def _both(first: int, second: int) -> "Rule":
    """Return the rule of two parts that must both hold: the directions of the first and of the second."""

    def rule(joint: Joint, members: Members, plan: Plan) -> FloatArray:  # noqa: ARG001
        return weakest(joint.strength(0, first, members), joint.strength(1, second, members))

    return rule


def _effects_differ(joint: Joint, members: Members, plan: Plan) -> FloatArray:  # noqa: ARG001
    """Return the evidence that the group gains less than the rest, whatever either gains."""
    (name, group), (_, rest) = joint.parts
    watched = members[name]
    worse, _ = signs(watched.indicator)
    above, below = (rest, group) if worse < 0 else (group, rest)
    rule = smallest_mean if watched.measure.method is Method.CLUSTERS else smallest_product  # clusters hold both sides
    return rule(beyond(watched, above, sign=1), beyond(watched, below, sign=-1))


def _later(joint: Joint, members: Members, plan: Plan) -> FloatArray:  # noqa: ARG001
    """Return the evidence that the effect at the longer maturity is worse than at the shorter one; the same people."""
    (long_name, long_rows), (short_name, short_rows) = joint.parts
    long, short = members[long_name], members[short_name]
    reach = max(span_of(long), span_of(short))
    if signs(long.indicator)[WORSE] < 0:
        return smallest_mean(
            beyond(short, short_rows, sign=1, reach=reach), beyond(long, long_rows, sign=-1, reach=reach)
        )
    return smallest_mean(beyond(long, long_rows, sign=1, reach=reach), beyond(short, short_rows, sign=-1, reach=reach))


def _cumulation(joint: Joint, members: Members, plan: Plan) -> FloatArray:
    """Return the evidence of at least so many setbacks; outcomes arrive at different times, so peaks are adjusted."""
    at_least = plan.claims.cumulation.at_least if plan.claims.cumulation is not None else len(joint.parts)
    peaks = np.stack([members[name].tracks.peak[rows] for name, rows in joint.parts])
    return cumulated(adjusted(peaks), at_least=at_least)


Rule = Callable[[Joint, Members, Plan], FloatArray]

RULES: dict[Claim, Rule] = {
    "divergence": _both(WORSE, BETTER),
    "effects_differ": _effects_differ,
    "average_hides": _both(WORSE, BETTER),
    "trade_off": _both(BETTER, WORSE),
    "co_benefit": _both(BETTER, BETTER),
    "later": _later,
    "cumulation": _cumulation,
}
"""What the parts of each claim make together."""
