"""Reading `claims`: what is tested, and the settings of each claim."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from contracts.document.fields import boolean, number, one_of, spelled, whole
from contracts.document.lists import listing
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.document.written import Written
from contracts.errors import PlanError
from contracts.period import Period, parse_period
from contracts.plan import (
    Claims,
    CumulationClaim,
    EffectClaim,
    ElsewhereClaim,
    GapClaim,
    PairsClaim,
    RollOutClaim,
)
from contracts.plan_known import by_name, known
from contracts.plan_names import Names

Pair: TypeAlias = tuple[str, str]

MOST_SETBACKS = 1000
_MARGIN = number(above=0, at_most=1)


def claims(names: Names) -> Reader[Claims]:
    """Return the reader of `claims`; pairs that are left out stay empty."""
    return record(
        Claims,
        {
            "effect": Key(record(EffectClaim, {"margin_odds_ratio": Key(_MARGIN, 1.0)}), None),
            "gap": Key(_gap(names), None),
            "elsewhere": Key(_ELSEWHERE, None),
            "level": Key(_ASKED, False),
            "divergence": Key(_ASKED, False),
            "effects_differ": Key(_ASKED, False),
            "average_hides": Key(_ASKED, False),
            "trade_off": Key(_pairs(names), None),
            "co_benefit": Key(_pairs(names), None),
            "later": Key(_ASKED, False),
            "cumulation": Key(_CUMULATION, None),
            "roll_out": Key(_roll_out(names), None),
        },
    )


def _asked() -> bool:
    return True


_ASKED: Reader[bool] = record(_asked, {})
"""Of a claim without settings: `{}` asks for it."""


def _elsewhere(*, baseline: Literal["pre_period"], margin: float) -> ElsewhereClaim:  # noqa: ARG001  (the only one)
    return ElsewhereClaim(margin)


_ELSEWHERE: Reader[ElsewhereClaim] = record(
    _elsewhere,
    {"baseline": Key(one_of("pre_period"), "pre_period"), "margin": Key(_MARGIN, ElsewhereClaim().margin)},
)
_CUMULATION: Reader[CumulationClaim] = record(
    CumulationClaim, {"at_least": Key(whole(at_least=2, at_most=MOST_SETBACKS), CumulationClaim().at_least)}
)


# The gap


def _gap(names: Names) -> Reader[GapClaim]:
    of_groups = by_name("disadvantaged group", names.disadvantaged, number(above=0))
    return record(
        _gap_claim,
        {
            "baseline": Key(one_of("declared", "pre_period", "none"), "none"),
            "odds_ratio": Key(by_name("indicator", names.indicators, of_groups), None),
            "margin": Key(_MARGIN, 0.9),
            "baseline_scale": Key(one_of("conditional", "marginal"), None),
        },
        Rule(("baseline", "odds_ratio", "baseline_scale"), _baseline_fits),
    )


def _gap_claim(
    *,
    baseline: Literal["declared", "pre_period", "none"],
    odds_ratio: dict[str, dict[str, float]] | None,
    margin: float,
    baseline_scale: Literal["conditional", "marginal"] | None,
) -> GapClaim:
    pairs = {(of, group): ratio for of, ratios in (odds_ratio or {}).items() for group, ratio in ratios.items()}
    return GapClaim(baseline, pairs, margin, baseline_scale or "conditional")


def _baseline_fits(baseline: str, odds_ratio: object, scale: str | None) -> Iterator[Fault]:
    if baseline == "declared" and not odds_ratio:
        yield ("odds_ratio",), "`baseline: declared` needs the odds ratios, `{indicator: {group: ratio}}`"
    if baseline != "declared" and odds_ratio:
        yield ("odds_ratio",), "odds ratios are used with `baseline: declared` only"
    if baseline != "declared" and scale is not None:
        yield ("baseline_scale",), "says how declared odds ratios were found; used with `baseline: declared` only"


# Pairs of indicators


def _pairs(names: Names) -> Reader[PairsClaim]:
    return record(PairsClaim, {"pairs": Key(_each_pair_once(listing(_pair(names), at_least=1)), ())})


def _pair(names: Names) -> Reader[Pair]:
    both = listing(known("indicator", names.indicators))

    def read(written: Written) -> Pair:
        found = both(written)
        if len(found) != 2 or found[0] == found[1]:  # noqa: PLR2004  (a pair)
            raise written.refused("expected two different indicators, `[one, another]`")
        return found[0], found[1]

    return read


def _each_pair_once(read_list: Reader[tuple[Pair, ...]]) -> Reader[tuple[Pair, ...]]:
    """Return a reader of pairs in which none stands twice; both orders of a pair are one."""

    def read(written: Written) -> tuple[Pair, ...]:
        found = read_list(written)
        sets = [frozenset(pair) for pair in found]
        problems = [
            written.problem(f"this pair stands at [{sets.index(pair)}] already; both orders are looked at", place)
            for place, pair in enumerate(sets)
            if pair in sets[:place]
        ]
        if problems:
            raise PlanError(problems)
        return found

    return read


# The roll-out


def _roll_out(names: Names) -> Reader[RollOutClaim]:
    return record(
        _roll_out_claim,
        {
            "starts": Key(by_name("region", names.regions, spelled(parse_period)), {}),
            "drawn_by_lot": Key(boolean, False),
        },
        Rule(("starts", "drawn_by_lot"), _lots_have_starts),
    )


def _roll_out_claim(*, starts: dict[str, Period], drawn_by_lot: bool) -> RollOutClaim:
    return RollOutClaim(tuple(starts.items()), drawn_by_lot)


def _lots_have_starts(starts: dict[str, Period], drawn_by_lot: bool) -> Iterator[Fault]:  # noqa: FBT001
    if drawn_by_lot and not starts:
        yield ("drawn_by_lot",), "no starts are given; name those that were drawn, `starts: {region: period}`"
