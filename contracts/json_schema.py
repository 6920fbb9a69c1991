"""JSON Schema 2020-12 of a contract: what a sender can check before sending, with any validator."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from contracts.odcs_code import Code
from contracts.odcs_model import Contract, Property, Shape
from contracts.values import pattern_of

Json: TypeAlias = "str | float | bool | list[Json] | dict[str, Json] | None"

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(contract: Contract) -> dict[str, Json]:
    """Return the schema of one record of a contract.

    It refuses nothing that the contract accepts. Keys that stand twice, periods and days that do not exist, codes that
    are not in force, and what the rules say besides are beyond any JSON Schema: the service checks them.
    """
    schema = contract.schema
    fields = _object(schema.properties)
    conditions = list(_by_indicator(schema.properties))
    if conditions:
        fields["allOf"] = [*conditions]
    if schema.envelope is not None:
        fields = _with({schema.envelope: fields}, required=[schema.envelope])
    head: dict[str, Json] = {
        "$schema": DIALECT,
        "$id": f"urn:leerlus:contract:{contract.id.removeprefix('leerlus-')}:{contract.version}",
        "title": contract.id,
        "description": schema.description.in_language("en"),
    }
    return head | fields


def _object(properties: tuple[Property, ...]) -> dict[str, Json]:
    return _with({each.name: _field(each) for each in properties}, required=[p.name for p in properties if p.present])


def _with(properties: Mapping[str, Json], *, required: list[str]) -> dict[str, Json]:
    names: list[Json] = [*required]
    return {"type": "object", "properties": dict(properties), "required": names, "additionalProperties": False}


def _field(field: Property) -> Json:
    about: dict[str, Json] = {"title": field.label, "description": field.description.in_language("en")}
    shape = _shape(field.shape)
    if not field.required:
        shape = {"anyOf": [shape, {"type": "null"}]}
    return about | shape | ({"examples": [*field.examples]} if field.examples else {})


def _shape(shape: Shape) -> dict[str, Json]:
    if shape.kind == "array":
        return _array(shape)
    if shape.kind in {"integer", "number"}:
        return _given(type=shape.kind, minimum=shape.minimum, maximum=shape.maximum)
    found = _given(type="string", minLength=shape.min_length, maxLength=shape.max_length)
    if shape.codes:
        return found | _codes(shape.codes)
    expression = pattern_of(shape)
    if expression == pattern_of(Shape("string")):
        return found
    return found | {"pattern": f"^{expression}$"} | ({"format": "date-time"} if shape.kind == "timestamp" else {})


def _array(shape: Shape) -> dict[str, Json]:
    found = _given(type="array", minItems=shape.min_length, maxItems=shape.max_length)
    if shape.unique_items:
        found["uniqueItems"] = True
    return found | ({"items": _shape(shape.items)} if shape.items is not None else {})


def _codes(codes: tuple[Code, ...]) -> dict[str, Json]:
    if all(each.label.in_language("en") == each.value for each in codes):
        return {"enum": [each.value for each in codes]}
    return {"oneOf": [{"const": each.value, "title": each.label.in_language("en")} for each in codes]}


def _given(**keys: str | float | None) -> dict[str, Json]:
    """Return the keys that have a value."""
    return {key: value for key, value in keys.items() if value is not None}


def _by_indicator(properties: tuple[Property, ...]) -> Iterator[Json]:
    """Yield what the value of each indicator must be like, where the contract names its range."""
    indicator = next((each for each in properties if each.name == "indicator"), None)
    for code in indicator.shape.codes if indicator is not None else ():
        meant = code.meaning
        if meant.low is None or meant.high is None:
            continue
        value = _given(minimum=meant.low, maximum=meant.high)
        if meant.decimals == 0:
            value["multipleOf"] = 1
        names: dict[str, Json] = {"properties": {"indicator": {"const": code.value}}, "required": ["indicator"]}
        yield {"if": names, "then": {"properties": {"value": value}}}
