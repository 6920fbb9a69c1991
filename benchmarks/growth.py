"""How the real fold grows with the plan: records and comparisons a second, seconds a closing, and memory.

Every size runs in a process of its own, `python -m benchmarks.growth REGIONS GROUPS ARMS RECORDS`, which prints its
figures as JSON. The same records are replayed once as one open look and once as twelve that close; the difference is
what closing costs.
"""

import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np
from matplotlib.axes import Axes

from benchmarks.made_plans import Size, made_plan, made_records
from benchmarks.pictures import picture
from contracts.plan import Plan
from pipelines.replay import Replay, replay

SEED = 20_260_120
SIZES = tuple(Size(*each) for each in ((1, 2, 1), (4, 2, 2), (12, 4, 2), (25, 6, 3), (50, 10, 3)))


@dataclass(frozen=True, slots=True)
class Growth:
    """What a plan of one size costs on one core.

    Attributes:
        size: The plan.
        records: Records replayed.
        claims: Rows of the plan that said something by the end.
        records_per_second: Records taken in, without closings.
        seconds_per_closing: Seconds for a closing of both outcomes.
        claims_per_second: Rows written a second while looks close.
        peak_bytes: Most memory that a replay holds.
    """

    size: Size
    records: int
    claims: int
    records_per_second: float
    seconds_per_closing: float
    claims_per_second: float
    peak_bytes: int

    def __str__(self) -> str:
        size = f"{self.size.regions} x {self.size.groups} x {self.size.arms}"
        return (
            f"{size:<14}{self.claims:>9,}{self.records_per_second:>12,.0f}{self.claims_per_second:>12,.0f}"
            f"{self.seconds_per_closing:>12.3f}{self.peak_bytes / 1e6:>12,.1f}"
        )


HEADING = (
    f"{'regions x':<14}{'':>9}{'records':>12}{'rows':>12}{'seconds':>12}{'peak':>12}\n"
    f"{'groups x arms':<14}{'rows':>9}{'a second':>12}{'a second':>12}{'a closing':>12}{'MB':>12}"
)


def measured(size: Size, records: int) -> Growth:
    """Return the figures of one size, from a process of its own."""
    arguments = (str(number) for number in (*asdict(size).values(), records))
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", *arguments], capture_output=True, text=True, check=True
    )
    figures = json.loads(answer.stdout)
    return Growth(**figures | {"size": Size(**figures["size"])})


def draw(sizes: Iterable[Growth]) -> None:
    """Draw the figures against the number of rows, on logarithmic axes."""
    grown = list(sizes)
    rows = [each.claims for each in grown]
    with picture("growth", columns=3, size=(12, 3.8)) as (speed, seconds, memory):
        speed.loglog(rows, [each.records_per_second for each in grown], marker="o", label="records taken in")
        speed.loglog(rows, [each.claims_per_second for each in grown], marker="o", label="rows written, closing")
        speed.legend(fontsize=7)
        _label(speed, "A second, on one core")
        seconds.loglog(rows, [each.seconds_per_closing for each in grown], marker="o")
        _label(seconds, "Seconds for a closing")
        memory.loglog(rows, [each.peak_bytes / 1e6 for each in grown], marker="o")
        _label(memory, "Peak memory (MB)")


def _label(axes: Axes, title: str) -> None:
    axes.set(title=title, xlabel="rows of the plan")
    axes.grid(visible=True, which="major", linewidth=0.3)


def _measure(size: Size, records: int) -> Growth:
    plan = made_plan(size)
    open_look, months = (_records(size, records, one_month=each) for each in (True, False))
    taking_in, _ = _timed(plan, open_look, keep_open=True)
    whole, replayed = _timed(plan, months, keep_open=False)
    closing = max(whole - taking_in, 1e-9)
    closings = len(replayed.closings)
    rows = {(row.claim, row.indicator, row.other_indicator, row.arm, row.region, row.group) for row in replayed.rows}
    return Growth(
        size=size,
        records=replayed.tally.counted,
        claims=len(rows),
        records_per_second=records / taking_in,
        seconds_per_closing=2.0 * closing / closings,
        claims_per_second=len(replayed.rows) / closing,
        peak_bytes=_peak(plan, months),
    )


def _records(size: Size, n: int, *, one_month: bool) -> list[bytes]:
    return list(made_records(size, n, one_month=one_month, rng=np.random.default_rng(SEED)))


def _timed(plan: Plan, records: list[bytes], *, keep_open: bool) -> tuple[float, Replay]:
    start = time.process_time()
    replayed = replay(plan, records, keep_open=keep_open)
    return time.process_time() - start, replayed


def _peak(plan: Plan, records: list[bytes]) -> int:
    """Return the most memory that a replay allocated at a time; tracing slows it, so it is not timed."""
    tracemalloc.start()
    replay(plan, records)
    return tracemalloc.get_traced_memory()[1]


if __name__ == "__main__":
    regions, groups, arms, n_records = (int(argument) for argument in sys.argv[1:])
    print(json.dumps(asdict(_measure(Size(regions, groups, arms), n_records))))
