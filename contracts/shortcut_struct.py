"""How the shortcut reads a struct, and whether the struct is what the contract says."""

from collections.abc import Callable
from operator import attrgetter
from typing import TypeVar

import msgspec

from contracts.errors import PlanError, Problem
from contracts.odcs_model import Property, Schema

R = TypeVar("R", bound=msgspec.Struct)


def decoder(kind: type[R], *, envelope: str | None) -> Callable[[bytes], R]:
    """Return what reads a struct, from inside its envelope where it has one."""
    if envelope is None:
        return msgspec.json.Decoder(kind).decode
    decode = msgspec.json.Decoder(msgspec.defstruct(envelope, [(envelope, kind)], forbid_unknown_fields=True)).decode
    content = attrgetter(envelope)
    return lambda value: content(decode(value))


def null_counter(schema: Schema) -> Callable[[bytes], int]:
    """Return what counts the fields that could have been left out and are written as null."""
    names = [each.name for each in schema.properties if not each.present]
    optional = msgspec.defstruct("Optional", [(name, str | None | msgspec.UnsetType, msgspec.UNSET) for name in names])
    decode = decoder(optional, envelope=schema.envelope)

    def count(value: bytes) -> int:
        record = decode(value)
        return sum(getattr(record, name) is None for name in names)

    return count


def check(schema: Schema, kind: type[msgspec.Struct]) -> None:
    """Refuse a contract that is not the struct's, or that the shortcut cannot check.

    Raises:
        PlanError: With every field that differs or cannot be checked.
    """
    in_contract = {each.name: each.present for each in schema.properties}
    in_struct = {each.name: each.required for each in msgspec.structs.fields(kind)}
    problems = [
        Problem(f"{schema.name}.{name}", None, f"the contract and {kind.__name__} differ about this field")
        for name in in_contract.keys() | in_struct.keys()
        if in_contract.get(name) != in_struct.get(name)
    ]
    problems += [
        Problem(f"{schema.name}.{each.name}", None, "only a `dimension` can have bounds, lengths or be left out")
        for each in schema.properties
        if each.role != "dimension" and not _is_simple(each)
    ]
    if problems:
        raise PlanError(problems)


def _is_simple(field: Property) -> bool:
    shape = field.shape
    kinds = {"number"} if field.role == "measure" else {"string", "timestamp"}
    limits = (shape.min_length, shape.max_length, shape.minimum, shape.maximum)
    return field.required and shape.kind in kinds and limits == (None,) * 4 and shape.format != "period"
