"""AsyncAPI 3.0 document of contracts: where records go, under which key, and what each kind looks like."""

from collections.abc import Sequence

from contracts.events import TOPICS
from contracts.json_schema import Json, json_schema
from contracts.odcs_model import Contract, Property

_DRAFT_07 = "application/schema+json;version=draft-07"
_BINDING_VERSION = "0.5.0"
_BOOTSTRAP: dict[str, Json] = {
    "default": "localhost:9092",
    "description": "Host and port of a broker; the evaluation team tells which.",
}


def asyncapi(contracts: Sequence[Contract], examples: dict[str, list[Json]]) -> dict[str, Json]:
    """Return the document of the service that receives these records.

    Args:
        contracts: The kinds of records; all lie on one topic.
        examples: Records of each kind, by the name of its contract.
    """
    topic = contracts[0].schema.topic
    names = [each.name for each in contracts]
    return {
        "asyncapi": "3.0.0",
        "id": "urn:leerlus:records",
        "info": _info(contracts),
        "defaultContentType": "application/json",
        "servers": {"log": {"host": "{bootstrap}", "protocol": "kafka", "variables": {"bootstrap": _BOOTSTRAP}}},
        "channels": {"records": _channel(topic, names)},
        "operations": {f"receive_{name}": _operation(name) for name in names},
        "components": {"messages": {each.name: _message(each, examples[each.name]) for each in contracts}},
    }


def _info(contracts: Sequence[Contract]) -> Json:
    versions = ", ".join(f"{each.name} {each.version}" for each in contracts)
    plan = contracts[0].plan
    return {
        "title": "Leerlus records" if plan is None else f"Leerlus records of {plan.id}",
        "version": contracts[0].version,
        "description": f"{contracts[0].purpose.in_language('en')}\n\nContracts: {versions}.",
        "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
    }


def _channel(topic: str, names: Sequence[str]) -> Json:
    partitions = next(each.partitions for each in TOPICS if each.name == topic)
    return {
        "address": topic,
        "description": "One JSON record a message, in the order in which they count; no transactions.",
        "servers": [{"$ref": "#/servers/log"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"topic": topic, "partitions": partitions, "bindingVersion": _BINDING_VERSION}},
    }


def _operation(name: str) -> Json:
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/records"},
        "messages": [{"$ref": f"#/channels/records/messages/{name}"}],
    }


def _message(contract: Contract, examples: Sequence[Json]) -> Json:
    schema = {key: value for key, value in json_schema(contract).items() if not key.startswith("$")}
    key = next(each for each in contract.schema.properties if each.is_key)
    return {
        "name": contract.name,
        "title": contract.schema.description.in_language("en"),
        "summary": contract.purpose.in_language("en"),
        "description": contract.usage.in_language("en"),
        "contentType": "application/json",
        "payload": {"schemaFormat": _DRAFT_07, "schema": schema},
        "bindings": {"kafka": {"key": _key(key), "bindingVersion": _BINDING_VERSION}},
        "examples": [{"name": f"{contract.name}_{place}", "payload": each} for place, each in enumerate(examples, 1)],
    }


def _key(field: Property) -> Json:
    return {"type": "string", "description": field.description.in_language("en")}
