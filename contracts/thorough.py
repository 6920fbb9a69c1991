"""The thorough reading of a record: it alone decides, and a refusal holds every reason."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar, cast

import msgspec

from contracts.additions import list_faults
from contracts.errors import ContractError, Reason
from contracts.odcs_model import Schema
from contracts.redaction import redacted
from contracts.strict_json import JsonObject, NotJson, document_of, text_of
from contracts.values import faults
from contracts.wording import kind_seen, listed, shown

R = TypeVar("R", bound=msgspec.Struct)

MOST_REASONS = 20
"""Reasons of one code that a refusal spells out; one more says how many there are besides."""


def read_thoroughly(value: bytes, schemas: Mapping[str | None, Schema], kinds: Mapping[str, type[R]]) -> R:
    """Return the record that the bytes hold.

    Args:
        value: The bytes as sent.
        schemas: What records may hold, by their envelope; None for those without.
        kinds: The struct of each schema, by its name.

    Raises:
        ContractError: If the record breaks its contract, with every reason.
    """
    text, reasons = text_of(value)
    try:
        document = document_of(text)
    except NotJson as error:
        raise ContractError([*reasons, Reason("not_json", "", str(error))]) from error
    if not isinstance(document, JsonObject):
        message = f"seen {kind_seen(document)}; expected: an object, as in {{...}}"
        raise ContractError([*reasons, Reason("not_an_object", "", message)])
    envelope = next((name for name in document if name in schemas), None)
    schema = schemas[envelope]
    more = [each for each in _reasons(document, schema) if not (reasons and each.code == "not_utf8")]
    if reasons or more:
        inner = document.every(envelope) if envelope is not None else []
        contents = (document, *(each for each in inner if isinstance(each, JsonObject)))
        raise ContractError([*reasons, *redacted(_bounded(more), contents, schema)])
    kind, content = kinds[schema.name], document if envelope is None else cast("JsonObject", document[envelope])
    return msgspec.convert({name: content[name] for name in kind.__struct_fields__ if name in content}, kind)


def _reasons(document: JsonObject, schema: Schema) -> Iterator[Reason]:
    if schema.envelope is None:
        yield from _fields(document, schema)
        return
    yield from _keys(document, [schema.envelope])
    content = document[schema.envelope]
    if isinstance(content, JsonObject):
        yield from _fields(content, schema)
    else:
        yield Reason("wrong_type", schema.envelope, f"seen {kind_seen(content)}; expected: an object, as in {{...}}")


def _fields(found: JsonObject, schema: Schema) -> Iterator[Reason]:
    for field in schema.properties:
        if field.name in found:
            yield from faults(field, found[field.name])
        elif field.present:
            expected = field.description.in_language("en")
            yield Reason("missing_field", field.name, f"the field is missing; expected: {expected}")
    yield from list_faults(schema, found)
    yield from _keys(found, [each.name for each in schema.properties])


def _keys(found: JsonObject, allowed: Sequence[str]) -> Iterator[Reason]:
    for key in found.repeated:
        yield Reason("duplicate_key", _place(key), "the key stands there more than once")
    for key in found:
        if key not in allowed:
            yield Reason("unknown_field", _place(key), f"seen {shown(key)}; allowed are {listed(allowed)}")


def _place(key: str) -> str:
    """Return the key as a place; nothing where it may not be repeated."""
    return key if shown(key) == f'"{key}"' else ""


def _bounded(reasons: Sequence[Reason]) -> Iterator[Reason]:
    """Yield the reasons, of each code the first few: a record can be wrong in a hundred thousand places."""
    total = Counter(each.code for each in reasons)
    n_seen: Counter[str] = Counter()
    for reason in reasons:
        n_seen[reason.code] += 1
        if n_seen[reason.code] <= MOST_REASONS:
            yield reason
        elif n_seen[reason.code] == MOST_REASONS + 1:
            yield Reason(reason.code, "", f"and {total[reason.code] - MOST_REASONS} more of this kind")
