"""Outcomes per region and period over all closed looks: what a roll-out is read from."""

from operator import add

from pipelines.cells import Amounts, Counts
from pipelines.measures import Measure


class RegionPanel:
    """Amounts of everybody per region and own period; it follows from the stored counts and is not stored.

    Attributes:
        amounts: Sums of the amounts, over arms and cohorts.
    """

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self.amounts: dict[tuple[str, str], Amounts] = {}

    def add(self, counts: Counts) -> None:
        """Add the counts of a closed look."""
        everybody = counts.sums[:, :, 0].sum(axis=1).tolist()
        for stratum, added in zip(counts.strata, everybody, strict=True):
            if added[0]:
                key = (stratum.region, stratum.period)
                known = self.amounts.get(key)
                self.amounts[key] = tuple(added) if known is None else tuple(map(add, known, added))
