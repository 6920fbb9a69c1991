"""Reading `indicators`: what is measured, which way is better, and which difference matters."""

from collections.abc import Iterator
from datetime import date
from typing import Any, TypeAlias

from contracts.document.fields import nullable, number, one_of, spelled, whole
from contracts.document.lists import span
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.period import Duration, parse_duration
from contracts.plan import Indicator
from contracts.plan_known import by_name, known
from contracts.plan_names import Names, name
from contracts.plan_text import text

Bounds: TypeAlias = tuple[float, float]

MOST_DECIMALS = 6
LARGEST_COUNTED = 1 << 31
"""Bound on a value as a whole number of its last decimal, so that sums of squares stay whole."""


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
            "decimals": Key(whole(at_least=0, at_most=MOST_DECIMALS), None),
            "floor": Key(nullable(number()), None),
            "target": Key(nullable(number()), None),
            "later_of": Key(nullable(known("indicator", names.indicators)), None),
            "expected": Key(by_name("watched arm", names.watched, span(number())), {}),
        },
        Rule(("type", "range", "decimals", "margin_difference"), _bounds_fit_type),
        Rule(("type", "range", "decimals"), _is_counted_exactly),
        Rule(("type", "range", "relevant_difference", "margin_difference"), _differences_fit),
        Rule(("type", "range", "floor", "target"), _levels_fit),
        Rule(("type", "range", "expected"), _expectations_fit),
    )


def _indicator(
    *,
    decimals: int | None,
    margin_difference: float | None,
    expected: dict[str, Bounds],
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


def _bounds_fit_type(kind: str, bounds: Bounds | None, decimals: int | None, margin: float | None) -> Iterator[Fault]:
    if kind == "binary":
        for key, value in (("range", bounds), ("decimals", decimals), ("margin_difference", margin)):
            if value is not None:
                yield (key,), "belongs to continuous outcomes; a binary outcome is 0 or 1: leave this key out"
        return
    if bounds is None:
        yield ("range",), "this key is missing: a continuous outcome needs its lowest and highest value, `[low, high]`"
    if decimals is None:
        message = f"this key is missing: a continuous outcome needs its number of decimals, 0 to {MOST_DECIMALS}"
        yield ("decimals",), message


def _is_counted_exactly(kind: str, bounds: Bounds | None, decimals: int | None) -> Iterator[Fault]:
    if kind == "binary" or bounds is None or decimals is None:
        return
    largest = max(map(abs, bounds)) * 10**decimals
    if largest >= LARGEST_COUNTED:
        message = (
            f"values are counted as whole numbers below 2^31 ({LARGEST_COUNTED:,}), and {_written(bounds)} with "
            f"{decimals} decimals needs {largest:.3g}; give a narrower range or fewer decimals"
        )
        yield ("range",), message


def _differences_fit(
    kind: str, bounds: Bounds | None, relevant_difference: float, margin_difference: float | None
) -> Iterator[Fault]:
    if kind == "binary":
        if relevant_difference > 1:
            message = f"expected a share from 0 to 1 for a binary outcome, found {relevant_difference:g}"
            yield ("relevant_difference",), message
    elif bounds is not None:
        for key, value in (("relevant_difference", relevant_difference), ("margin_difference", margin_difference)):
            if value is not None and value >= _span(bounds):
                yield (key,), f"expected less than the span of {_written(bounds)}, found {value:g}"


def _levels_fit(kind: str, bounds: Bounds | None, *levels: float | None) -> Iterator[Fault]:
    for key, value in zip(("floor", "target"), levels, strict=True):
        if value is None:
            continue
        if kind == "binary" and not 0 < value < 1:
            message = f"expected a share between 0 and 1, found {value:g}; one person is enough to miss 0 or 1"
            yield (key,), message
        if kind == "continuous" and bounds is not None and not bounds[0] <= value <= bounds[1]:
            yield (key,), f"expected a value inside {_written(bounds)}, found {value:g}"


def _expectations_fit(kind: str, bounds: Bounds | None, expected: dict[str, Bounds]) -> Iterator[Fault]:
    for arm, ends in expected.items():
        if kind == "binary" and not all(-1 <= end <= 1 for end in ends):
            yield ("expected", arm), "expected a difference in shares, between -1 and 1"
        if kind == "continuous" and bounds is not None and max(map(abs, ends)) > _span(bounds):
            yield ("expected", arm), f"expected a difference of at most the span of {_written(bounds)}"


def _span(bounds: Bounds) -> float:
    return bounds[1] - bounds[0]


def _written(bounds: Bounds) -> str:
    return f"[{bounds[0]:g}, {bounds[1]:g}]"


def later_fits(indicators: tuple[Indicator, ...]) -> Iterator[Fault]:
    """Yield what is wrong with `later_of`: it links one outcome at a shorter and a longer maturity."""
    by_id = {each.id: each for each in indicators}
    for place, each in enumerate(indicators):
        shorter = by_id.get(each.later_of or "")
        if shorter is not None and not _is_later(each, shorter):
            message = f"`{shorter.id}` must be the same outcome (type, direction, range) at a shorter maturity"
            yield ("indicators", place, "later_of"), message


def _is_later(longer: Indicator, shorter: Indicator) -> bool:
    same = all(getattr(longer, key) == getattr(shorter, key) for key in ("type", "direction", "low", "high"))
    return same and _reach(shorter.maturity) < _reach(longer.maturity)


def _reach(maturity: Duration | None) -> date:
    start = date(2001, 1, 1)
    return maturity.after(start) if maturity is not None else start
