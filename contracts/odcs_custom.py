"""Reading `customProperties`: the place where the standard lets us say what it has no key for."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from contracts.document.fields import one_of, words
from contracts.document.lists import listing
from contracts.document.record import Key, Reader, record
from contracts.document.written import Written

T = TypeVar("T")

VENDOR = "leerlus"
"""Whose custom properties they are; those of anybody else are refused."""

DUTCH = Key(words, about="the description in Dutch")
"""The custom property `nl`; the standard's own `description` is in English."""


def customs(build: Callable[..., T], keys: Mapping[str, Key]) -> Reader[T]:
    """Return a reader of `customProperties`, all of them ours; `build` gets their values by name."""
    read_values = record(build, keys)

    def read(written: Written) -> T:
        values: dict[str, Written] = {}
        for name, value in _CUSTOMS(written):
            if name in values:
                raise value.refused(f"`{name}` stands here twice")
            values[name] = value
        return read_values(Written(values, written.place, written.line))

    return read


def _as_written(written: Written) -> Written:
    return written


def _custom(*, property: str, vendor: str, value: Written) -> tuple[str, Written]:  # noqa: A002, ARG001  (keys of the file)
    return property, value


_CUSTOMS = listing(record(_custom, {"property": Key(words), "vendor": Key(one_of(VENDOR)), "value": Key(_as_written)}))
