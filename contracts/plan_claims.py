"""Reading `claims`: what is tested. What is not built yet is refused here, with what can be used instead."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from contracts.document.fields import number, one_of
from contracts.document.record import Fault, Key, Reader, Rule, names_listed, record
from contracts.evidence import Claim
from contracts.plan import Areas, Arms, Assignment, Choices, Claims, EffectClaim, GapClaim, Group, Indicator
from contracts.plan_known import by_name, not_yet, unbuilt
from contracts.plan_names import Names

BUILT: tuple[Claim, ...] = ("effect", "gap")

_SIDE_BY_SIDE = (
    "test `effect`: it is followed for all people and for every group, so that both can be read side by side"
)
_INSTEAD: dict[Claim, str] = {
    "elsewhere": "leave the areas in `choices.areas`; they are registered, and compared once this claim is built",
    "level": "leave `floor` and `target` with the indicator; they are registered, and test `effect` or `gap`",
    "divergence": _SIDE_BY_SIDE,
    "effects_differ": _SIDE_BY_SIDE,
    "average_hides": "test `effect` and `gap`; the gap is followed in every arm",
    "trade_off": "test `effect` on each of the indicators of a pair",
    "co_benefit": "test `effect` on each of the indicators of a pair",
    "later": "test `effect` on the indicator at both maturities",
    "cumulation": "test `effect` on each indicator, or `gap` on a binary indicator: several setbacks or not",
    "roll_out": "test `gap` inside the regions, or give the regions arms where the start was drawn by lot",
}
_MARGIN = number(above=0, at_most=1)
_PRE_PERIOD = unbuilt(
    "a baseline from before the policy",
    "`declared`, with the odds ratios you know from that period, or `none`, which is an odds ratio of 1",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides which claims a plan implies."""

    arms: Arms | None
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    areas: Areas
    assignment: Assignment

    @property
    def has_arms(self) -> bool:
        """Whether anything is compared between arms."""
        return self.arms is not None

    @property
    def has_disadvantaged(self) -> bool:
        """Whether a disadvantaged group is named."""
        return any(group.disadvantaged for group in self.groups)


def _has_pairs(facts: Facts) -> bool:
    return facts.has_arms and len({(each.aspect, each.horizon) for each in facts.indicators}) > 1


def _has_several(facts: Facts) -> bool:
    return facts.has_arms and sum(each.role != "context" for each in facts.indicators) >= 3  # noqa: PLR2004  (the default of `at_least`)


def _has_groups_in_arms(facts: Facts) -> bool:
    return facts.has_arms and facts.has_disadvantaged


_IMPLIED: dict[Claim, Callable[[Facts], bool]] = {
    "effect": lambda facts: facts.has_arms,
    "gap": lambda facts: facts.has_disadvantaged,
    "elsewhere": lambda facts: bool(facts.areas.elsewhere and facts.areas.comparison),
    "level": lambda facts: any((each.floor, each.target) != (None, None) for each in facts.indicators),
    "divergence": _has_groups_in_arms,
    "effects_differ": _has_groups_in_arms,
    "average_hides": _has_groups_in_arms,
    "trade_off": _has_pairs,
    "co_benefit": _has_pairs,
    "later": lambda facts: facts.has_arms and any(each.later_of for each in facts.indicators),
    "cumulation": _has_several,
    "roll_out": lambda facts: facts.assignment.kind != "randomised",
}


def implied(facts: Facts) -> tuple[Claim, ...]:
    """Return the claims that a plan implies."""
    return tuple(claim for claim, holds in _IMPLIED.items() if holds(facts))


def claims(names: Names) -> Reader[Claims]:
    """Return the reader of `claims`."""
    keys = {
        "effect": Key(record(EffectClaim, {"margin_odds_ratio": Key(_MARGIN, 1.0)}), None),
        "gap": Key(_gap(names), None),
    }
    later = {claim: Key(not_yet(f"the claim `{claim}`", instead), None) for claim, instead in _INSTEAD.items()}
    return record(_claims, keys | later)


def _claims(*, effect: EffectClaim | None, gap: GapClaim | None, **_: None) -> Claims:
    return Claims(effect, gap)


def _gap(names: Names) -> Reader[GapClaim]:
    of_groups = by_name("disadvantaged group", names.disadvantaged, number(above=0))
    instead = "declare the odds ratio inside the strata of this plan"
    return record(
        _gap_claim,
        {
            "baseline": Key(one_of("declared", "pre_period", "none"), "none"),
            "odds_ratio": Key(by_name("indicator", names.indicators, of_groups), None),
            "margin": Key(_MARGIN, 0.9),
            "baseline_scale": Key(not_yet("a baseline over all strata together", instead), None),
        },
        Rule(("baseline", "odds_ratio"), _baseline_fits),
    )


def _gap_claim(
    *,
    baseline: Literal["declared", "none"],
    odds_ratio: dict[str, dict[str, float]] | None,
    margin: float,
    **_: None,
) -> GapClaim:
    pairs = {(of, group): ratio for of, ratios in (odds_ratio or {}).items() for group, ratio in ratios.items()}
    return GapClaim(baseline, pairs, margin)


def _baseline_fits(baseline: str, odds_ratio: object) -> Iterator[Fault]:
    if baseline == "pre_period":
        yield ("baseline",), _PRE_PERIOD
    elif baseline == "declared" and not odds_ratio:
        yield ("odds_ratio",), "`baseline: declared` needs the odds ratios, `{indicator: {group: ratio}}`"
    elif baseline == "none" and odds_ratio:
        yield ("odds_ratio",), "odds ratios are used with `baseline: declared` only"


def claims_fit(  # noqa: PLR0917  (the keys of its rule, in their order)
    tested: Claims | None,
    choices: Choices,
    assignment: Assignment,
    arms: Arms | None,
    groups: tuple[Group, ...],
    indicators: tuple[Indicator, ...],
) -> Iterator[Fault]:
    """Yield what is wrong between the claims and the rest of the plan."""
    facts = Facts(arms, groups, indicators, choices.areas, assignment)
    if tested is None:
        yield from _implied_are_built(implied(facts))
        return
    if tested == Claims(None, None):
        yield ("claims",), f"nothing is tested; name at least one of {names_listed(BUILT)}"
    if tested.effect is not None and not facts.has_arms:
        yield ("claims", "effect"), "an effect compares arms, and this plan has none"
    if tested.gap is not None and not facts.has_disadvantaged:
        yield ("claims", "gap"), "a gap is that of a disadvantaged group, and this plan names none"


def _implied_are_built(found: tuple[Claim, ...]) -> Iterator[Fault]:
    possible = [claim for claim in found if claim in BUILT]
    unknown = [claim for claim in found if claim not in BUILT]
    if not possible:
        yield ("claims",), "nothing can be tested: the plan has neither arms nor a disadvantaged group"
    elif unknown:
        example = ", ".join(f"{claim}: {{}}" for claim in possible)
        message = (
            f"left out, this tests all that the plan implies; not built yet of that: {names_listed(unknown)}. "
            f"Now: name what is to be tested, such as `claims: {{{example}}}`"
        )
        yield ("claims",), message


def implied_claims(arms: Arms | None, groups: tuple[Group, ...]) -> Claims:
    """Return what is tested where a plan that implies only what is built names no claims."""
    return Claims(
        EffectClaim() if arms is not None else None,
        GapClaim() if any(group.disadvantaged for group in groups) else None,
    )
