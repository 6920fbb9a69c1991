"""What extensions add to an observation: checked like any field, by their lists for the period, and never folded."""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import attrgetter
from typing import cast

import msgspec

from contracts.code_lists import CodeList, load_code_list
from contracts.errors import Reason
from contracts.odcs import EXTENSIONS, load_contract, load_extension
from contracts.odcs_extension import extended
from contracts.odcs_model import Schema
from contracts.period import parse_period
from contracts.records import Observation
from contracts.shortcut import Shortcut


def extended_observation() -> Schema:
    """Return what an observation may hold, with everything that the extensions in force add.

    Raises:
        PlanError: If an extension changes or weakens what the contract says.
    """
    return reduce(extended, map(load_extension, EXTENSIONS), load_contract("observation")).schema


def list_faults(schema: Schema, content: Mapping[str, object]) -> Iterator[Reason]:
    """Yield the codes that are not in the list of their field, or not in force in the period of the record."""
    period = content.get("period")
    for place, codes in _listed(schema).items():
        code = content.get(place)
        if isinstance(code, str) and isinstance(period, str) and (reason := _reason(codes, code, period, place)):
            yield reason


class AddedShortcut:
    """Reads clean observations that hold a field of an extension.

    Args:
        schema: What `extended_observation` returned.
    """

    def __init__(self, schema: Schema) -> None:
        added = [each.name for each in schema.properties if each.name not in Observation.__struct_fields__]
        kind = msgspec.defstruct(
            "ExtendedObservation",
            [(name, str | None, None) for name in added],
            bases=(Observation,),
            frozen=True,
            gc=False,
            forbid_unknown_fields=True,
        )
        self._keys = [f'"{name}"'.encode() for name in added]
        self._read: Shortcut[Observation] = Shortcut(schema, cast("type[Observation]", kind))
        self._fields: Callable[[object], tuple[object, ...]] = attrgetter(*Observation.__struct_fields__)
        self._lists = [(attrgetter(place), codes) for place, codes in _listed(schema).items()]

    def __call__(self, value: bytes) -> Observation | None:
        """Return the observation without what was added; None if only the thorough reading can tell what it is."""
        if not any(key in value for key in self._keys) or (record := self._read(value)) is None:
            return None
        for code_of, codes in self._lists:
            code = code_of(record)
            if code is not None and _reason(codes, code, record.period, "") is not None:
                return None
        return Observation(*self._fields(record))  # type: ignore[arg-type]  # the fields of an observation, in their order


def _listed(schema: Schema) -> dict[str, CodeList]:
    return {each.name: load_code_list(each.code_list) for each in schema.properties if each.code_list is not None}


def _reason(codes: CodeList, code: str, period: str, place: str) -> Reason | None:
    try:
        return codes.reason(code, parse_period(period), place=place)
    except ValueError:  # the period has a reason of its own
        return None
