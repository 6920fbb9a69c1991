"""Writing a contract as an ODCS document, so that a policy's own contract can be read by any tool for the standard."""

from collections.abc import Mapping

from contracts.document.written import Plain
from contracts.odcs_code import Code, Meaning
from contracts.odcs_custom import VENDOR
from contracts.odcs_model import CheckedRule, Contract, Property, Schema, Shape
from contracts.odcs_shape import DAY_FORMAT, MOMENT_FORMAT
from contracts.plan import Text

_SERVER: dict[str, Plain] = {
    "server": "log",
    "type": "kafka",
    "host": "${LEERLUS_KAFKA__BOOTSTRAP}",
    "format": "json",
    "encoding": "utf-8",
}
_PARTS = ("purpose", "usage", "limitations")


def odcs_document(contract: Contract) -> dict[str, Plain]:
    """Return the contract as a document that `read_contract` takes for the same contract."""
    document: dict[str, Plain] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": contract.id,
        "name": contract.name,
        "version": contract.version,
        "status": contract.status,
        "domain": contract.domain,
        "tags": [*contract.tags],
        "description": {
            **{part: getattr(contract, part).in_language("en") for part in _PARTS},
            "customProperties": _customs(nl={part: getattr(contract, part).in_language("nl") for part in _PARTS}),
        },
        "customProperties": _customs(extends=_fields(contract.extends), plan=_fields(contract.plan)),
        "servers": [_SERVER],
        "schema": [_schema(contract.schema)],
    }
    return {key: value for key, value in document.items() if value}


def _customs(**values: Plain) -> list[Plain]:
    """Return the custom properties that have a value."""
    given = ((name, value) for name, value in values.items() if value is not None)
    return [{"property": name, "vendor": VENDOR, "value": value} for name, value in given]


def _fields(value: object) -> dict[str, Plain] | None:
    """Return the fields of a value object as they are written; None for none."""
    if value is None:
        return None
    found = {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]  # a slotted dataclass
    return {name: list(each) if isinstance(each, tuple) else each for name, each in found.items()}


def _schema(schema: Schema) -> Plain:
    fields: list[Plain] = [_property(each) for each in schema.properties]
    return {
        "name": schema.name,
        "physicalName": schema.topic,
        "physicalType": "topic",
        "logicalType": "object",
        **_described(schema.description),
        "dataGranularityDescription": schema.granularity,
        "customProperties": _customs(
            nl=schema.description.in_language("nl"),
            action=schema.action,
            compatibility=schema.compatibility,
            eventTime=_timing(schema),
            smallCellThreshold=schema.small_cell_threshold,
        ),
        "properties": fields if schema.envelope is None else [_envelope(schema, fields)],
        "quality": [_rule(each) for each in schema.rules],
    }


def _timing(schema: Schema) -> dict[str, Plain] | None:
    when = schema.event_time
    return {"property": when.property, "allowedLateness": when.allowed_lateness} if when is not None else None


def _envelope(schema: Schema, fields: list[Plain]) -> Plain:
    return {
        "name": schema.envelope,
        "businessName": schema.envelope,
        "logicalType": "object",
        "physicalType": "object",
        "required": True,
        "classification": max(each.classification for each in schema.properties),  # `restricted` after `internal`
        **_described(schema.description),
        "customProperties": _customs(nl=schema.description.in_language("nl")),
        "properties": fields,
    }


def _property(field: Property) -> Plain:
    return {
        "name": field.name,
        "businessName": field.label,
        **_shape(field.shape),
        "required": field.required,
        "partitioned": field.is_key,
        "semanticType": field.role,
        "classification": field.classification,
        **_described(field.description),
        "examples": [*field.examples],
        "customProperties": _customs(
            nl=field.description.in_language("nl"),
            presence="always" if field.present and not field.required else None,
            pseudonymisation=_fields(field.pseudonymisation),
            codeList=_fields(field.code_list),
            **_meaning(field.meaning),
        ),
    }


def _described(text: Text) -> dict[str, Plain]:
    return {"description": text.in_language("en")}


def _shape(shape: Shape) -> dict[str, Plain]:
    options: dict[str, Plain] = {key: value for key, value in _options(shape).items() if value is not None}
    physical = shape.physical or ("string" if shape.kind in {"date", "timestamp"} else shape.kind)
    found: dict[str, Plain] = {"logicalType": shape.kind, "logicalTypeOptions": options, "physicalType": physical}
    if shape.codes:
        found["enum"] = [_code(each) for each in shape.codes]
    return found | ({"items": _shape(shape.items)} if shape.items is not None else {})


def _options(shape: Shape) -> Mapping[str, Plain]:
    if shape.kind == "array":
        return {"minItems": shape.min_length, "maxItems": shape.max_length, "uniqueItems": shape.unique_items}
    if shape.kind == "date":
        first, last = (each.isoformat() if each is not None else None for each in (shape.earliest, shape.latest))
        return {"format": DAY_FORMAT, "minimum": first, "maximum": last}
    if shape.kind == "timestamp":
        return {"format": MOMENT_FORMAT, "timezone": True}
    if shape.kind == "string":
        pattern = f"^{shape.pattern.removeprefix('(?:').removesuffix(')')}$" if shape.pattern is not None else None
        lengths: dict[str, Plain] = {"minLength": shape.min_length, "maxLength": shape.max_length}
        return {"pattern": pattern, "format": shape.format, **lengths}
    return {"minimum": shape.minimum, "maximum": shape.maximum}


def _code(code: Code) -> Plain:
    said: list[Plain] = _customs(nl=code.label.in_language("nl"), **_meaning(code.meaning))
    return {"value": code.value, "label": code.label.in_language("en"), "customProperties": said}


def _meaning(meant: Meaning) -> dict[str, Plain]:
    return {
        "direction": meant.direction,
        "unit": _fields(meant.unit),
        "ucumCode": meant.ucum,
        "aggregation": meant.aggregation,
        "denominator": _fields(meant.denominator),
        "maturity": meant.maturity,
        "range": [meant.low, meant.high] if meant.low is not None else None,
        "decimals": meant.decimals,
    }


def _rule(rule: CheckedRule) -> Plain:
    said = _customs(nl=rule.description.in_language("nl"), action=rule.action, scope="record")
    head: dict[str, Plain] = {"name": rule.code, "type": "text", "dimension": rule.dimension}
    return {**head, **_described(rule.description), "customProperties": said}
