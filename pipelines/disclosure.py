"""What may be shown of a row of evidence: no small cells, rounded counts, and the reason where figures are held back.

A cell is small when fewer people than the plan's `minimum_cell` are in it. Three cells of each side count: the people,
those with the outcome and those without. Where one of the six is small all figures of the row are held back, since a
difference and one share would give the other share away. What is concluded (direction, strength) is still said.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from contracts.evidence import EvidenceRow
from contracts.plan import Disclosure

HeldBack = Literal["few_people", "few_with_outcome", "few_without_outcome"]
"""Which kind of cell is small, on either side; screens put it into words together with the plan's minimum."""

_DECIMALS = 3


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a row that people may see.

    Attributes:
        n_a, n_b: People, reference and watched, rounded; None where held back.
        share_a, share_b: Shares with the outcome, to a tenth of a per cent.
        difference, difference_lower, difference_upper: b minus a in outcome units.
        estimate, lower, upper: Odds ratio b:a and its interval.
        held_back: Why the figures are missing; None where they are not.
    """

    n_a: int | None = None
    n_b: int | None = None
    share_a: float | None = None
    share_b: float | None = None
    difference: float | None = None
    difference_lower: float | None = None
    difference_upper: float | None = None
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    held_back: HeldBack | None = None


def disclose(row: EvidenceRow, rule: Disclosure) -> Shown:
    """Return the figures of a row of counts that the plan's rule allows people to see."""
    reason = next(_small_cells(row, rule.minimum_cell), None)
    if reason is not None:
        return Shown(held_back=reason)
    return Shown(
        n_a=round_to(row.n_a, rule.round_to),
        n_b=round_to(row.n_b, rule.round_to),
        share_a=_short(row.k_a / row.n_a),
        share_b=_short(row.k_b / row.n_b),
        difference=_short(row.difference),
        difference_lower=_short(row.difference_lower),
        difference_upper=_short(row.difference_upper),
        estimate=_short(row.estimate),
        lower=_short(row.lower),
        upper=_short(row.upper),
    )


def round_to(count: int, step: int) -> int:
    """Return the multiple of `step` nearest to `count`; halves go up, a step of 0 or 1 rounds nothing."""
    return count if step <= 1 else (2 * count + step) // (2 * step) * step


def _small_cells(row: EvidenceRow, minimum: int) -> Iterator[HeldBack]:
    for people, events in ((row.n_a, row.k_a), (row.n_b, row.k_b)):
        cells: tuple[tuple[HeldBack, int], ...] = (
            ("few_people", people),
            ("few_with_outcome", events),
            ("few_without_outcome", people - events),
        )
        yield from (reason for reason, size in cells if size < max(minimum, 1))


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
