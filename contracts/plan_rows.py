"""How many rows of evidence a plan asks for, how many hypotheses they are, and how many of them detectors follow."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.evidence import Claim
from contracts.plan import Indicator, Plan
from contracts.plan_implied import facts_of, lacking

_BOTH_WAYS: frozenset[Claim] = frozenset({"effect", "gap", "elsewhere", "level"})
"""Comparisons; the other claims combine these and look one way."""

_UNTESTED: frozenset[Claim] = frozenset({"roll_out"})
"""Claims that are shown beside the evidence and are no hypotheses: no e-value stands behind them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that one claim makes.

    Attributes:
        claim: Which.
        n: How many rows.
        is_followed: Whether two e-detectors follow each: comparisons of events, whose looks multiply.
    """

    claim: Claim
    n: int
    is_followed: bool = False

    @property
    def n_hypotheses(self) -> int:
        """How many hypotheses these rows are: one in each direction of a comparison, one of a combined claim."""
        if self.claim in _UNTESTED:
            return 0
        return self.n * (2 if self.claim in _BOTH_WAYS else 1)


def rows_of(plan: Plan) -> tuple[Rows, ...]:
    """Return the rows that the plan asks for, as far as it has what its claims are about."""
    kinds = (_effects, _gaps, _elsewhere, _levels, _in_groups, _pairs, _fading, _cumulation, _roll_out)
    facts = facts_of(plan)
    every = (rows for kind in kinds for rows in kind(plan))
    return tuple(rows for rows in every if lacking(rows.claim, plan.claims, facts) is None)


def n_rows(plan: Plan) -> int:
    """Return how many rows of evidence the plan asks for."""
    return sum(rows.n for rows in rows_of(plan))


def n_hypotheses(plan: Plan) -> int:
    """Return how many hypotheses those rows are."""
    return sum(rows.n_hypotheses for rows in rows_of(plan))


def n_detectors(plan: Plan) -> int:
    """Return how many e-detectors follow those rows."""
    return sum(2 * rows.n for rows in rows_of(plan) if rows.is_followed)


# Comparisons


def _effects(plan: Plan) -> Iterator[Rows]:
    n = _n_watched(plan) * (1 + len(plan.groups)) * _n_regions(plan)
    if plan.claims.effect is not None:
        yield from (Rows("effect", n, _is_followed(plan, each)) for each in plan.watched_indicators)


def _gaps(plan: Plan) -> Iterator[Rows]:
    claim = plan.claims.gap
    if claim is not None:
        n, has_before = _n_disadvantaged(plan) * _n_arms(plan) * _n_regions(plan), claim.baseline == "pre_period"
        yield from (Rows("gap", n, _is_followed(plan, each) and not has_before) for each in plan.indicators)


def _elsewhere(plan: Plan) -> Iterator[Rows]:
    if plan.claims.elsewhere is not None:
        yield Rows("elsewhere", len(plan.choices.areas.elsewhere) * len(plan.indicators))


def _levels(plan: Plan) -> Iterator[Rows]:
    n = _n_arms(plan) * (1 + len(plan.groups)) * _n_regions(plan)
    for indicator in plan.indicators:
        if plan.claims.level and (indicator.floor, indicator.target) != (None, None):
            yield Rows("level", n, _is_followed(plan, indicator))


def _roll_out(plan: Plan) -> Iterator[Rows]:
    if plan.claims.roll_out is not None:
        yield Rows("roll_out", len(plan.indicators))


# Combined claims


def _in_groups(plan: Plan) -> Iterator[Rows]:
    n = len(plan.indicators) * _n_watched(plan) * _n_disadvantaged(plan) * _n_regions(plan)
    claims: dict[Claim, bool] = {
        "divergence": plan.claims.divergence,
        "effects_differ": plan.claims.effects_differ,
        "average_hides": plan.claims.average_hides,
    }
    yield from (Rows(claim, n) for claim, is_tested in claims.items() if is_tested)


def _pairs(plan: Plan) -> Iterator[Rows]:
    n = _n_watched(plan) * (1 + len(plan.groups)) * _n_regions(plan)
    if plan.claims.trade_off is not None:
        yield Rows("trade_off", 2 * len(plan.claims.trade_off.pairs) * n)
    if plan.claims.co_benefit is not None:
        yield Rows("co_benefit", len(plan.claims.co_benefit.pairs) * n)


def _fading(plan: Plan) -> Iterator[Rows]:
    n = _n_watched(plan) * (1 + _n_disadvantaged(plan)) * _n_regions(plan)
    if plan.claims.later:
        yield Rows("later", n * sum(each.later_of is not None for each in plan.indicators))


def _cumulation(plan: Plan) -> Iterator[Rows]:
    if plan.claims.cumulation is not None:
        yield Rows("cumulation", _n_watched(plan) * (1 + len(plan.groups)))


# What is multiplied


def _is_followed(plan: Plan, indicator: Indicator) -> bool:
    return indicator.type == "binary" and plan.cluster is None and plan.measured == "once"


def _n_watched(plan: Plan) -> int:
    return len(plan.arms.watched) if plan.arms is not None else 0


def _n_arms(plan: Plan) -> int:
    """Return how many arms there are, and one for all together."""
    return 1 + (len(plan.arms.every) if plan.arms is not None else 0)


def _n_regions(plan: Plan) -> int:
    """Return how many regions have the policy, and one for all together."""
    return 1 + len(plan.choices.areas.here)


def _n_disadvantaged(plan: Plan) -> int:
    return sum(group.disadvantaged for group in plan.groups)
