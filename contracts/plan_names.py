"""The names a plan gives: read first and leniently, so that every reference to them can be checked as it is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.document.fields import matching
from contracts.document.record import Reader
from contracts.document.written import EVERY, Step, Written

_SMALL = "small letters, digits, _ and -"

plan_id: Reader[str] = matching(r"[a-z0-9-]+", "small letters, digits and -")
name: Reader[str] = matching(r"[a-z0-9_-]+", _SMALL)
group_id: Reader[str] = matching(r"[a-z0-9_-]+", _SMALL, reserved=["all"])
arm_id: Reader[str] = matching(r"[a-z0-9_-]+", _SMALL, reserved=["all", "none"])
region_code: Reader[str] = matching(r"[A-Za-z0-9_.-]+", "letters, digits, _, . and -", reserved=["all"])


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a plan gives to its parts, as far as they are text."""

    indicators: Sequence[str]
    reference: Sequence[str]
    watched: Sequence[str]
    groups: Sequence[str]
    disadvantaged: Sequence[str]
    regions: Sequence[str]

    @property
    def arms(self) -> Sequence[str]:
        """All arms, the reference first."""
        return [*self.reference, *self.watched]


def names_of(document: Written) -> Names:
    """Return the names that a document gives, whatever else is wrong with it."""
    lists = ("here", "elsewhere", "comparison")
    return Names(
        indicators=_texts(document, "indicators", EVERY, "id"),
        reference=_texts(document, "arms", "reference"),
        watched=_texts(document, "arms", "watched", EVERY),
        groups=_texts(document, "groups", EVERY, "id"),
        disadvantaged=[
            each
            for group in document.at("groups", EVERY)
            for each in _texts(group, "id")
            if any(flag.value is True for flag in group.at("disadvantaged"))
        ],
        regions=[code for each in lists for code in _texts(document, "choices", "areas", each, EVERY)],
    )


def _texts(written: Written, *path: Step) -> list[str]:
    return [found.value for found in written.at(*path) if isinstance(found.value, str)]
