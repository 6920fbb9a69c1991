"""Messages about a record say nothing of its fields that may not travel, wherever their values stand in it.

A field's classification in the contract decides. The words for a field's own value are chosen where it is checked
(`contracts.wording.quoting`); here is seen to it that no other message repeats what stands in such a field, such as one
about an arm in which a sender wrote the unit.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache

import msgspec

from contracts.errors import Reason
from contracts.odcs import load_contract
from contracts.odcs_model import Schema
from contracts.records import Enrolment, Observation, PeriodClosed, PlanRegistered, Record
from contracts.wording import SHOWABLE, withheld

_IN_A_WORD = re.compile(r"\w")
_NAMES: dict[type[Record], str] = {
    Observation: "observation",
    Enrolment: "enrolment",
    PeriodClosed: "period_closed",
    PlanRegistered: "plan_registered",
}


def redacted(reasons: Iterable[Reason], content: Mapping[str, object], schema: Schema) -> tuple[Reason, ...]:
    """Return reasons without what stands in a field of the record that may not travel.

    Args:
        reasons: Why the record is refused.
        content: Its fields, as far as they could be read.
        schema: What the contract says of them.
    """
    secrets = set(_texts(content[name] for name in _withheld(schema) if name in content))
    known = {each.name for each in schema.properties}
    return tuple(_without(each, secrets, known=known) for each in reasons) if secrets else tuple(reasons)


def redacted_for(record: Record, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the same for a record that could be read."""
    kept = tuple(reasons)
    return redacted(kept, msgspec.structs.asdict(record), _schema_of(type(record))) if kept else ()


@cache
def may_show(kind: type[Record], field: str) -> bool:
    """Return whether messages may repeat the values of a field of this kind of record."""
    return field not in _withheld(_schema_of(kind))


@cache
def _schema_of(kind: type[Record]) -> Schema:
    return load_contract(_NAMES[kind]).schema


def _withheld(schema: Schema) -> Iterator[str]:
    return (each.name for each in schema.properties if each.classification not in SHOWABLE)


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str) and value:
            yield value
        elif isinstance(value, list | tuple):
            yield from _texts(value)


def _without(reason: Reason, secrets: Iterable[str], *, known: Collection[str]) -> Reason:
    """Return a reason without the secrets: they may stand in quotes, bare at the start, or as the place itself."""
    place, message = reason.place, reason.message
    for secret in secrets:
        message = message.replace(f'"{secret}"', withheld(secret))
        message = _not_bare(message, secret)
        place = "" if place == secret and secret not in known else place
    return Reason(reason.code, place, message)


def _not_bare(message: str, secret: str) -> str:
    """Return a message that begins with no secret, be it after `seen`."""
    for start in ("seen ", ""):
        rest = message.removeprefix(start + secret)
        if rest != message and not _IN_A_WORD.match(rest):
            return f"{start}{withheld(secret)}{rest}"
    return message
