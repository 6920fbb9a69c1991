"""Bytes become records at the door: a record keeps its contract or is refused with every reason.

A clean record takes the shortcut; any other is read thoroughly, which alone decides.
"""

import re

from contracts.additions import AddedShortcut, extended_observation
from contracts.odcs import NAMES, load_contract
from contracts.records import Enrolment, Observation, PeriodClosed, PlanRegistered, Record
from contracts.shortcut import Shortcut
from contracts.thorough import read_thoroughly

_KINDS: dict[str, type[Record]] = {
    "observation": Observation,
    "enrolment": Enrolment,
    "period_closed": PeriodClosed,
    "plan_registered": PlanRegistered,
}
_SCHEMAS = {schema.envelope: schema for schema in (load_contract(name).schema for name in NAMES)}
_OBSERVATION = Shortcut(_SCHEMAS[None], Observation)
_take_observation = _OBSERVATION.take
_ENVELOPED = tuple(
    (f'{{"{envelope}"'.encode(), Shortcut[Record](schema, _KINDS[schema.name]))
    for envelope, schema in _SCHEMAS.items()
    if envelope is not None
)
_SCHEMAS[None] = extended_observation()
_ADDED = AddedShortcut(_SCHEMAS[None])


def decode(value: bytes) -> Record:
    """Return the record that the bytes hold.

    Raises:
        ContractError: If it breaks its contract, with every reason.
    """
    if (observation := _take_observation(value)) is not None:
        return observation
    for start, shortcut in _ENVELOPED:
        if value.startswith(start) and (record := shortcut(value)) is not None:
            return record
    if (observation := _ADDED(value)) is not None:
        return observation
    return read_thoroughly(value, _SCHEMAS, _KINDS)


_POLICY = re.compile(rb'"policy"\s*:\s*"([a-z0-9-]{1,64})"')
_PLAN = re.compile(rb'"plan_registered"\s*:\s*\{[^{}]*?"id"\s*:\s*"([a-z0-9-]{1,64})"')


def policy_of(value: bytes) -> str | None:
    """Return the policy that a refused record names, as far as that can be seen; None for none or several."""
    named = set(_POLICY.findall(value)) or set(_PLAN.findall(value))
    return named.pop().decode() if len(named) == 1 else None
