"""What a refused record says of itself that may stand in clear beside its encrypted bytes."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from contracts.additions import extended_observation
from contracts.odcs import NAMES, load_contract
from contracts.records import Observation
from contracts.redaction import may_show, secrets_in, told_by
from contracts.strict_json import JsonObject, NotJson, document_of, text_of
from contracts.wording import SHOWABLE, shown


def indicator_of(value: bytes) -> str | None:
    """Return the indicator that a refused record names, as far as that can be seen and may be told.

    None for none or several, for what messages would not repeat, and for what repeats a field that may not travel.
    """
    named = set(_INDICATOR.findall(value))
    if len(named) != 1 or not may_show(Observation, "indicator"):
        return None
    name = named.pop().decode(errors="replace")
    if shown(name) != f'"{name}"':
        return None
    return None if any(told_by(name, each) for each in secrets_in(_hidden(value))) else name


_INDICATOR = re.compile(rb'"indicator"\s*:\s*"([^"\\\x00-\x1f]{1,64})"')


@cache
def _restricted() -> frozenset[str]:
    """Return the names of the fields that may not travel, of any contract."""
    schemas = (*(load_contract(name).schema for name in NAMES), extended_observation())
    return frozenset(
        each.name for schema in schemas for each in schema.properties if each.classification not in SHOWABLE
    )


@cache
def _written() -> re.Pattern[str]:
    """Return what finds such a field in a text, and its value: in quotes, or as it stands."""
    return re.compile(rf'"(?:{"|".join(map(re.escape, sorted(_restricted())))})"\s*:\s*(?:"([^"]*)|([^",}}\]\s]+))')


def _hidden(value: bytes) -> Iterable[object]:
    """Return the values of the fields that may not travel, at any depth of the record."""
    text, _ = text_of(value)
    seen = _written().findall(text)
    if "\\" in text or any(bare.startswith(("[", "{")) for _, bare in seen):
        try:
            return list(_inside(document_of(text)))
        except NotJson:
            pass
    return [quoted or bare for quoted, bare in seen]


def _inside(document: object) -> Iterator[object]:
    left = [document]
    while left:
        found = left.pop()
        if isinstance(found, JsonObject):
            for key in found:
                if key in _restricted():
                    yield from found.every(key)
                else:
                    left += found.every(key)
        elif isinstance(found, list):
            left += found
