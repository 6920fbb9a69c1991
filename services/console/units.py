"""In what an outcome is written: a share as people of every hundred, a value in the units of the outcome."""

from dataclasses import dataclass
from math import ceil, log10

from contracts.plan import Indicator

_PERCENT = 100.0
_MOST_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Unit:
    """How figures of an outcome are written.

    Attributes:
        is_share: Whether they are shares, written in points of a hundred.
        decimals: Of a difference as it is written.
    """

    is_share: bool
    decimals: int

    @property
    def factor(self) -> float:
        """What a figure is multiplied by before it is written."""
        return _PERCENT if self.is_share else 1.0


SHARE = Unit(is_share=True, decimals=1)


def unit_of(indicator: Indicator) -> Unit:
    """Return the unit of an indicator: of values with so many decimals that a tenth of what matters can be seen."""
    if indicator.type == "binary":
        return SHARE
    matters = indicator.relevant_difference
    decimals = ceil(1.0 - log10(matters)) if matters > 0 else indicator.decimals
    return Unit(is_share=False, decimals=min(max(decimals, 0), _MOST_DECIMALS))
