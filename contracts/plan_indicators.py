"""Reading `indicators`: what is measured, which way is better, and which difference matters."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from contracts.document.fields import nullable, number, one_of, spelled, whole
from contracts.document.lists import span
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.period import Duration, parse_duration
from contracts.plan import Indicator
from contracts.plan_known import by_name, known, unbuilt
from contracts.plan_names import Names, name
from contracts.plan_text import text

_CONTINUOUS = unbuilt(
    "a continuous outcome",
    "a binary one (0 or 1) that says whether the value passed a threshold that matters, such as `earns a living wage`",
)


def indicator(names: Names) -> Reader[Indicator]:
    """Return the reader of one indicator."""
    difference = number(above=0)
    return record(
        _indicator,
        {
            "id": Key(name, about="a name for files and figures, such as `part_time_work`"),
            "label": Key(text, about="the name on screens"),
            "type": Key(one_of("binary", "continuous"), about="`binary` or `continuous`"),
            "direction": Key(one_of("higher_is_better", "lower_is_better"), about="which way is better"),
            "aspect": Key(one_of("economic", "social", "ecological"), about="`economic`, `social` or `ecological`"),
            "horizon": Key(one_of("now", "later"), about="`now`, or `later` for later generations"),
            "role": Key(one_of("primary", "guardrail", "context"), about="`primary`, `guardrail` or `context`"),
            "relevant_difference": Key(difference, about="the smallest difference that matters, in outcome units"),
            "maturity": Key(nullable(spelled(parse_duration)), None),
            "margin_difference": Key(number(at_least=0), None),
            "range": Key(span(number()), None),
            "decimals": Key(whole(at_least=0, at_most=6), None),
            "floor": Key(nullable(number()), None),
            "target": Key(nullable(number()), None),
            "later_of": Key(nullable(known("indicator", names.indicators)), None),
            "expected": Key(by_name("watched arm", names.watched, span(number())), {}),
        },
        Rule(("type",), _is_built),
        Rule(("type", "range", "decimals", "margin_difference"), _bounds_fit_type),
        Rule(("type", "relevant_difference", "floor", "target"), _is_share),
        Rule(("type", "expected"), _expects_shares),
    )


def _indicator(
    *,
    decimals: int | None,
    margin_difference: float | None,
    expected: dict[str, tuple[float, float]],
    **rest: Any,
) -> Indicator:
    """Return the indicator; a binary outcome runs from 0 to 1 and has no decimals."""
    low, high = rest.pop("range") or (0.0, 1.0)
    return Indicator(
        low=low,
        high=high,
        decimals=decimals or 0,
        margin_difference=margin_difference or 0.0,
        expected=tuple((arm, *bounds) for arm, bounds in expected.items()),
        **rest,
    )


def _is_built(kind: str) -> Iterator[Fault]:
    if kind == "continuous":
        yield ("type",), _CONTINUOUS


def _bounds_fit_type(kind: str, *given: object) -> Iterator[Fault]:
    if kind == "binary":
        for key, value in zip(("range", "decimals", "margin_difference"), given, strict=True):
            if value is not None:
                yield (key,), "belongs to continuous outcomes; a binary outcome is 0 or 1: leave this key out"


def _is_share(kind: str, *given: float | None) -> Iterator[Fault]:
    if kind == "binary":
        for key, value in zip(("relevant_difference", "floor", "target"), given, strict=True):
            if value is not None and not 0 <= value <= 1:
                yield (key,), f"expected a share from 0 to 1 for a binary outcome, found {value:g}"


def _expects_shares(kind: str, expected: dict[str, tuple[float, float]]) -> Iterator[Fault]:
    if kind == "binary":
        for arm, bounds in expected.items():
            if not all(-1 <= bound <= 1 for bound in bounds):
                yield ("expected", arm), "expected a difference in shares, between -1 and 1"


def later_fits(indicators: tuple[Indicator, ...]) -> Iterator[Fault]:
    """Yield what is wrong with `later_of`: it links one outcome at a shorter and a longer maturity."""
    by_id = {each.id: each for each in indicators}
    for place, each in enumerate(indicators):
        shorter = by_id.get(each.later_of or "")
        if shorter is not None and not _is_later(each, shorter):
            message = f"`{shorter.id}` must be the same outcome (type, direction) at a shorter maturity"
            yield ("indicators", place, "later_of"), message


def _is_later(longer: Indicator, shorter: Indicator) -> bool:
    same = (longer.type, longer.direction) == (shorter.type, shorter.direction)
    return same and _reach(shorter.maturity) < _reach(longer.maturity)


def _reach(maturity: Duration | None) -> date:
    start = date(2001, 1, 1)
    return maturity.after(start) if maturity is not None else start
