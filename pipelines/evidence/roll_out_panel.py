"""Outcomes of regions over periods, and the part of them that can tell what a roll-out did."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from contracts.errors import StatisticsError
from pipelines.evidence.tables import FloatArray, IntArray

NEVER = -1
"""Start of a region in which the policy never starts."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Outcomes of regions over periods.

    Attributes:
        regions, periods: Names, periods in their order.
        n: Units; shape (regions, periods).
        mean: Mean outcome of the units; shape (regions, periods), not read where there are none.
        starts: Place of each region's first period under the policy, `NEVER` where there is none, the number of periods
            or more where it lies ahead; shape (regions,).
    """

    regions: tuple[str, ...]
    periods: tuple[str, ...]
    n: IntArray
    mean: FloatArray
    starts: IntArray

    @property
    def is_treated(self) -> npt.NDArray[np.bool_]:
        """Whether the policy is under way; shape (regions, periods)."""
        under_way: npt.NDArray[np.bool_] = np.arange(len(self.periods)) >= self.starts[:, None]
        under_way &= (self.starts != NEVER)[:, None]
        return under_way


def refuse_impossible(panel: Panel) -> None:
    """Raise StatisticsError if shapes do not fit, a start is below `NEVER` or a mean of units is no number."""
    shape = (len(panel.regions), len(panel.periods))
    if panel.n.shape != shape or panel.mean.shape != shape or panel.starts.shape != shape[:1]:
        raise StatisticsError(f"n, mean and starts of {shape[0]} regions and {shape[1]} periods have other shapes")
    if (panel.starts < NEVER).any():
        raise StatisticsError(f"a start is {panel.starts.min()}; it must be a place, or {NEVER} for never")
    if not np.isfinite(panel.mean[panel.n > 0]).all():
        raise StatisticsError("a mean of units is not finite")


def telling_part(panel: Panel) -> Panel:
    """Return the regions that were seen before the policy, by name, in the periods in which every region has units.

    A region that always had the policy has nothing to be compared with, and is no comparison for others. Starts move to
    the next period that is kept.
    """
    kept = np.flatnonzero((panel.n > 0).all(axis=0))
    starts = np.where(panel.starts == NEVER, NEVER, np.searchsorted(kept, panel.starts))
    periods = tuple(panel.periods[at] for at in kept)
    complete = replace(panel, periods=periods, n=panel.n[:, kept], mean=panel.mean[:, kept], starts=starts)
    return _of(complete, [at for at in np.argsort(np.array(panel.regions)) if starts[at] != 0])


def _of(panel: Panel, places: list[int]) -> Panel:
    """Return the regions at these places, so that no figure depends on the order in which they were given."""
    names, chosen = tuple(panel.regions[at] for at in places), np.array(places, dtype=np.int64)
    return replace(panel, regions=names, n=panel.n[chosen], mean=panel.mean[chosen], starts=panel.starts[chosen])
