"""Readers of lists, and what a list may hold."""

from typing import TypeVar

from contracts.document.record import Reader, gathering
from contracts.document.written import Written
from contracts.errors import PlanError, Problem

T = TypeVar("T")


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
