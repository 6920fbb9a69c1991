"""Messages about a record say nothing of its fields that may not travel, wherever their values stand in it.

A field's classification in the contract decides. The words for a field's own value are chosen where it is checked
(`contracts.wording.quoting`); here is seen to it that no other message repeats what stands in such a field, such as one
about an arm in which a sender wrote the unit.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache

import msgspec

from contracts.errors import Reason
from contracts.odcs import load_contract
from contracts.odcs_model import Schema
from contracts.records import Enrolment, Observation, PeriodClosed, PlanRegistered, Record
from contracts.strict_json import every_value
from contracts.wording import SHOWABLE, withheld

SHORTEST = 4
"""Characters from which a value is looked for inside other texts; a shorter one may be part of any word."""

_QUOTED = re.compile(r'"([^"]*)"')
_FIRST_TO_LAST = re.compile(r'"(.*)"', re.DOTALL)  # a text may hold quotation marks itself
_BARE = re.compile(r"(^|seen )([-+.]?[0-9][^\s,;]*)")
_PERIOD = re.compile(r"[0-9]{4}-")
_NAMES: dict[type[Record], str] = {
    Observation: "observation",
    Enrolment: "enrolment",
    PeriodClosed: "period_closed",
    PlanRegistered: "plan_registered",
}


def redacted(reasons: Iterable[Reason], contents: Iterable[Mapping[str, object]], schema: Schema) -> tuple[Reason, ...]:
    """Return reasons without what stands in a field of the record that may not travel.

    Args:
        reasons: Why the record is refused.
        contents: Its fields, as far as they could be read, wherever the record holds them.
        schema: What the contract says of them.
    """
    names = _withheld(schema)
    secrets = secrets_in(value for content in contents for name in names for value in every_value(content, name))
    known = {each.name for each in schema.properties}
    return tuple(_without(each, secrets, known=known) for each in reasons) if secrets else tuple(reasons)


def redacted_for(record: Record, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the same for a record that could be read."""
    kept = tuple(reasons)
    return redacted(kept, (msgspec.structs.asdict(record),), _schema_of(type(record))) if kept else ()


def secrets_in(values: Iterable[object]) -> set[str]:
    """Return the texts that may not be repeated, at any depth of the values."""
    found: set[str] = set()
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, str) and value:
            found.add(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found |= {text for text in (f"{value}", f"{value:.15g}") if len(text) >= SHORTEST}
        elif isinstance(value, list | tuple):
            left += value
        elif isinstance(value, Mapping):
            left += (each for key in value for each in every_value(value, key))
    return found


@cache
def may_show(kind: type[Record], field: str) -> bool:
    """Return whether messages may repeat the values of a field of this kind of record."""
    return field not in _withheld(_schema_of(kind))


@cache
def _schema_of(kind: type[Record]) -> Schema:
    return load_contract(_NAMES[kind]).schema


def _withheld(schema: Schema) -> tuple[str, ...]:
    return tuple(each.name for each in schema.properties if each.classification not in SHOWABLE)


def _without(reason: Reason, secrets: Iterable[str], *, known: Collection[str]) -> Reason:
    """Return a reason without the secrets.

    What a message repeats of a record stands in quotation marks, or is a number or a period at its start or after
    `seen`. Its other words are ours; to leave out a secret that is one of them would tell what the secret is.
    """
    told = [each for each in secrets if each in reason.message or each in reason.place]

    def tells(text: str) -> bool:
        return any(told_by(text, each) for each in told)

    def quotation(found: re.Match[str]) -> str:
        return withheld(found[1]) if tells(found[1]) else found[0]

    message = _QUOTED.sub(quotation, reason.message)
    message = _BARE.sub(lambda found: found[1] + _kind_of(found[2]) if tells(found[2]) else found[0], message)
    message = _FIRST_TO_LAST.sub(quotation, message)
    is_of_sender = reason.place.partition("[")[0] not in known
    return Reason(reason.code, "" if is_of_sender and tells(reason.place) else reason.place, message)


def told_by(text: str, secret: str) -> bool:
    """Return whether a text repeats a secret: a long one anywhere, a short one as the whole text."""
    return secret in text if len(secret) >= SHORTEST else secret == text


def _kind_of(bare: str) -> str:
    """Return what is said in place of a number or a period."""
    return withheld(bare) if _PERIOD.match(bare) else "a number"
