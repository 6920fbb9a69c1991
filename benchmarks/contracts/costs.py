"""What a record costs everybody, in files with more and fewer broken records."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import numpy as np

from benchmarks.contracts.contestants import OURS, Contestant
from benchmarks.pictures import picture

HEADING = f"  {'microseconds a record':<32}{'median':>10}{'quartiles':>22}{'to ours':>10}{'refused':>12}"
_EDGES = (attrgetter("lower"), attrgetter("upper"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a record costs one contestant in one file.

    Attributes:
        library, mix: Who, and which file.
        microseconds, lower, upper: Median over the rounds, and its quartiles.
        times_ours: Median over the rounds of its time over ours.
        n_refused: Records refused; None from who judges files only.
    """

    library: str
    mix: str
    microseconds: float
    lower: float
    upper: float
    times_ours: float
    n_refused: int | None

    def __str__(self) -> str:
        spread = f"{self.lower:,.2f} to {self.upper:,.2f}"
        return (
            f"  {self.mix:<12}{self.library:<20}{self.microseconds:>10,.2f}{spread:>22}{self.times_ours:>10,.2f}"
            f"{'whole file' if self.n_refused is None else format(self.n_refused, ',d'):>12}"
        )


def measured(everybody: Iterable[Contestant], files: dict[str, Path], *, records: int, rounds: int) -> list[Cost]:
    """Ask everybody about every file in turn, round after round."""
    seconds: dict[tuple[str, str], list[float]] = {}
    n_refused: dict[tuple[str, str], int | None] = {}
    for _ in range(rounds):
        for mix, path in files.items():
            for each in everybody:
                answer = each.asked(path)
                seconds.setdefault((each.name, mix), []).append(answer.seconds)
                n_refused[each.name, mix] = answer.n_refused
    costs = []
    for mix in files:
        ours = np.array(seconds[OURS, mix])
        for each in everybody:
            times = np.array(seconds[each.name, mix])
            lower, median, upper = 1e6 / records * np.quantile(times, (0.25, 0.5, 0.75))
            ratio = float(np.median(times / ours))
            costs.append(Cost(each.name, mix, median, lower, upper, ratio, n_refused[each.name, mix]))
    return costs


def draw(costs: Iterable[Cost]) -> None:
    """Draw what a record costs everybody, a panel for each file, on one logarithmic scale."""
    measured_costs = list(costs)
    mixes = list(dict.fromkeys(each.mix for each in measured_costs))
    with picture("contracts", columns=len(mixes), size=(11, 2.6), shares_y=True) as panels:
        for axes, mix in zip(panels, mixes, strict=True):
            shown = [each for each in measured_costs if each.mix == mix][::-1]
            places = [each.microseconds for each in shown]
            below, above = ([abs(each.microseconds - edge(each)) for each in shown] for edge in _EDGES)
            axes.errorbar(places, [each.library for each in shown], xerr=(below, above), fmt="o", capsize=3)
            axes.set(xscale="log", xlim=(1, 200), xlabel="microseconds a record", title=mix)
            axes.set_xticks((1, 3, 10, 30, 100), ("1", "3", "10", "30", "100"))
            axes.grid(visible=True, axis="x", alpha=0.4)
