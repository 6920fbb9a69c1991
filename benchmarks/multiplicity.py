"""A thousand cells of which a hundred change: what is found, how soon, and how much of it is false?

Every cell has one figure a step with sd 1; a hundred of them rise by 0.35 sd, and after every fifth step somebody
looks. e-BH over the e-detectors is set beside what is usual: the Benjamini-Hochberg procedure over p-values of all data
so far, anew at every look. Run as `python -m benchmarks.multiplicity` from the root; ends with 1 if a goal is not
reached.

The value of a detector at step t has an expectation of t while nothing is wrong, so its t-th part is an e-value at
every look. What counts is everything that was ever called a finding.
"""

import argparse
import sys
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from benchmarks.goals import Goal, judge
from benchmarks.pictures import path_of, picture
from benchmarks.provenance import provenance, save
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.multiplicity import e_bh

CELLS, CHANGED, RISE, EVERY, ALPHA = 1_000, 100, 0.35, 5, 0.10
CHANGE_AT, STEPS = 250, 1_000
LEAST_POWER, LONGEST_DELAY = 0.95, 155
BETS = np.array([0.15, 0.25, 0.4, 0.7])
"""Bets on the rise (sd); it is none of them."""

SEED = 20_260_202
DETECTORS, USUAL = "e-BH over e-detectors", "Benjamini-Hochberg at every look"


@dataclass(frozen=True, slots=True)
class Found:
    """What one procedure found over all runs: share of findings that are false, of changes found, and mean delay."""

    name: str
    false_share: float
    false_error: float
    power: float
    delay: float

    def __str__(self) -> str:
        error = f"+-{self.false_error:.1%}"
        return f"{self.name:<42}{self.false_share:>9.1%} {error:<8}{self.power:>8.2f}{self.delay:>10.0f} steps"


def main() -> int:
    """Measure, print, write and judge; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="runs of a thousand cells")
    n_runs = parser.parse_args().runs
    rng = np.random.default_rng(SEED)
    print(provenance())
    print(f"\n{'':<42}{'false findings':>18}{'power':>8}{'delay':>10}")
    runs = [_run(rng) for _ in range(n_runs)]
    firsts = {DETECTORS: [first for first, _ in runs], USUAL: [second for _, second in runs]}
    found = {name: _summed(name, each) for name, each in firsts.items()}
    print(*found.values(), sep="\n")
    _draw({name: np.stack(each) for name, each in firsts.items()})
    figures = {"seed": SEED, "alpha": ALPHA, "runs": n_runs, "found": [asdict(each) for each in found.values()]}
    print(f"written: {save('multiplicity', figures)}, {path_of('multiplicity')}")
    ours = found[DETECTORS]
    return judge(
        [
            Goal(f"share of findings that are false, nominally {ALPHA:.0%}", ours.false_share, ALPHA),
            Goal("share of changes that are found", ours.power, LEAST_POWER, is_floor=True),
            Goal("mean steps from the change to the finding", ours.delay, LONGEST_DELAY),
        ]
    )


def _draw(firsts: dict[str, NDArray[np.int64]]) -> None:
    """Draw by step what was found of the changes, and how many findings are false; arrays of shape (runs, cells)."""
    steps = np.arange(EVERY, STEPS + 1, EVERY)
    with picture("multiplicity", columns=2, size=(11, 4.2)) as (left, right):
        for name, first in firsts.items():
            found = (first[:, :, None] > 0) & (first[:, :, None] <= steps)
            true = first[:, :CHANGED, None] > CHANGE_AT
            hits = (found[:, :CHANGED] & true).sum(axis=1)
            n_found = found.sum(axis=1)
            left.plot(steps, hits.mean(axis=0) / CHANGED, label=name)
            right.plot(steps, ((n_found - hits) / np.maximum(n_found, 1)).mean(axis=0), label=name)
        left.set(title="Changes found", xlabel="step", ylabel="share")
        right.set(title="Findings so far that are false", xlabel="step")
        right.axhline(ALPHA, color="black", linestyle="dashed", linewidth=1)
        for axes in (left, right):
            axes.axvline(CHANGE_AT, color="grey", linestyle="dotted", linewidth=1)
            axes.legend(fontsize=7)


def _run(rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the step at which each cell was first found, by detectors and by p-values; 0 for never."""
    log_m, total = np.full((CELLS, len(BETS)), -np.inf), np.zeros(CELLS)
    by_detector, by_p_value = np.zeros(CELLS, dtype=np.int64), np.zeros(CELLS, dtype=np.int64)
    for step in range(1, STEPS + 1):
        figures = rng.normal(size=CELLS)
        figures[:CHANGED] += RISE * (step > CHANGE_AT)
        total += figures
        log_m = detect(log_m, BETS * figures[:, None] - 0.5 * BETS**2)
        if step % EVERY == 0:
            found = e_bh(average_bets(log_m) - np.log(step), alpha=ALPHA)
            by_detector[found & (by_detector == 0)] = step
            found = _benjamini_hochberg(norm.sf(total / np.sqrt(step)))
            by_p_value[found & (by_p_value == 0)] = step
    return by_detector, by_p_value


def _benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.bool_]:
    ordered = np.sort(p)
    enough = np.flatnonzero(ordered <= ALPHA * np.arange(1, len(p) + 1) / len(p))
    return p <= ordered[enough[-1]] if len(enough) else np.zeros(len(p), dtype=np.bool_)


def _summed(name: str, firsts: list[NDArray[np.int64]]) -> Found:
    is_false = np.arange(CELLS) >= CHANGED
    shares, powers, delays = [], [], []
    for first in firsts:
        false = ((first > 0) & (is_false | (first <= CHANGE_AT))).sum()
        shares.append(false / max((first > 0).sum(), 1))
        hit = (first > CHANGE_AT) & ~is_false
        powers.append(hit.sum() / CHANGED)
        delays.append((first[hit] - CHANGE_AT).mean())
    error = float(np.std(shares) / np.sqrt(len(shares)))
    return Found(name, float(np.mean(shares)), error, float(np.mean(powers)), float(np.mean(delays)))


if __name__ == "__main__":
    sys.exit(main())
