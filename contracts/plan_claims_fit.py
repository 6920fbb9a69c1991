"""Rules between `claims` and the rest of a plan."""

from collections.abc import Iterator

from contracts.document.record import Fault, names_listed
from contracts.plan import Claims, GapClaim
from contracts.plan_implied import MULTIPLYING, Facts, lacking, named, tested

_PERIOD = "`pre_period: {from: ..., to: ...}`"
_NEEDED = {
    "effect": "an effect compares arms, and this plan has none",
    "gap": "a gap is that of a disadvantaged group, and this plan names none",
}
"""Claims that are refused, not only noted, where the plan has nothing for them."""


def claims_fit(claims: Claims | None, *parts: object) -> Iterator[Fault]:
    """Yield what is wrong between the claims and the rest of the plan.

    Args:
        claims: The claims as they are written; None where left out.
        parts: The values of `FACTS`.
    """
    facts = Facts(*parts)  # type: ignore[arg-type]  # the values of its own keys
    if claims is None:
        yield from _what_is_implied(tested(None, facts), facts)
        return
    yield from _something_is_tested(tested(claims, facts), facts)
    yield from _looks_multiply(claims, facts)
    yield from _baselines_are_known(claims, facts)
    yield from _ratios_are_of_events(claims.gap, facts)


def _what_is_implied(claims: Claims, facts: Facts) -> Iterator[Fault]:
    if not named(claims):
        message = (
            "nothing can be tested: the plan has neither arms nor a disadvantaged group, no floor or target, and no "
            "areas to compare"
        )
        yield ("claims",), message
    if claims.elsewhere is not None and facts.pre_period is None:
        message = (
            "this key is missing: `claims` is left out and the plan has areas elsewhere, which are compared with the "
            f"time before the policy; give {_PERIOD}, or name under `claims` what is to be tested"
        )
        yield ("pre_period",), message


def _something_is_tested(claims: Claims, facts: Facts) -> Iterator[Fault]:
    lacks = {claim: lack for claim in named(claims) if (lack := lacking(claim, claims, facts)) is not None}
    for claim in lacks:
        if claim in _NEEDED:
            yield ("claims", claim), _NEEDED[claim]
    if not named(claims):
        yield ("claims",), "nothing is tested; name at least one claim, such as `effect` or `gap`"
    elif len(lacks) == len(named(claims)) and not lacks.keys() & _NEEDED.keys():
        why = "; ".join(f"for `{claim}`, {lack}" for claim, lack in lacks.items())
        yield ("claims",), f"nothing is tested by {names_listed(lacks)}: {why}"


def _looks_multiply(claims: Claims, facts: Facts) -> Iterator[Fault]:
    """Refuse what multiplies the evidence of looks where the same units come back in every look."""
    if facts.measured == "once":
        return
    for claim in named(claims):
        if claim in MULTIPLYING:
            message = (
                f"`{claim}` multiplies the evidence of looks, which `measured: repeatedly` does not allow; leave it out"
            )
            yield ("claims", claim), message
    if claims.gap is not None and claims.gap.baseline == "pre_period":
        message = (
            "`baseline: pre_period` multiplies the evidence of looks, which `measured: repeatedly` does not allow; "
            "use `declared` or `none`"
        )
        yield ("claims", "gap", "baseline"), message


def _baselines_are_known(claims: Claims, facts: Facts) -> Iterator[Fault]:
    if facts.pre_period is not None:
        return
    if claims.gap is not None and claims.gap.baseline == "pre_period":
        yield ("claims", "gap", "baseline"), f"`baseline: pre_period` needs {_PERIOD} at the top of the plan"
    if claims.elsewhere is not None and lacking("elsewhere", claims, facts) is None:
        message = f"areas elsewhere are compared with the time before the policy; give {_PERIOD} at the top of the plan"
        yield ("claims", "elsewhere"), message


def _ratios_are_of_events(gap: GapClaim | None, facts: Facts) -> Iterator[Fault]:
    """Refuse odds ratios of what has no odds."""
    declared = {indicator for indicator, _ in gap.odds_ratio} if gap is not None else set()
    for indicator in facts.indicators:
        if indicator.id in declared and indicator.type == "continuous":
            message = (
                f"`{indicator.id}` is continuous and has no odds ratio; use `baseline: pre_period`, or `none` with the "
                "indicator's `margin_difference`"
            )
            yield ("claims", "gap", "odds_ratio", indicator.id), message
        elif indicator.id in declared and facts.cluster is not None:
            message = (
                "clusters are compared by their means, which have no odds ratio; use `baseline: pre_period`, or `none`"
            )
            yield ("claims", "gap", "odds_ratio", indicator.id), message
