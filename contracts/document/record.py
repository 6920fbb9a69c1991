"""Reading a mapping by a table of its keys: a document is described rather than programmed.

A reader takes a written value and returns what it means, or raises `PlanError` with every problem in it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias, TypeVar

from contracts.document.written import Step, Written
from contracts.errors import PlanError, Problem

T = TypeVar("T")
Reader: TypeAlias = Callable[[Written], T]
Fault: TypeAlias = tuple[tuple[Step, ...], str]
"""A broken rule: the path from the record to what is wrong, and what is wrong."""

_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping.

    Attributes:
        read: Reads the key's value.
        default: What the value is when the key is left out; without a default the key is required.
        about: What to write, said where a required key is missing.
    """

    read: Reader[object]
    default: object = _REQUIRED
    about: str = ""

    @property
    def is_required(self) -> bool:
        """Whether the key may not be left out."""
        return self.default is _REQUIRED


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over several keys, looked at when all of them could be read.

    Attributes:
        needs: Keys whose values `faults` takes, in this order.
        faults: Yields what is wrong; nothing when the rule is kept.
    """

    needs: tuple[str, ...]
    faults: Callable[..., Iterable[Fault]]


def record(build: Callable[..., T], keys: Mapping[str, Key], *rules: Rule) -> Reader[T]:
    """Return a reader of a mapping with exactly these keys; `build` gets their values by name."""

    def read(written: Written) -> T:
        entries = mapping(written)
        problems = [*_unknown(written, entries, keys), *_missing(written, entries, keys)]
        values = {name: key.default for name, key in keys.items() if not key.is_required and name not in entries}
        for name in (name for name in keys if name in entries):
            with gathering(problems):
                values[name] = keys[name].read(entries[name])
        problems += _broken(written, values, rules)
        if problems:
            raise PlanError(problems)
        return build(**values)

    return read


@contextmanager
def gathering(problems: list[Problem]) -> Iterator[None]:
    """Add the problems of a `PlanError` raised inside to `problems`, and go on."""
    try:
        yield
    except PlanError as error:
        problems.extend(error.problems)


def mapping(written: Written) -> dict[str, Written]:
    """Return the entries of a mapping.

    Raises:
        PlanError: If it is none.
    """
    if not isinstance(written.value, dict):
        raise written.refused(f"expected a mapping, found {written.seen()}; `{{}}` is an empty one")
    return written.value


def names_listed(names: Iterable[str]) -> str:
    """Return names as a message lists them."""
    return ", ".join(f"`{name}`" for name in names) or "none"


def instead_of(name: str, names: Iterable[str], *, listed: str = "allowed are") -> str:
    """Return the end of a message about an unknown name: what may have been meant, and all that could be said."""
    known = list(names)
    close = get_close_matches(name, known, n=1)
    said = f"did you mean `{close[0]}`? {listed.capitalize()}" if close else listed
    return f"; {said} {names_listed(known)}"


def _unknown(written: Written, entries: Mapping[str, Written], allowed: Mapping[str, Key]) -> list[Problem]:
    return [
        written.problem(_unknown_key(name, list(allowed), is_bare=entry.value is None), name)
        for name, entry in entries.items()
        if name not in allowed
    ]


def _unknown_key(name: str, allowed: Sequence[str], *, is_bare: bool) -> str:
    if is_bare and " " in name:
        return "a comma ends a text inside {...}; put the text in quotes"
    return "this key is unknown" + instead_of(name, allowed, listed="allowed here are")


def _missing(written: Written, entries: Iterable[str], keys: Mapping[str, Key]) -> list[Problem]:
    present = set(entries)
    return [
        written.problem(f"this key is missing{key.about and ': ' + key.about}", name)
        for name, key in keys.items()
        if key.is_required and name not in present
    ]


def _broken(written: Written, values: Mapping[str, object], rules: Sequence[Rule]) -> list[Problem]:
    return [
        written.problem(message, *path)
        for rule in rules
        if all(name in values for name in rule.needs)
        for path, message in rule.faults(*(values[name] for name in rule.needs))
    ]
