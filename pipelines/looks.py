"""Looks: what is counted in the open look of one indicator, and when it closes.

Time here is event time in arrival order; no clock is read.
"""

from dataclasses import dataclass, field
from operator import add

from contracts.period import Duration, Look, Period
from pipelines.cells import Amounts, CellKey


@dataclass(frozen=True, slots=True)
class LookLabel:
    """Which look of an indicator a row speaks of."""

    label: str
    index: int
    offsets: tuple[int, int]


@dataclass(slots=True)
class OpenLook:
    """The open look of one indicator.

    Attributes:
        index: Number of looks closed before it.
        period: The look's period; None until it is known (before the first record, or where looks are counted).
        latest: Latest period counted so far, over all looks.
        cells: Amounts per cell; empty where clusters are counted.
        n_counted: Observations counted in it.
        offsets: First and last offset counted in it.
    """

    index: int = 0
    period: Period | None = None
    latest: Period | None = None
    cells: dict[CellKey, Amounts] = field(default_factory=dict)
    n_counted: int = 0
    offsets: tuple[int, int] = (0, 0)

    def ends_before(self, period: Period, look: Look) -> bool:
        """Say whether a counted record of `period` closes this look first."""
        if look.every is not None or not self.n_counted or self.period is None:
            return False
        return period.start > self.period.start

    def is_full(self, look: Look) -> bool:
        """Say whether the look closes with its last counted record."""
        return look.every is not None and self.n_counted >= look.every

    def is_over(self, period: Period) -> bool:
        """Say whether the look of `period` has closed: all that matters where units are measured repeatedly."""
        return self.period is not None and period.start < self.period.start

    def has_come_to(self, period: Period) -> bool:
        """Say whether `period` lies in this look or after it."""
        if self.period is not None:
            return period.start >= self.period.start
        return self.latest is None or period.start > self.latest.start

    def is_too_late(self, period: Period, *, look: Look, lateness: Duration) -> bool:
        """Say whether a record of `period` comes more than `lateness` after the latest period seen."""
        if look.every is not None or self.latest is None or period.end >= self.latest.end:
            return False
        return lateness.after(period.end) < self.latest.end

    def count(self, key: CellKey, amounts: Amounts, *, period: Period, offset: int) -> None:
        """Count one unit: add its amounts to the cell of its own period."""
        known = self.cells.get(key)
        self.cells[key] = amounts if known is None else tuple(map(add, known, amounts))
        self.note(period=period, offset=offset)

    def note(self, *, period: Period, offset: int) -> None:
        """Note that a unit was counted, whatever keeps its value."""
        self.offsets = (offset if not self.n_counted else self.offsets[0], offset)
        self.n_counted += 1
        if self.latest is None or period.start > self.latest.start:
            self.latest = period
        if self.period is None or period.start > self.period.start:
            self.period = period

    def label(self) -> str:
        """Return the label of the look's period; where looks are counted, that of the latest record."""
        period = self.period or self.latest
        return period.label if period is not None else ""

    def following(self, look: Look, *, after: Period | None = None) -> "OpenLook":
        """Return the look that opens when this one closes.

        Args:
            look: The plan's rule for looks.
            after: Period that a marker closed; the new look is the one that follows it. None where a record of a
                later period closed this look and gives the new one its period.
        """
        period = after.following() if after is not None and look.every is None else None
        return OpenLook(index=self.index + 1, period=period, latest=self.latest)

    def closed_by(self, period: Period | None, look: Look) -> Period | None:
        """Return the last period that is over once everything up to `period` is closed; None if nothing is.

        Args:
            period: Up to where; None for whatever has records.
            look: The plan's rule; where looks are counted, periods close nothing.
        """
        if look.every is not None:
            return None
        if period is None:
            return self.period if self.n_counted else None
        period = period.at(look.grain)
        return period if self.period is None or self.period <= period else None

    def skip_to(self, period: Period) -> None:
        """Let an empty open look be that of `period`, or of its first record if that is later."""
        if self.period is None or period > self.period:
            self.period = period
