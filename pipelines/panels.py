"""Outcomes per region and period over all closed looks: what a roll-out is read from."""

from contracts.evidence import POOLED
from pipelines.cells import Amounts, Counts
from pipelines.measures import Measure


class RegionPanel:
    """Amounts per group, region and own period; it follows from the stored counts and is not stored.

    Attributes:
        amounts: Sums of the amounts, over arms and cohorts.
    """

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self.amounts: dict[tuple[str, str, str], Amounts] = {}

    def add(self, counts: Counts) -> None:
        """Add the counts of a closed look."""
        whole = counts.sums.sum(axis=1)
        columns = {POOLED: 0} | {group: counts.column(group) for group in counts.groups}
        for place, stratum in enumerate(counts.strata):
            for group, column in columns.items():
                key = (group, stratum.region, stratum.period)
                added = whole[place, column].tolist()
                if added[0]:
                    known = self.amounts.get(key)
                    self.amounts[key] = (
                        tuple(added) if known is None else tuple(map(sum, zip(known, added, strict=True)))
                    )
