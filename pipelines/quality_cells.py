"""Cells of a look: everything, each arm, each region and each group, with the sums of their records."""

from collections.abc import Iterator

import msgspec

from contracts.evidence import POOLED
from contracts.quality import Cell
from contracts.records import Observation

Cells = dict[str, "Sums"]
"""Sums by cell: '' is everything, else `arm=...`, `region=...` or `group=...`."""


class Sums(msgspec.Struct, array_like=True):
    """Records of a cell, the sum of their values, and the sum of the squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, n: int, total: float, squares: float) -> None:
        """Add to them."""
        self.n, self.total, self.squares = self.n + n, self.total + total, self.squares + squares

    @property
    def mean(self) -> float:
        """The mean value; of a cell with records."""
        return self.total / self.n

    @property
    def variance(self) -> float:
        """The variance of a record's value."""
        return max(0.0, self.squares / self.n - self.mean**2)


def cell_of(key: str, indicator: str) -> Cell:
    """Return the cell of an indicator that a key names."""
    kind, _, name = key.partition("=")
    parts = {"arm": POOLED, "region": POOLED, "group": POOLED}
    return Cell(indicator, **(parts | ({kind: name} if kind else {})))


def keys_of(record: Observation) -> Iterator[str]:
    """Yield the cells that a record belongs to."""
    yield ""
    yield f"region={record.region}"
    if record.arm is not None:
        yield f"arm={record.arm}"
    yield from (f"group={each}" for each in record.groups)


def merge(into: Cells, cells: Cells) -> None:
    """Add cells to others."""
    for key, sums in cells.items():
        into.setdefault(key, Sums()).add(sums.n, sums.total, sums.squares)


def copied(cells: Cells) -> Cells:
    """Return the cells as they are now."""
    return {key: Sums(each.n, each.total, each.squares) for key, each in cells.items()}
