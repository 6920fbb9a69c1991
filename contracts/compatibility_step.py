"""A change of a contract and the version step that it demands, of who delivers and of who reads."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Kind = Literal["structure", "meaning", "text"]


class Step(IntEnum):
    """Which part of a version goes up.

    `PATCH`: nobody has to do anything. `MINOR`: there is something new that one may use. `MAJOR`: what was right may be
    refused, or what is read may mean something else.
    """

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions of a contract.

    Attributes:
        place: What changed, such as `value.classification`.
        message: What was, and what is now.
        kind: The form of a record, what it means, or only the words about it.
        producers: Step that it demands because of those who deliver.
        consumers: The same because of those who read.
    """

    place: str
    message: str
    kind: Kind
    producers: Step
    consumers: Step

    @property
    def step(self) -> Step:
        """The step that it demands."""
        return max(self.producers, self.consumers)


def narrower(place: str, message: str) -> Change:
    """Return a change after which less is accepted: what was right may be refused, and nothing new is read."""
    return Change(place, message, "structure", Step.MAJOR, Step.MINOR)


def wider(place: str, message: str) -> Change:
    """Return a change after which more is accepted: whoever reads may meet what could not be there before."""
    return Change(place, message, "structure", Step.MINOR, Step.MAJOR)


def other(place: str, message: str) -> Change:
    """Return a change of form that leaves nobody's records as they were."""
    return Change(place, message, "structure", Step.MAJOR, Step.MAJOR)


def another_meaning(place: str, message: str) -> Change:
    """Return a change after which the same bytes say something else, or are handled in another way."""
    return Change(place, message, "meaning", Step.MAJOR, Step.MAJOR)


def reworded(place: str) -> Change:
    """Return a change of words that say what the data are: none can tell a mended typo from another meaning."""
    return another_meaning(place, "the words changed, and with them perhaps the meaning: a typo cannot be told from it")


def wording(place: str, message: str = "the words changed") -> Change:
    """Return a change of words about the data."""
    return Change(place, message, "text", Step.PATCH, Step.PATCH)


def parts_of(version: str) -> tuple[int, int, int]:
    """Return major, minor and patch of a version such as `1.4.0`."""
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def step_between(old: str, new: str) -> Step:
    """Return which part went up.

    Raises:
        ValueError: If the version went back, or a part after the one that went up is not 0.
    """
    before, after = parts_of(old), parts_of(new)
    if before == after:
        return Step.NONE
    place = next(place for place in range(3) if before[place] != after[place])
    if after < before:
        raise ValueError(f"version {new} lies before {old}")
    if any(after[place + 1 :]):
        raise ValueError(f"version {new} does not follow {old}: the parts after the one that goes up begin again at 0")
    return Step(Step.MAJOR - place)


def next_version(old: str, step: Step) -> str:
    """Return the version that follows `old` by this step."""
    parts = list(parts_of(old))
    if step is Step.NONE:
        return old
    place = Step.MAJOR - step
    return ".".join(map(str, [*parts[:place], parts[place] + 1, *[0] * (2 - place)]))
