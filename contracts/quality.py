"""What the inspector says of a micro-batch: a result for each rule, and the pauses that critical failures begin."""

import json
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from contracts.evidence import POOLED

Severity = Literal["critical", "warning"]
Outcome = Literal["passed", "failed", "could_not_run", "not_applicable"]

_NAMESPACE = UUID("5f0f1d1e-6f5c-5a43-9d0c-1c2f0a7be0d4")


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What a result is about within a policy; `all` where it is about everything of a kind."""

    indicator: str = POOLED
    arm: str = POOLED
    region: str = POOLED
    group: str = POOLED


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """A rule and the cell it is judged in: what fails, passes and is paused."""

    rule: str
    cell: Cell

    @property
    def key(self) -> str:
        """Rule and cell in one text; no name in a plan holds a bar."""
        return f"{self.rule}|{self.cell.indicator}|{self.cell.arm}|{self.cell.region}|{self.cell.group}"

    @classmethod
    def of(cls, key: str) -> "Series":
        """Return the series that a key names."""
        rule, *cell = key.split("|")
        return cls(rule, Cell(*cell))

    def pause_id(self, policy: str, offset: int) -> UUID:
        """Return the id of the pause that a failure at this offset begins; told again it is the same one."""
        return uuid5(_NAMESPACE, json.dumps([policy, self.key, offset], ensure_ascii=False))


class QualityResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says of one cell.

    Attributes:
        rule, severity: Which rule, and what its failure asks for.
        indicator, arm, region, group: The cell; `all` where it is about everything of a kind.
        outcome: `could_not_run` where the check itself failed, `not_applicable` where nothing can be judged yet.
        look: The look that was judged; None for a rule about records.
        n: Records judged, rounded as the plan says; None below its smallest cell.
        figure, bound: What was seen and what is allowed, in the unit of the rule; None where it may not be shown.
        why: A word that says why nothing was judged, or what went wrong.
    """

    rule: str
    severity: Severity
    indicator: str = POOLED
    arm: str = POOLED
    region: str = POOLED
    group: str = POOLED
    outcome: Outcome
    look: str | None = None
    n: int | None = None
    figure: float | None = None
    bound: float | None = None
    why: str | None = None

    @property
    def series(self) -> Series:
        """The rule and the cell."""
        return Series(self.rule, Cell(self.indicator, self.arm, self.region, self.group))


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which no policy signal about a series is told, because a critical rule fails there.

    Attributes:
        id: Made from what it is about and where it began.
        policy: Whose.
        series: The rule that failed, and the cell.
        suppliers: Who sent the records that were judged; empty where they came straight to Kafka.
    """

    id: UUID
    policy: str
    series: Series
    suppliers: tuple[str, ...]
