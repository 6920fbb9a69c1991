"""What a contract says about the values of a field: which there are, and what a number stands for."""

from dataclasses import dataclass
from typing import Literal

from contracts.plan import Direction, Text

Aggregation = Literal["mean", "share", "sum", "count"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a number stands for; None where nothing is said.

    Attributes:
        direction: Which way is better.
        unit: What it counts, in words.
        ucum: The same as a UCUM code, such as `kg` or `%`.
        aggregation: How values of several people become one figure.
        denominator: Whom a share is a share of.
        maturity: How long after the start it may be measured, as an ISO 8601 duration.
        low, high: Bounds of a value.
        decimals: Decimals that are counted.
    """

    direction: Direction | None = None
    unit: Text | None = None
    ucum: str | None = None
    aggregation: Aggregation | None = None
    denominator: Text | None = None
    maturity: str | None = None
    low: float | None = None
    high: float | None = None
    decimals: int | None = None


NOTHING_SAID = Meaning()


@dataclass(frozen=True, slots=True)
class Code:
    """One of the values that a field may have: what people call it and, of an indicator, what its values mean."""

    value: str
    label: Text
    meaning: Meaning = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class CodeListUse:
    """Which version of a code list a field takes its values from; `sha256` is the digest of the list's file."""

    id: str
    version: str
    sha256: str
