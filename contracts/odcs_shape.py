"""Reading what a contract says a value must be like: its logical type, the options of that type, and its items."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar, get_args

from contracts.document.fields import boolean, number, one_of, spelled, whole, words
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.document.written import Written
from contracts.errors import PlanError
from contracts.odcs_code import Code
from contracts.odcs_meaning import CODES
from contracts.odcs_model import Kind, Shape
from contracts.patterns import body_of

T = TypeVar("T")

DAY_FORMAT, MOMENT_FORMAT = "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss[.SSSSSSSSS]XXX"
"""The one way in which a date and a timestamp are written."""

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def snaked(build: Callable[..., T]) -> Callable[..., T]:
    """Return `build`, to be called with the standard's camelCase keys instead of Python's names."""

    def built(**values: object) -> T:
        return build(**{_CAPITAL.sub("_", key).lower(): value for key, value in values.items()})

    return built


def kind_of(written: Written) -> Kind:
    """Return the logical type that a property or item names.

    Raises:
        PlanError: If there is none that is understood.
    """
    found = next(written.at("logicalType"), None)
    if found is None:
        raise PlanError([written.problem("this key is missing", "logicalType")])
    kind: Kind = one_of(*get_args(Kind))(found)  # type: ignore[assignment]  # one of these words
    return kind


def shape_keys(kind: Kind) -> dict[str, Key]:
    """Return the keys by which a property or item of this type says what its value must be like."""
    options = Key(_OPTIONS[kind]) if kind in {"date", "timestamp"} else Key(_OPTIONS[kind], Shape(kind))
    keys = {"logicalType": Key(words), "logicalTypeOptions": options, "physicalType": Key(words)}
    if kind == "array":
        return keys | {"items": Key(_item)}
    return keys | ({"enum": Key(CODES, ())} if kind == "string" else {})


def _item(written: Written) -> Shape:
    return record(snaked(_shape_alone), shape_keys(kind_of(written)))(written)


def _shape_alone(*, logical_type_options: Shape, physical_type: str, enum: tuple[Code, ...] = (), **_: object) -> Shape:
    return replace(logical_type_options, codes=enum, physical=physical_type)


def _array(*, min_items: int | None, max_items: int | None, unique_items: bool) -> Shape:
    return Shape("array", min_length=min_items, max_length=max_items, unique_items=unique_items)


def _date(*, minimum: date | None, maximum: date | None, **_: object) -> Shape:
    return Shape("date", earliest=minimum, latest=maximum)


def _timestamp(**_: object) -> Shape:
    return Shape("timestamp")


def _offset_given(timezone: object) -> Iterator[Fault]:
    if timezone is not True:
        yield ("timezone",), "a timestamp without an offset is not understood; write `timezone: true`"


_DAY = Key(spelled(date.fromisoformat), None)
_LENGTH = Key(whole(at_least=0, at_most=1_000_000), None)
_BOUNDS = {"minimum": Key(number(), None), "maximum": Key(number(), None)}

_OPTIONS: dict[Kind, Reader[Shape]] = {
    "string": record(
        snaked(partial(Shape, "string")),
        {
            "pattern": Key(spelled(body_of), None),
            "format": Key(one_of("uuid", "period"), None),
            "minLength": _LENGTH,
            "maxLength": _LENGTH,
        },
    ),
    "integer": record(partial(Shape, "integer"), _BOUNDS),
    "number": record(partial(Shape, "number"), _BOUNDS),
    "array": record(snaked(_array), {"minItems": _LENGTH, "maxItems": _LENGTH, "uniqueItems": Key(boolean, False)}),
    "object": record(partial(Shape, "object"), {}),
    "date": record(_date, {"format": Key(one_of(DAY_FORMAT)), "minimum": _DAY, "maximum": _DAY}),
    "timestamp": record(
        _timestamp,
        {"format": Key(one_of(MOMENT_FORMAT)), "timezone": Key(boolean)},
        Rule(("timezone",), _offset_given),
    ),
}
"""The options of each type; a date and a timestamp have one format only, which must be written out."""
