"""Readers of names that the plan itself gives to its parts."""

from collections.abc import Sequence
from typing import TypeVar

from contracts.document.fields import words
from contracts.document.record import Reader, gathering, instead_of, mapping
from contracts.document.written import Written
from contracts.errors import PlanError

T = TypeVar("T")


def known(kind: str, names: Sequence[str]) -> Reader[str]:
    """Return a reader of a name that the plan itself gives to a `kind`, such as an indicator."""

    def read(written: Written) -> str:
        found = words(written)
        if found not in names:
            raise written.refused(_unknown_name(found, kind, names))
        return found

    return read


def by_name(kind: str, names: Sequence[str], read_value: Reader[T]) -> Reader[dict[str, T]]:
    """Return a reader of a mapping from names that the plan gives to a `kind` to values."""

    def read(written: Written) -> dict[str, T]:
        entries = mapping(written)
        problems = [written.problem(_unknown_name(name, kind, names), name) for name in entries if name not in names]
        values: dict[str, T] = {}
        for name, entry in entries.items():
            with gathering(problems):
                values[name] = read_value(entry)
        if problems:
            raise PlanError(problems)
        return values

    return read


def _unknown_name(found: str, kind: str, names: Sequence[str]) -> str:
    return f"`{found}` is no {kind} of this plan" + instead_of(found, names, listed="it names")
