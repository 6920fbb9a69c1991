"""Shares of runs that alarmed, with exact limits, and what may be concluded from many of them at once.

A share is surely above what was promised if its lower limit is, at an error of 1 % over all shares together: with forty
shares at 1 % each, chance alone would accuse one in three honest runs. It surely keeps the promise if its own upper
limit, at 1 %, is not above it. What is neither is undecided: more runs are needed to tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

ERROR = 0.01
HEADING = f"{'share of runs ever alarming':<60}{'alarms':>10}{'share':>16}{'99 % limit':>11}"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of runs that alarmed.

    Attributes:
        name: Of what.
        alarms: Runs that alarmed.
        of: Runs.
        lower: Exact one-sided lower limit at an error of 1 % (Clopper and Pearson).
        upper: The upper limit likewise.
        is_held: Whether it is held to the promise; else it is shown to say what happens without the cure.
    """

    name: str
    alarms: int
    of: int
    lower: float
    upper: float
    is_held: bool

    @classmethod
    def of_runs(cls, name: str, alarmed: NDArray[np.bool_], *, is_held: bool = True) -> "Share":
        """Return the share of runs."""
        k, n = int(alarmed.sum()), len(alarmed)
        upper = float(beta.ppf(1.0 - ERROR, k + 1, n - k)) if k < n else 1.0
        return cls(name, k, n, lower_limit(k, n, ERROR), upper, is_held)

    def __str__(self) -> str:
        return self.line(self.name)

    def line(self, label: str) -> str:
        """Return the share as a line under `HEADING`."""
        return f"{label:<60}{self.alarms:>7} of {self.of:<7}{self.alarms / self.of:>8.2%}{self.upper:>11.2%}"


def lower_limit(alarms: int, of: int, error: float) -> float:
    """Return the exact one-sided lower limit of a share at this error."""
    return float(beta.ppf(error, alarms, of - alarms + 1)) if alarms else 0.0


def broken(shares: Sequence[Share], promised: float) -> list[Share]:
    """Return the shares that are surely above what was promised, at an error of 1 % over all of them together."""
    held = [share for share in shares if share.is_held]
    return [share for share in held if lower_limit(share.alarms, share.of, ERROR / len(held)) > promised]


def undecided(shares: Sequence[Share], promised: float) -> list[Share]:
    """Return the shares that are neither surely above the promise nor surely within it."""
    above = broken(shares, promised)
    return [share for share in shares if share.is_held and share.upper > promised and share not in above]
