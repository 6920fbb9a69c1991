"""Every reason why a value is not what its contract says."""

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TypeAlias

from contracts.errors import Reason
from contracts.odcs_model import Kind, Property, Shape
from contracts.period import parse_period
from contracts.wording import Quote, kind_seen, listed, quoting, withheld

Fault: TypeAlias = tuple[str, str, str]
"""A reason code, where in the value (such as `[2]`), and what was seen there."""

_UUID = "-".join(f"[0-9a-fA-F]{{{n_digits}}}" for n_digits in (8, 4, 4, 4, 12))
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIMESTAMP = _DATE + r"[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
_ANYTHING = r"(?s:.*)"
_SURROGATE = re.compile("[\ud800-\udfff]")


def faults(field: Property, value: object) -> Iterator[Reason]:
    """Yield every reason why `value` is not what the contract says of `field`."""
    if value is None and not field.required:
        return
    expected = field.description.in_language("en")
    for code, where, seen in _checked(field.shape, value, quoting(field.classification)):
        if field.pseudonymisation is not None and isinstance(value, str) and code != "not_utf8":
            yield Reason("not_a_pseudonym", field.name, f"seen {withheld(value)}; expected: {expected}")
        else:
            yield Reason(code, field.name + where, f"seen {seen}; expected: {expected}")


def pattern_of(shape: Shape) -> str:
    """Return the expression that a text of this shape matches as a whole; `exists` says the rest."""
    by_kind = {"date": _DATE, "timestamp": _TIMESTAMP}.get(shape.kind)
    return by_kind or shape.pattern or (_UUID if shape.format == "uuid" else _ANYTHING)


def moment(text: str) -> datetime:
    """Return the time that an RFC 3339 text names, with its offset.

    Raises:
        ValueError: If the day or the time does not exist.
    """
    return datetime.fromisoformat(text.upper())


def exists(shape: Shape, text: str) -> bool:
    """Return whether the calendar has the period, day or moment that a well-formed text names, within its bounds."""
    name = shape.format or shape.kind
    if name not in _CALENDAR:
        return True
    try:
        found = _CALENDAR[name](text)
    except ValueError:
        return False
    earliest, latest = shape.earliest or date.min, shape.latest or date.max
    return earliest <= found <= latest if shape.kind == "date" and isinstance(found, date) else True


_CALENDAR: dict[str, Callable[[str], object]] = {
    "period": parse_period,
    "date": date.fromisoformat,
    "timestamp": moment,
}


def _checked(shape: Shape, value: object, quote: Quote) -> Iterator[Fault]:
    if isinstance(value, float) and not math.isfinite(value):
        yield "not_a_number", "", "NaN, Infinity or a number beyond what can be counted with"
    else:
        yield from _CHECKS[shape.kind](shape, value, quote)


def _text(shape: Shape, value: object, quote: Quote) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield "wrong_type", "", kind_seen(value)
    elif _SURROGATE.search(value):
        yield "not_utf8", "", "half of a surrogate pair, which is no character"
    elif shape.max_length is not None and len(value) > shape.max_length:
        yield "too_long", "", f"{len(value)} characters where {shape.max_length} are allowed"
    elif len(value) < (shape.min_length or 0) or not re.fullmatch(pattern_of(shape), value):
        yield "bad_format", "", quote(value)
    elif not exists(shape, value):
        yield "bad_format", "", f"{quote(value)}, which is out of bounds or not in the calendar"
    elif shape.codes and value not in {each.value for each in shape.codes}:
        yield "unknown_code", "", f"{quote(value)} where only {listed(each.value for each in shape.codes)} are allowed"


def _number(shape: Shape, value: object, quote: Quote) -> Iterator[Fault]:
    allowed = int if shape.kind == "integer" else int | float
    if isinstance(value, bool) or not isinstance(value, allowed):
        yield "wrong_type", "", kind_seen(value)
    elif (shape.minimum is not None and value < shape.minimum) or (shape.maximum is not None and value > shape.maximum):
        yield "out_of_range", "", quote(value)


def _array(shape: Shape, value: object, quote: Quote) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield "wrong_type", "", kind_seen(value)
    elif shape.max_length is not None and len(value) > shape.max_length:
        yield "too_long", "", f"{len(value)} items where {shape.max_length} are allowed"
    elif len(value) < (shape.min_length or 0):
        yield "bad_format", "", f"{len(value)} items where {shape.min_length} are the fewest"
    else:
        yield from _items(shape, value, quote)


def _items(shape: Shape, items: list[object], quote: Quote) -> Iterator[Fault]:
    for place, item in enumerate(items):
        if shape.items is not None:
            yield from ((code, f"[{place}]{where}", seen) for code, where, seen in _checked(shape.items, item, quote))
        if shape.unique_items and item in items[:place]:
            yield "repeated_group", f"[{place}]", "a value that stands in the list already"


def _object(_: Shape, value: object, __: Quote) -> Iterator[Fault]:
    yield "wrong_type", "", kind_seen(value)


_CHECKS: dict[Kind, Callable[[Shape, object, Quote], Iterator[Fault]]] = {
    "string": _text,
    "date": _text,
    "timestamp": _text,
    "integer": _number,
    "number": _number,
    "array": _array,
    "object": _object,
}
