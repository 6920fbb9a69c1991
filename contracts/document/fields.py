"""Readers of single values: texts, names, numbers, one of a few words, and what a text spells."""

import math
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from contracts.document.record import Reader, instead_of
from contracts.document.written import Written

T = TypeVar("T")

LARGEST = 1e300
"""Bound on every number, so that none is infinite when it is used."""


def words(written: Written) -> str:
    """Return a text that is not blank."""
    return said(written, "text")


def said(written: Written, expected: str) -> str:
    """Return a text that is not blank; `expected` says in words what may be written."""
    if not isinstance(written.value, str) or not written.value.strip():
        is_number = isinstance(written.value, bool | int | float)
        hint = "; if it is a name or a code, put it in quotes" if is_number else ""
        raise written.refused(f"expected {expected}, found {written.seen()}{hint}")
    return written.value


def matching(pattern: str, allowed: str, *, longest: int = 64, reserved: Sequence[str] = ()) -> Reader[str]:
    """Return a reader of a text that matches `pattern` as a whole; `allowed` says in words what that is."""
    compiled = re.compile(pattern)

    def read(written: Written) -> str:
        found = words(written)
        if not compiled.fullmatch(found) or len(found) > longest:
            raise written.refused(f"found {written.seen()}; allowed are {allowed}, at most {longest} characters")
        if found in reserved:
            raise written.refused(f"`{found}` has a meaning of its own in the evidence; choose another name")
        return found

    return read


def one_of(*allowed: str) -> Reader[str]:
    """Return a reader of one of a few words."""

    def read(written: Written) -> str:
        found = words(written)
        if found not in allowed:
            raise written.refused(f"found {written.seen()}" + instead_of(found, allowed))
        return found

    return read


def boolean(written: Written) -> bool:
    """Return true or false."""
    if not isinstance(written.value, bool):
        raise written.refused(f"expected true or false, found {written.seen()}")
    return written.value


def number(*, above: float = -math.inf, at_least: float = -math.inf, at_most: float = math.inf) -> Reader[float]:
    """Return a reader of a finite number within bounds."""
    bounds = _bounds(above=above, at_least=at_least, at_most=at_most)

    def is_within(found: float) -> bool:
        is_number = not isinstance(found, bool) and abs(found) <= LARGEST
        return is_number and found > above and at_least <= found <= at_most

    def read(written: Written) -> float:
        found = written.value
        if isinstance(found, int | float) and is_within(found):
            return float(found)
        raise written.refused(f"expected a number{bounds}, found {written.seen()}")

    return read


def whole(*, at_least: int, at_most: int) -> Reader[int]:
    """Return a reader of a whole number within bounds."""

    def read(written: Written) -> int:
        found = written.value
        if isinstance(found, bool) or not isinstance(found, int) or not at_least <= found <= at_most:
            raise written.refused(f"expected a whole number from {at_least} to {at_most}, found {written.seen()}")
        return found

    return read


def spelled(parse: Callable[[str], T]) -> Reader[T]:
    """Return a reader of what `parse` makes of a text; it raises `ValueError` that says what is allowed."""

    def read(written: Written) -> T:
        is_year = isinstance(written.value, int) and not isinstance(written.value, bool)
        try:
            return parse(str(written.value) if is_year else words(written))
        except ValueError as error:
            raise written.refused(str(error)) from error

    return read


def nullable(read_value: Reader[T]) -> Reader[T | None]:
    """Return a reader for which null says that there is none."""
    return lambda written: None if written.value is None else read_value(written)


def _bounds(*, above: float, at_least: float, at_most: float) -> str:
    parts = [
        f"above {above:g}" if above > -math.inf else "",
        f"at least {at_least:g}" if at_least > -math.inf else "",
        f"at most {at_most:g}" if at_most < math.inf else "",
    ]
    return " " + " and ".join(filter(None, parts)) if any(parts) else ""
