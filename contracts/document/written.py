"""A document as it was written: every value with its place and the line of its key.

Documents are read from this tree rather than from bare dicts, so that whatever is wrong can be pointed at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from contracts.errors import PlanError, Problem

Scalar: TypeAlias = str | int | float | bool | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"
Step: TypeAlias = str | int

EVERY = "*"
"""Step of a path that stands for every item of a list."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value as the document has it.

    Attributes:
        value: A scalar, or the values of a list or a mapping.
        place: Dotted path from the top, such as `indicators[0].direction`; empty for the document.
        line: Line of the value's key, or of the value itself in a list, from 1; None where there was no file.
    """

    value: "Scalar | tuple[Written, ...] | dict[str, Written]"
    place: str = ""
    line: int | None = None

    @classmethod
    def of(cls, value: Plain, place: str = "") -> "Written":
        """Return the tree of a document that came without lines."""
        if isinstance(value, dict):
            return cls({key: cls.of(each, join(place, key)) for key, each in value.items()}, place)
        if isinstance(value, list):
            return cls(tuple(cls.of(each, join(place, index)) for index, each in enumerate(value)), place)
        return cls(value, place)

    def plain(self) -> Plain:
        """Return the bare value, without places and lines."""
        if isinstance(self.value, dict):
            return {key: each.plain() for key, each in self.value.items()}
        if isinstance(self.value, tuple):
            return [each.plain() for each in self.value]
        return self.value

    def at(self, *path: Step) -> Iterator["Written"]:
        """Yield the values that lie at `path`, as far as they are there; `EVERY` stands for all items of a list."""
        if not path:
            yield self
            return
        step, *rest = path
        for child in self._children(step):
            yield from child.at(*rest)

    def problem(self, message: str, *path: Step) -> Problem:
        """Return a problem with what lies, or should lie, at `path` from here."""
        place, line, here = self.place, self.line, self
        for step in path:
            place = join(place, step)
            here = next(here._children(step), Written(None, place, line))
            line = here.line
        return Problem(place, line, message)

    def refused(self, message: str) -> PlanError:
        """Return the error that says what is wrong with this value."""
        return PlanError([self.problem(message)])

    def seen(self) -> str:
        """Return what a message says was found here."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, tuple):
            return "a list" if self.value else "an empty list"
        return _seen(self.value)

    def _children(self, step: Step) -> Iterator["Written"]:
        if isinstance(self.value, dict):
            yield from (each for key, each in self.value.items() if key == step)
        elif isinstance(self.value, tuple):
            yield from (each for index, each in enumerate(self.value) if step in {EVERY, index})


def join(place: str, step: Step) -> str:
    """Return the place of what lies one step below `place`."""
    if isinstance(step, int):
        return f"{place}[{step}]"
    return f"{place}.{step}" if place else step


LONGEST_SEEN = 60
"""Characters of a written text that a message repeats."""


def _seen(value: Scalar) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"`{value}`" if len(value) <= LONGEST_SEEN else f"`{value[:LONGEST_SEEN]}...`"
    return f"the number {value}"
