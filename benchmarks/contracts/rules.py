"""The contract and the plan as others are told them: plain rules, and JSON Schemas.

A schema holds all that JSON Schema can say of a single record. It cannot compare one field with another or with the
arrival, so that no schema knows `period_in_future` and `observed_in_future`, and it sees a record only once parsed.
"""

from datetime import date, datetime

from contracts.admission import NO_ARM
from contracts.odcs import NAMES, load_contract
from contracts.odcs_model import Property, Schema, Shape
from contracts.period import NESTED, Grain
from contracts.plan import Indicator, Plan
from contracts.values import pattern_of

Json = dict[str, object]

_MONTH, _DAY = "(0[1-9]|1[0-2])", "(0[1-9]|[12][0-9]|3[01])"
_HIGHEST = "2999"
_DATES = "^[12][0-9]{3}-"
_PERIODS = {
    Grain.YEAR: "",
    Grain.QUARTER: "-Q[1-4]",
    Grain.MONTH: f"-{_MONTH}",
    Grain.WEEK: "-W(0[1-9]|[1-4][0-9]|5[0-3])",
    Grain.DAY: f"-{_MONTH}-{_DAY}",
}
_DRAFT_7 = "http://json-schema.org/draft-07/schema#"
_JSON_TYPES = {"date": "string", "timestamp": "string"}


def rules_of(plan: Plan, arrived: datetime) -> Json:
    """Return what a plan asks of a record, for validators that are programmed."""
    return {
        "indicators": {each.id: [each.type == "binary", each.low, each.high] for each in plan.indicators},
        "arms": list(plan.arms.every) if plan.arms is not None else [],
        "no_arm": NO_ARM,
        "here": list(plan.choices.areas.here),
        "regions": list(plan.choices.areas.every),
        "groups": [each.id for each in plan.groups],
        "required": _required(plan),
        "period": period_pattern(plan),
        "effective_from": plan.effective_from.start.isoformat(),
        "arrived": arrived.isoformat(),
    }


def schemas_of(plan: Plan) -> dict[str, Json]:
    """Return the JSON Schema (draft 7) of each kind of record, by its envelope; observations by their own name."""
    schemas = [load_contract(name).schema for name in NAMES]
    return {schema.envelope or schema.name: _enveloped(schema, plan) for schema in schemas}


def period_pattern(plan: Plan) -> str:
    """Return the expression of periods that lie inside a look, from the year on in which the plan takes effect."""
    grains = "|".join(_PERIODS[grain] for grain in Grain if grain in NESTED[plan.look.grain])
    return f"^({'|'.join(_years_from(plan.effective_from.start.year))})({grains})$"


def _years_from(year: int) -> list[str]:
    """Return expressions for the years from this one to 2999."""
    digits = str(year)
    later = [
        f"{digits[:place]}[{int(digit) + 1}-{_HIGHEST[place]}]{'[0-9]' * (3 - place)}"
        for place, digit in enumerate(digits)
        if digit < _HIGHEST[place]
    ]
    return [digits, *later]


def _required(plan: Plan) -> list[str]:
    """Return what the contract lets be left out and the plan does not."""
    needs = {
        "arm": plan.arms is not None,
        "cohort": "cohort" in plan.assignment.strata,
        "cluster": plan.cluster is not None,
    }
    return [name for name, is_needed in needs.items() if is_needed]


def _enveloped(schema: Schema, plan: Plan) -> Json:
    content = _object({each.name: _property(each) for each in schema.properties})
    content["required"] = [each.name for each in schema.properties if each.present]
    if schema.name in _OF_PLAN:
        content["allOf"] = _OF_PLAN[schema.name](plan)
    if schema.envelope is not None:
        content = _object({schema.envelope: content}) | {"required": [schema.envelope]}
    return {"$schema": _DRAFT_7, **content}


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _property(field: Property) -> Json:
    said = _shape(field.shape)
    return said if field.required else said | {"type": [said["type"], "null"]}


def _shape(shape: Shape) -> Json:
    said: Json = {"type": _JSON_TYPES.get(shape.kind, shape.kind)}
    is_list = shape.kind == "array"
    limits = {
        "minItems" if is_list else "minLength": shape.min_length,
        "maxItems" if is_list else "maxLength": shape.max_length,
        "minimum": shape.minimum,
        "maximum": shape.maximum,
        "format": {"date": "date", "timestamp": "date-time"}.get(shape.kind),
        "pattern": _pattern(shape) if said["type"] == "string" else None,
        "uniqueItems": shape.unique_items or None,
        "items": _shape(shape.items) if shape.items is not None else None,
    }
    return said | {key: limit for key, limit in limits.items() if limit is not None}


def _pattern(shape: Shape) -> str:
    """Return the expression of a text; a `date` is one of the calendar, so that its years are all that is left."""
    return _DATES if shape.kind == "date" and shape.earliest == date(1000, 1, 1) else f"^{pattern_of(shape)}$"


def _of_observation(plan: Plan) -> list[Json]:
    return [
        {"properties": {"indicator": {"enum": [each.id for each in plan.indicators]}}},
        {"properties": {"period": {"pattern": period_pattern(plan)}}},
        *(_if("indicator", [each.id], {"value": _value(each)}) for each in plan.indicators),
        *_belonging(plan),
    ]


def _belonging(plan: Plan) -> list[Json]:
    areas = plan.choices.areas
    elsewhere = [region for region in areas.every if region not in areas.here]
    needed = _required(plan)
    rules: list[Json] = [
        {"required": needed, "properties": {name: {"type": "string"} for name in needed}},
        {"properties": {"region": {"enum": list(areas.every)}}},
        {"properties": {"groups": {"items": {"enum": [each.id for each in plan.groups]}}}},
    ]
    if plan.arms is not None:
        rules.append(_if("region", list(areas.here), {"arm": {"enum": list(plan.arms.every)}}))
        rules.append(_if("region", elsewhere, {"arm": {"const": NO_ARM}}))
    return rules


def _of_marker(plan: Plan) -> list[Json]:
    period, indicator = {"pattern": period_pattern(plan)}, {"enum": [None, *(each.id for each in plan.indicators)]}
    return [{"properties": {"indicator": indicator, "period": period}}]


_OF_PLAN = {"observation": _of_observation, "enrolment": _belonging, "period_closed": _of_marker}


def _if(name: str, values: list[str], then: Json) -> Json:
    """Return the rule that fields are as `then` says where `name` has one of these values."""
    return {"if": {"properties": {name: {"enum": values}}, "required": [name]}, "then": {"properties": then}}


def _value(indicator: Indicator) -> Json:
    if indicator.type == "binary":
        return {"enum": [0, 1]}
    return {"minimum": indicator.low, "maximum": indicator.high, "multipleOf": 10**-indicator.decimals}
