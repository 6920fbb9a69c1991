"""Does the engine find what was put into a simulated trial, and nothing where nothing was?

Run as `python -m benchmarks.trust_trial` from the root. Quiet runs say how often anything ever stands although nothing
is wrong; loud runs how often each change is found, after how many looks, and what stands besides that is not so. Ends
with 1 if quiet runs alarm more often than was promised, beyond chance.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import chain
from math import log
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import matplotlib as mpl
import numpy as np

from benchmarks.provenance import RESULTS, provenance, save
from benchmarks.validity import ALPHA, Share
from contracts.events import LookClosed
from contracts.evidence import EvidenceRow
from contracts.period import period_at
from contracts.plan import Plan
from contracts.plan_reader import read_plan
from contracts.plan_rows import n_hypotheses
from examples.trust_trial.generator import SCALE, generate, truth
from examples.trust_trial.implied import Implied
from examples.trust_trial.make import FOLDER
from examples.trust_trial.truth import Change
from pipelines.replay import replay

FIRST_QUIET_SEED, FIRST_LOUD_SEED = 100_000, 200_000

Row = tuple[str, str, str | None, str, str, str, str]
"""What identifies a row that stands: claim, indicator, other indicator, arm, region, group, direction."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run showed.

    Attributes:
        seed: Its seed.
        standing: Every row that ever stood, and the label of the look that first made it stand.
        untrue: Those that are not so.
        strongest: The largest log e-value of any row at any look (nats).
        n_records: Records read.
        seconds: Time of the replay.
    """

    seed: int
    standing: dict[Row, str]
    untrue: tuple[Row, ...]
    strongest: float
    n_records: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """How a change was found over the loud runs.

    Attributes:
        claim, indicator, arm, region, group, direction: The row that says it.
        touched: Share of runs in which any row about the same people, arm and outcomes stood.
        named: Share of runs in which the row itself stood.
        delays: Looks from the first that could show it until it stood, that one included; of the runs that found it.
        median_delay: Their median.
    """

    claim: str
    indicator: str
    arm: str
    region: str
    group: str
    direction: str
    touched: float
    named: float
    delays: tuple[int, ...]
    median_delay: float | None

    def __str__(self) -> str:
        where = self.region if self.arm == "all" else f"{self.arm}, {self.group}"
        delay = "-" if self.median_delay is None else f"{self.median_delay:g}"
        return f"{self.claim:<12}{self.indicator:<20}{where:<26}{self.touched:>8.0%}{self.named:>8.0%}{delay:>8}"


def main() -> int:
    """Run, print, write and judge; return the exit status."""
    options = _options()
    print(provenance())
    quiet = _runs(options.quiet, FIRST_QUIET_SEED, options, is_quiet=True)
    loud = _runs(options.loud, FIRST_LOUD_SEED, options, is_quiet=False)
    share = Share.of_runs("quiet runs in which anything ever stood", np.array([bool(run.standing) for run in quiet]))
    found = [_found(change, loud) for change in truth()]
    n_standing, n_untrue = sum(len(run.standing) for run in loud), sum(len(run.untrue) for run in loud)
    _report(share, found, n_standing=n_standing, n_untrue=n_untrue)
    figures = {
        "scale": options.scale,
        "quiet": asdict(share) | {"standing": _listed(quiet)},
        "loud": {
            "runs": len(loud),
            "changes": [asdict(each) for each in found],
            "rows_that_stood": n_standing,
            "of_which_untrue": n_untrue,
            "untrue": sorted({"/".join(map(str, row)) for run in loud for row in run.untrue}),
        },
        "records_a_run": round(float(np.mean([run.n_records for run in quiet + loud]))),
        "seconds_a_run": round(float(np.median([run.seconds for run in quiet + loud])), 2),
    }
    print(f"written: {save('trust_trial', figures)}, {_draw(quiet, found, len(loud))}")
    return int(share.lower > ALPHA)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", type=int, default=200, help="runs in which nothing is wrong")
    parser.add_argument("--loud", type=int, default=40, help="runs with every change")
    parser.add_argument("--scale", type=float, default=SCALE, help="times 3,458 participants")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    if min(options.quiet, options.loud) < 1:
        parser.error("at least one quiet run and one loud run are needed")
    return options


def _runs(n: int, first_seed: int, options: argparse.Namespace, *, is_quiet: bool) -> list[Run]:
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        one = partial(run, scale=options.scale, is_quiet=is_quiet)
        found = []
        for each in pool.map(one, range(first_seed, first_seed + n)):
            found.append(each)
            print(f"\r{'quiet' if is_quiet else 'loud'} {len(found)} of {n}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def run(seed: int, *, scale: float, is_quiet: bool) -> Run:
    """Simulate a trial and replay it."""
    plan, records = _plan(), list(generate(scale=scale, seed=seed, quiet=is_quiet))
    started = perf_counter()
    closings = replay(plan, records).closings
    seconds = perf_counter() - started
    standing, rows = stood(closings)
    implied = _implied(is_quiet=is_quiet)
    untrue = tuple(key for key, row in rows.items() if not implied.is_true(row))
    every = chain.from_iterable((row.log_e_worse, row.log_e_better) for each in closings for row in each.rows)
    return Run(seed, standing, untrue, max(every), len(records), seconds)


def stood(closings: Iterable[LookClosed]) -> tuple[dict[Row, str], dict[Row, EvidenceRow]]:
    """Return every row that ever stood: the look that first made it stand, and the row as it was then.

    That is the later of the look that closed and the row's own: the last look of a short maturity may close at the end
    of the input only.
    """
    looks: dict[Row, str] = {}
    rows: dict[Row, EvidenceRow] = {}
    for closing in closings:
        for row in closing.rows:
            if row.stands is not None and (key := _key(row, row.stands)) not in rows:
                looks[key], rows[key] = max(closing.look, row.look), row
    return looks, rows


def _key(row: EvidenceRow | Change, direction: str) -> Row:
    return row.claim, row.indicator, row.other_indicator, row.arm, row.region, row.group, direction


@cache
def _plan() -> Plan:
    return read_plan((FOLDER / "plan.yaml").read_text())


@cache
def _implied(*, is_quiet: bool) -> Implied:
    return Implied(_plan(), () if is_quiet else truth())


# What was found


def _found(change: Change, runs: Sequence[Run]) -> Found:
    key = _key(change, change.direction)
    delays = tuple(_looks_between(change.begins, run.standing[key]) for run in runs if key in run.standing)
    return Found(
        claim=change.claim,
        indicator=change.indicator,
        arm=change.arm,
        region=change.region,
        group=change.group,
        direction=change.direction,
        touched=float(np.mean([any(_is_about(change, row) for row in run.standing) for run in runs])),
        named=len(delays) / len(runs),
        delays=delays,
        median_delay=float(np.median(delays)) if delays else None,
    )


def _is_about(change: Change, row: Row) -> bool:
    """Say whether a row speaks of the cell of a change, and of an outcome that was changed."""
    _, indicator, _, arm, region, group, _ = row
    return (arm, region, group) == (change.arm, change.region, change.group) and indicator in {
        change.indicator,
        *change.odds_ratios,
    }


def _looks_between(begins: str, look: str) -> int:
    """Return how many looks there are from that of a month up to another, both included."""
    grain = _plan().look.grain
    period, n_looks = period_at(begins, grain), 1
    while period < period_at(look, grain):
        period, n_looks = period.following(), n_looks + 1
    return n_looks


# What is told


def _report(share: Share, found: Sequence[Found], *, n_standing: int, n_untrue: int) -> None:
    print(f"\n{'':<58}{'alarms':>9}{'share':>14}{'99 % limit':>12}")
    print(share)
    print(f"\n{'change':<12}{'indicator':<20}{'where':<26}{'touched':>8}{'named':>8}{'looks':>8}")
    print(*found, sep="\n")
    rate = n_untrue / n_standing if n_standing else 0.0
    print(f"\nrows that stood in loud runs: {n_standing:,}, not so: {n_untrue:,} ({rate:.2%})")


def _listed(runs: Sequence[Run]) -> dict[int, list[str]]:
    return {run.seed: ["/".join(map(str, row)) for row in run.standing] for run in runs if run.standing}


def _draw(quiet: Sequence[Run], found: Sequence[Found], n_loud: int) -> Path:
    """Draw how strong evidence gets where nothing is wrong, and how soon each change is found."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415  (after the backend is chosen)

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    left.hist([run.strongest for run in quiet], bins=30, color="C7")
    left.axvline(log(2 * n_hypotheses(_plan()) / ALPHA), color="black", linestyle="dashed", linewidth=1)
    left.set(title="Quiet runs", xlabel="largest log e of any row at any look (nats)", ylabel="runs")
    for each in found:
        looks = np.arange(max(each.delays, default=1) + 1)
        share = [100 * sum(delay <= look for delay in each.delays) / n_loud for look in looks]
        right.step(looks, share, where="post", label=each.claim)
    right.set(title="Loud runs", xlabel="looks since it began", ylabel="runs that have named it (%)", ylim=(0, 105))
    right.legend(fontsize=7)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "trust_trial.png"
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


if __name__ == "__main__":
    sys.exit(main())
