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

MOST_INSIDE = 20
"""Values that one message may repeat by chance; of a message with more nothing is left."""

_IN_A_WORD = re.compile(r"\w")
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


def secrets_in(values: Iterable[object]) -> dict[str, str]:
    """Return the texts that may not be repeated, at any depth of the values, and what is said in place of each."""
    found: dict[str, str] = {}
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, str) and value:
            found[value] = withheld(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found |= {text: withheld(value) for text in (f"{value}", f"{value:.15g}") if len(text) >= SHORTEST}
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


def _without(reason: Reason, secrets: Mapping[str, str], *, known: Collection[str]) -> Reason:
    """Return a reason without the secrets: long ones wherever they stand, short ones where they stand alone."""
    place, message = reason.place, reason.message
    inside = [each for each in secrets if len(each) >= SHORTEST and each in message]
    if len(inside) > MOST_INSIDE:
        message = withheld(message)
    elif inside:
        message = _not_inside(message, {each: secrets[each] for each in sorted(inside, key=len, reverse=True)})
    for secret in (each for each in secrets if len(each) < SHORTEST):
        message = _not_bare(message.replace(f'"{secret}"', secrets[secret]), secret)
    if place.partition("[")[0] not in known and any(told_by(place, each) for each in secrets):
        place = ""
    return Reason(reason.code, place, message)


def told_by(text: str, secret: str) -> bool:
    """Return whether a text repeats a secret: a long one anywhere, a short one as the whole text."""
    return secret in text if len(secret) >= SHORTEST else secret == text


def _not_inside(message: str, secrets: Mapping[str, str]) -> str:
    """Return a message without any of the secrets; a quotation that holds one is withheld as a whole."""
    any_of = "|".join(map(re.escape, secrets))
    pattern = re.compile(f'"(?P<quoted>[^"]*(?:{any_of})[^"]*)"|(?P<bare>{any_of})')
    return pattern.sub(
        lambda found: secrets[found["bare"]] if found["quoted"] is None else withheld(found["quoted"]), message
    )


def _not_bare(message: str, secret: str) -> str:
    """Return a message that begins with no secret, be it after `seen`."""
    for start in ("seen ", ""):
        rest = message.removeprefix(start + secret)
        if rest != message and not _IN_A_WORD.match(rest):
            return f"{start}{withheld(secret)}{rest}"
    return message
