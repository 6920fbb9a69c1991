"""What a look costs: comparisons updated per second of one core, bytes kept for each, and how the whole fold grows.

An update computes the log e-values of a comparison's table for four bets in both directions, adds them to the e-process
and takes the e-detector one look further. Seconds are those of the processor, so that other programs on the machine do
not count. Run as `python -m benchmarks.engine` from the root; ends with 1 if a goal is not reached.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks import growth
from benchmarks.goals import Goal, judge
from benchmarks.pictures import path_of
from benchmarks.provenance import provenance, save
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.intervals import odds_ratio_intervals
from pipelines.evidence.means import log_e_means, mean_difference_terms
from pipelines.evidence.profiles import Grid, log_e_above, log_e_below, profile_terms, smallest_product

BETS = np.array([0.3, 0.5, 0.8, 1.2])
LOG_MARGIN = np.log(0.9)
NULLS = (LOG_MARGIN, -LOG_MARGIN)
COMPARISONS = 1 << 14
SEED = 20_260_118
REFERENCE = "updated: n = 20 a side, k = 8"
PER_SECOND, BYTES = 5e6, 256

Line = TypeVar("Line")
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


def main() -> int:
    """Measure, print, write and judge; return the exit status."""
    options = _options()
    rng = np.random.default_rng(SEED)
    print(provenance(), "\n")
    speeds = {speed.name: speed.per_second for speed in _printed(_speeds(rng, seconds=options.seconds))}
    n_bytes = Comparisons(COMPARISONS).bytes_each
    print(f"\nbytes of e-process and e-detector per comparison: {n_bytes:.0f}\n\n{growth.HEADING}")
    sizes = list(_printed(growth.measured(size, options.records) for size in growth.SIZES))
    growth.draw(sizes)
    figures = {
        "speeds": [{"name": name, "per_second": per_second} for name, per_second in speeds.items()],
        "bytes_per_comparison": n_bytes,
        "growth": [asdict(size) for size in sizes],
        "seed": SEED,
    }
    print(f"\nwritten: {save('engine', figures)}, {path_of('growth')}")
    return judge(
        [
            Goal(f"comparisons a second, {REFERENCE}", speeds[REFERENCE], PER_SECOND, is_floor=True),
            Goal("bytes of e-process and e-detector per comparison", n_bytes, BYTES),
        ]
    )


def _printed(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        print(line, flush=True)
        yield line


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="time spent on each line")
    parser.add_argument("--records", type=int, default=20_000, help="records folded for each size of plan")
    return parser.parse_args()


def _speeds(rng: np.random.Generator, *, seconds: float) -> Iterator[Speed]:
    """Measure every kind of work in turn."""
    for name, looks in _kinds_of_looks(rng).items():
        yield _updates(name, looks, seconds=seconds)
    state = Comparisons(COMPARISONS)
    state.update(_tables(rng, 20, 20))
    yield _measure("e-process and e-detector read", COMPARISONS, state.read, seconds=seconds)
    yield _intervals(rng, seconds=seconds)
    yield _means(rng, seconds=seconds)
    yield from _profiles(rng, seconds=seconds)


def _kinds_of_looks(rng: np.random.Generator) -> dict[str, list[Tables]]:
    """Return looks of comparisons, from those that are all alike to those that all differ."""
    few, some, many = (rng.integers(high // 2, 3 * high // 2, size=(2, COMPARISONS)) for high in (20, 300, 5_000))
    return {
        REFERENCE: [_tables_with_eight_events(rng) for _ in range(4)],
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


def _means(rng: np.random.Generator, *, seconds: float) -> Speed:
    """Measure comparisons of means: the terms of a table, added up, and the e-process in both directions."""
    n = rng.integers(10, 60, size=(2, COMPARISONS)).astype(np.float64)
    mean, squares = rng.normal(size=(2, COMPARISONS)), n * rng.uniform(0.5, 2.0, size=(2, COMPARISONS))
    sums = np.zeros((COMPARISONS, 3))

    def update() -> object:
        np.add(sums, mean_difference_terms(n[0], mean[0], squares[0], n[1], mean[1], squares[1]), out=sums)
        return [log_e_means(*sums.T, tau=0.2, null=0.0, sign=sign) for sign in (1.0, -1.0)]

    return _measure("means: updated and read, both directions", COMPARISONS, update, seconds=seconds)


def _profiles(rng: np.random.Generator, *, seconds: float) -> Iterator[Speed]:
    """Measure profiles over all odds ratios: tables laid out, and pairs of rows judged by them."""
    grid = Grid.of(BETS)
    tables = _tables(rng, *rng.integers(20, 61, size=(2, COMPARISONS)))

    def lay_out() -> object:
        return profile_terms(*tables, grid=grid)

    yield _measure("profiles: tables laid out, n from 20 to 60 a side", COMPARISONS, lay_out, seconds=seconds)
    n_rows = COMPARISONS // 12
    profile, excess = (each[: 12 * n_rows] for each in profile_terms(*tables, grid=grid))
    profile, excess = profile.reshape(n_rows, 12, -1).sum(axis=1), excess.reshape(n_rows, 12).sum(axis=1)

    def judge_pairs() -> object:
        above, below = log_e_above(profile, excess, grid=grid), log_e_below(profile, excess, grid=grid)
        return smallest_product(above, below)

    yield _measure("profiles: pairs of rows judged over all odds ratios", n_rows, judge_pairs, seconds=seconds)


def _measure(name: str, n: int, work: Callable[[], object], *, seconds: float) -> Speed:
    """Repeat the work for some seconds after one warming turn and return the median speed."""
    work()
    times: list[float] = []
    stop = time.perf_counter() + seconds
    while time.perf_counter() < stop or not times:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return Speed(name, n / float(np.median(times)))


if __name__ == "__main__":
    sys.exit(main())
