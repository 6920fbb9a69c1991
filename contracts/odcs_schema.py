"""Reading the schema of a contract: its fields, the rules that no schema can say, and what we add to the standard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from contracts.codes import LIST_CODES, LOG_CODES, PLAN_CODES
from contracts.document.fields import one_of, whole, words
from contracts.document.lists import listing
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.odcs_custom import DUTCH, customs
from contracts.odcs_model import Action, CheckedRule, Compatibility, Dimension, EventTime, Property, Schema
from contracts.odcs_property import property_of
from contracts.odcs_shape import snaked
from contracts.plan import Text

_QUARANTINE = Key(one_of("quarantine"))


@dataclass(frozen=True, slots=True)
class _AddedToRule:
    """What we say about a rule beyond the standard."""

    nl: str
    action: Action
    scope: Literal["record"]


def _rule(
    *, name: str, description: str, dimension: Dimension, custom_properties: _AddedToRule, **_: object
) -> CheckedRule:
    return CheckedRule(name, Text(nl=custom_properties.nl, en=description), custom_properties.action, dimension)


def _rule_named(names: Sequence[str]) -> Reader[CheckedRule]:
    return record(
        snaked(_rule),
        {
            "name": Key(one_of(*names)),
            "type": Key(one_of("text")),
            "dimension": Key(one_of(*get_args(Dimension))),
            "description": Key(words),
            "customProperties": Key(
                customs(_AddedToRule, {"nl": DUTCH, "action": _QUARANTINE, "scope": Key(one_of("record"))})
            ),
        },
    )


@dataclass(frozen=True, slots=True)
class _Added:
    """What we say about a record beyond the standard."""

    nl: str
    action: Action
    compatibility: Compatibility
    event_time: EventTime | None
    small_cell_threshold: int | None


_EVENT_TIME: Reader[EventTime] = record(
    snaked(EventTime), {"property": Key(words), "allowedLateness": Key(one_of("plan", "none"))}
)
_ADDED = {
    "nl": DUTCH,
    "action": _QUARANTINE,
    "compatibility": Key(one_of("optional_fields_are_minor", "every_field_is_major")),
    "eventTime": Key(_EVENT_TIME, None),
    "smallCellThreshold": Key(whole(at_least=1, at_most=1000), None),
}


def _fields(properties: tuple[Property, ...]) -> tuple[Property, ...]:
    """Return the fields of a record: those of its envelope where it has one."""
    return properties[0].properties or properties


def _one_key(properties: tuple[Property, ...]) -> Iterator[Fault]:
    n_keys = sum(each.is_key for each in _fields(properties))
    if n_keys != 1:
        yield ("properties",), f"{n_keys} properties are `partitioned`; exactly one is the key of the record"


def _flat(properties: tuple[Property, ...]) -> Iterator[Fault]:
    inner = _fields(properties)
    if any(each.properties for each in inner) or (inner is not properties and len(properties) > 1):
        yield ("properties",), "an object is understood only as the envelope that holds all fields"


def _only_codes(properties: tuple[Property, ...]) -> Iterator[Fault]:
    for place, each in enumerate(properties):
        if each.shape.kind != "string" or each.role != "dimension":
            yield ("properties", place), "an extension adds codes: a `string` with `semanticType: dimension`"


def _dated(properties: tuple[Property, ...], added: _Added) -> Iterator[Fault]:
    names = [each.name for each in _fields(properties)]
    if added.event_time is not None and added.event_time.property not in names:
        yield ("customProperties",), f"`eventTime` names `{added.event_time.property}`, which is no property"


def _schema(
    *,
    name: str,
    physical_name: str,
    description: str,
    data_granularity_description: str,
    properties: tuple[Property, ...],
    custom_properties: _Added,
    quality: tuple[CheckedRule, ...],
    **_: object,
) -> Schema:
    fields = _fields(properties)
    return Schema(
        name=name,
        topic=physical_name,
        description=Text(nl=custom_properties.nl, en=description),
        envelope=None if fields is properties else properties[0].name,
        properties=fields,
        rules=quality,
        event_time=custom_properties.event_time,
        small_cell_threshold=custom_properties.small_cell_threshold,
        action=custom_properties.action,
        compatibility=custom_properties.compatibility,
        granularity=data_granularity_description,
    )


_HEAD = {
    "name": Key(words),
    "physicalName": Key(words, about="the topic"),
    "physicalType": Key(one_of("topic")),
    "logicalType": Key(one_of("object")),
    "description": Key(words),
    "dataGranularityDescription": Key(words),
    "properties": Key(listing(property_of, at_least=1)),
}

SCHEMA: Reader[Schema] = record(
    snaked(_schema),
    _HEAD
    | {
        "customProperties": Key(customs(snaked(_Added), _ADDED)),
        "quality": Key(listing(_rule_named([*dict.fromkeys((*PLAN_CODES, *LOG_CODES, *LIST_CODES))])), ()),
    },
    Rule(("properties",), _one_key),
    Rule(("properties",), _flat),
    Rule(("properties", "customProperties"), _dated),
)
"""Reads what a contract that stands by itself says of a record."""

ADDITION: Reader[Schema] = record(
    snaked(_schema),
    _HEAD
    | {
        "customProperties": Key(customs(snaked(_Added), _ADDED)),
        "quality": Key(listing(_rule_named(LIST_CODES)), ()),
    },
    Rule(("properties",), _only_codes),
)
"""Reads what an extension adds to a record: codes that may be left out, and where they are listed."""
