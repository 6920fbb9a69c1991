"""What a look costs: comparisons updated per second on one core, and bytes kept for each.

An update computes the log e-values of a comparison's table for four bets in both directions, adds them to the e-process
and takes the e-detector one look further. Run as `python -m benchmarks.engine` from the root.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.provenance import provenance, save
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.intervals import odds_ratio_intervals

BETS = np.array([0.3, 0.5, 0.8, 1.2])
LOG_MARGIN = np.log(0.9)
NULLS = (LOG_MARGIN, -LOG_MARGIN)
COMPARISONS = 1 << 14
SEED = 20_260_118

Tables = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast one kind of work went; the median over repetitions."""

    name: str
    per_second: float

    def __str__(self) -> str:
        return f"{self.name:<68}{self.per_second:>14,.0f}/s"


class Comparisons:
    """E-processes and e-detectors of many comparisons, both directions; each of shape (comparisons, 2, bets)."""

    def __init__(self, n: int) -> None:
        self.log_e = np.zeros((n, 2, len(BETS)))
        self.log_m = np.full((n, 2, len(BETS)), -np.inf)

    def update(self, tables: Tables) -> None:
        """Take every comparison one look further."""
        for way, (sign, null) in enumerate(zip((-1.0, 1.0), NULLS, strict=True)):
            log_l = log_e_counts(*tables, bets=sign * BETS, log_or_0=null)
            self.log_e[:, way] += log_l
            self.log_m[:, way] = detect(self.log_m[:, way], log_l)

    def read(self) -> NDArray[np.float64]:
        """Return what a look reports: e-process and e-detector of each direction, averaged over bets."""
        return np.stack((average_bets(self.log_e), average_bets(self.log_m)))

    @property
    def bytes_each(self) -> float:
        """Bytes of e-process and e-detector per comparison."""
        return (self.log_e.nbytes + self.log_m.nbytes) / len(self.log_e)


def main() -> None:
    """Measure, print and write."""
    seconds = _options().seconds
    rng = np.random.default_rng(SEED)
    print(provenance(), "\n")
    speeds = [_updates(name, looks, seconds=seconds) for name, looks in _kinds_of_looks(rng).items()]
    state = Comparisons(COMPARISONS)
    state.update(_tables(rng, 20, 20))
    speeds.append(_measure("e-process and e-detector read", COMPARISONS, state.read, seconds=seconds))
    speeds.append(_intervals(rng, seconds=seconds))
    print(*speeds, sep="\n")
    print(f"\nbytes of e-process and e-detector per comparison: {state.bytes_each:.0f}")
    figures = {"speeds": [asdict(speed) for speed in speeds], "bytes_per_comparison": state.bytes_each, "seed": SEED}
    print(f"written: {save('engine', figures)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="time spent on each line")
    return parser.parse_args()


def _kinds_of_looks(rng: np.random.Generator) -> dict[str, list[Tables]]:
    """Return looks of comparisons, from those that are all alike to those that all differ."""
    few, some, many = (rng.integers(high // 2, 3 * high // 2, size=(2, COMPARISONS)) for high in (20, 300, 5_000))
    return {
        "updated: n = 20 a side, k = 8": [_tables_with_eight_events(rng) for _ in range(4)],
        "updated: n = 20 a side, k as it falls (0.2 a person)": [_tables(rng, 20, 20) for _ in range(4)],
        "updated: n from 10 to 30 a side": [_tables(rng, *few) for _ in range(4)],
        "updated: n from 150 to 450 a side, all different": [_tables(rng, *some)],
        "updated: n from 2,500 to 7,500 a side, all different": [_tables(rng, *many)],
    }


def _tables(rng: np.random.Generator, n_a: int | NDArray[np.int64], n_b: int | NDArray[np.int64]) -> Tables:
    """Draw one table for each comparison, at a rate of 0.2."""
    people_a, people_b = (np.broadcast_to(n, (COMPARISONS,)).astype(np.int64) for n in (n_a, n_b))
    return people_a, rng.binomial(people_a, 0.2), people_b, rng.binomial(people_b, 0.2)


def _tables_with_eight_events(rng: np.random.Generator) -> Tables:
    """Draw tables of 20 people a side that share 8 events."""
    n = np.full(COMPARISONS, 20)
    k_b = rng.hypergeometric(8, 32, 20, size=COMPARISONS)
    return n, 8 - k_b, n, k_b


def _updates(name: str, looks: list[Tables], *, seconds: float) -> Speed:
    comparisons = Comparisons(COMPARISONS)
    turns = iter(range(1 << 62))
    return _measure(name, COMPARISONS, lambda: comparisons.update(looks[next(turns) % len(looks)]), seconds=seconds)


def _intervals(rng: np.random.Generator, *, seconds: float) -> Speed:
    """Measure both bounds of rows with twelve tables of 20 to 60 people a side."""
    n_a, n_b = rng.integers(20, 61, size=(2, COMPARISONS))
    tables = _tables(rng, n_a, n_b)
    row = np.arange(COMPARISONS) // 12
    n_rows = int(row[-1]) + 1

    def both_bounds() -> object:
        return odds_ratio_intervals(*tables, row=row, n_rows=n_rows, bets=BETS, alpha=0.05)

    return _measure("intervals: tables gone through, 12 a row", COMPARISONS, both_bounds, seconds=seconds)


def _measure(name: str, n: int, work: Callable[[], object], *, seconds: float) -> Speed:
    """Repeat the work for some seconds after one warming turn and return the median speed."""
    work()
    times: list[float] = []
    stop = time.perf_counter() + seconds
    while time.perf_counter() < stop or not times:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return Speed(name, n / float(np.median(times)))


if __name__ == "__main__":
    main()
