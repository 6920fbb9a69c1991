"""Readers of single values and lists: texts, names, numbers, choices, periods, and what is not built yet."""

import math
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from contracts.errors import PlanError, Problem
from contracts.plan import Text
from contracts.plan_document import Written
from contracts.plan_record import Key, Reader, gathering, mapping, names_listed, nearest, record

T = TypeVar("T")


def words(written: Written) -> str:
    """Return a text that is not blank."""
    if not isinstance(written.value, str) or not written.value.strip():
        raise written.refused(f"expected text, found {written.seen()}{_in_quotes(written)}")
    return written.value


_LANGUAGES: Reader[Text] = record(Text, {"nl": Key(words, None), "en": Key(words, None)})


def text(written: Written) -> Text:
    """Return a text: a plain one counts for both languages."""
    if isinstance(written.value, dict) and written.value:
        return _LANGUAGES(written)
    if not isinstance(written.value, str) or not written.value.strip():
        raise written.refused(f"expected text, or {{nl: ..., en: ...}}, found {written.seen()}{_in_quotes(written)}")
    return Text(written.value, written.value)


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
            raise written.refused(
                f"found {written.seen()}{nearest(found, allowed) or ';'} allowed are {names_listed(allowed)}"
            )
        return found

    return read


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


def boolean(written: Written) -> bool:
    """Return true or false."""
    if not isinstance(written.value, bool):
        raise written.refused(f"expected true or false, found {written.seen()}")
    return written.value


def number(*, above: float = -math.inf, at_least: float = -math.inf, at_most: float = math.inf) -> Reader[float]:
    """Return a reader of a finite number within bounds."""
    bounds = _bounds(above=above, at_least=at_least, at_most=at_most)

    def read(written: Written) -> float:
        found = written.value
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            raise written.refused(f"expected a number{bounds}, found {written.seen()}")
        if not (found > above and at_least <= found <= at_most):
            raise written.refused(f"expected a number{bounds}, found {written.seen()}")
        return float(found)

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


def listing(read_item: Reader[T], *, at_least: int = 0) -> Reader[tuple[T, ...]]:
    """Return a reader of a list of at least so many items."""

    def read(written: Written) -> tuple[T, ...]:
        if not isinstance(written.value, tuple) or len(written.value) < at_least:
            size = f" of at least {at_least}" if at_least else ""
            raise written.refused(f"expected a list{size}, found {written.seen()}")
        problems: list[Problem] = []
        values: list[T] = []
        for item in written.value:
            with gathering(problems):
                values.append(read_item(item))
        if problems:
            raise PlanError(problems)
        return tuple(values)

    return read


def distinct(read_list: Reader[tuple[T, ...]]) -> Reader[tuple[T, ...]]:
    """Return a reader of a list in which nothing stands twice."""

    def read(written: Written) -> tuple[T, ...]:
        values = read_list(written)
        problems = [
            written.problem(f"`{value}` stands here twice", place)
            for place, value in enumerate(values)
            if value in values[:place]
        ]
        if problems:
            raise PlanError(problems)
        return values

    return read


def span(bound: Reader[float]) -> Reader[tuple[float, float]]:
    """Return a reader of `[low, high]`."""
    numbers = listing(bound)

    def read(written: Written) -> tuple[float, float]:
        found = numbers(written)
        if len(found) != 2 or found[0] > found[1]:  # noqa: PLR2004  (low and high)
            raise written.refused("expected two numbers, [low, high], the lowest first")
        return found[0], found[1]

    return read


def nullable(read_value: Reader[T]) -> Reader[T | None]:
    """Return a reader for which null says that there is none."""
    return lambda written: None if written.value is None else read_value(written)


def not_yet(what: str, instead: str) -> Reader[None]:
    """Return a reader that refuses what the plan language knows and the service cannot do yet."""

    def read(written: Written) -> None:
        raise written.refused(unbuilt(what, instead))

    return read


def unbuilt(what: str, instead: str) -> str:
    """Return the message about something the service cannot do yet."""
    return f"{what} is not built yet. Now: {instead}"


def _in_quotes(written: Written) -> str:
    is_plain = isinstance(written.value, bool | int | float)
    return "; if it is a name or a code, put it in quotes" if is_plain else ""


def _unknown_name(found: str, kind: str, names: Sequence[str]) -> str:
    return f"`{found}` is no {kind} of this plan{nearest(found, names) or ';'} it names {names_listed(names)}"


def _bounds(*, above: float, at_least: float, at_most: float) -> str:
    parts = [
        f"above {above:g}" if above > -math.inf else "",
        f"at least {at_least:g}" if at_least > -math.inf else "",
        f"at most {at_most:g}" if at_most < math.inf else "",
    ]
    return " " + " and ".join(filter(None, parts)) if any(parts) else ""
