"""Extensions: fields that a region or an organisation adds to a contract, without a copy of it that goes its own way.

An extension may add, never weaken: whoever knows the contract it extends can read every record, and every record that
was accepted without the extension still is.
"""

from collections.abc import Iterator
from dataclasses import replace

from contracts.errors import PlanError, Problem
from contracts.odcs_model import Contract, Property, Schema


def extended(base: Contract, extension: Contract) -> Contract:
    """Return the contract with what the extension adds to its records.

    Raises:
        PlanError: If it extends another contract or version, changes what is there, or asks more of a record.
    """
    problems = [*_is_of_another(base, extension), *_changes_record(base.schema, extension.schema)]
    known = {each.name for each in base.schema.properties}
    for place, added in enumerate(extension.schema.properties):
        where = f"schema[0].properties[{place}]"
        problems += [Problem(where, None, message) for message in _asks_too_much(added, known, base.name)]
        known.add(added.name)
    if problems:
        raise PlanError(problems)
    checked = {each.code for each in base.schema.rules}
    schema = replace(
        base.schema,
        properties=(*base.schema.properties, *extension.schema.properties),
        rules=(*base.schema.rules, *(each for each in extension.schema.rules if each.code not in checked)),
    )
    return replace(base, schema=schema)


def unenforced(contract: Contract) -> Iterator[Problem]:
    """Yield what a contract says that nothing would check.

    Bounds and maturity of an indicator are checked against its plan: only a contract compiled from one may name them.
    """
    for place, field in enumerate(contract.schema.properties if contract.plan is None else ()):
        for code in field.shape.codes:
            meant = code.meaning
            if (meant.maturity, meant.low, meant.decimals) != (None, None, None):
                where = f"schema[0].properties[{place}].enum"
                message = (
                    f"`{code.value}` has a range, decimals or a maturity, which only the contract of a plan may name"
                )
                yield Problem(where, None, message)


def _is_of_another(base: Contract, extension: Contract) -> Iterator[Problem]:
    if extension.extends is None:
        yield Problem("customProperties", None, "`extends` is missing: which contract and version does this add to?")
        return
    named = (extension.extends.contract, extension.extends.version)
    if named != (base.name, base.version):
        message = f"extends {named[0]} {named[1]}, where {base.name} {base.version} is in force"
        yield Problem("customProperties.extends", None, message)


def _changes_record(base: Schema, added: Schema) -> Iterator[Problem]:
    for key, seen, allowed in (
        ("name", added.name, base.name),
        ("physicalName", added.topic, base.topic),
        ("eventTime", added.event_time or base.event_time, base.event_time),
        ("smallCellThreshold", added.small_cell_threshold or base.small_cell_threshold, base.small_cell_threshold),
        ("compatibility", added.compatibility, base.compatibility),
    ):
        if seen != allowed:
            message = f"found {seen}; an extension may not change what the contract says: {allowed}"
            yield Problem(f"schema[0].{key}", None, message)
    if base.compatibility != "optional_fields_are_minor":
        yield Problem("schema[0].compatibility", None, "readers of this contract must be told of every field first")


def _asks_too_much(added: Property, known: set[str], contract: str) -> Iterator[str]:
    if added.name in known:
        yield f"`{added.name}` is a field of {contract} already; an extension may add fields, not change them"
    if added.required or added.present:
        yield f"`{added.name}` must be optional: a record without it is complete"
    if added.is_key:
        yield f"`{added.name}` cannot be the key of the record, which the contract names"
