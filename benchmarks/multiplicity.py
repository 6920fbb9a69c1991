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

from benchmarks.drawing import bars
from benchmarks.provenance import provenance, save
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.multiplicity import e_bh

CELLS, CHANGED, RISE, EVERY, ALPHA = 1_000, 100, 0.35, 5, 0.10
CHANGE_AT, STEPS = 250, 1_000
LEAST_POWER, LONGEST_DELAY = 0.95, 155
BETS = np.array([0.15, 0.25, 0.4, 0.7])
"""Bets on the rise (sd); it is none of them."""

SEED = 20_260_202


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="runs of a thousand cells")
    n_runs = parser.parse_args().runs
    rng = np.random.default_rng(SEED)
    print(provenance())
    print(f"\n{'':<42}{'false findings':>18}{'power':>8}{'delay':>10}")
    runs = [_run(rng) for _ in range(n_runs)]
    detectors = _summed("e-BH over e-detectors", [first for first, _ in runs])
    usual = _summed("Benjamini-Hochberg at every look", [second for _, second in runs])
    print(detectors, usual, sep="\n")
    figures = {"seed": SEED, "alpha": ALPHA, "runs": n_runs, "found": [asdict(detectors), asdict(usual)]}
    shares = {each.name: each.false_share for each in (detectors, usual)}
    picture = bars("multiplicity", "share of findings that are false", shares, dict.fromkeys(shares, ALPHA))
    print(f"written: {save('multiplicity', figures)}, {picture}")
    goals = {
        f"at most {ALPHA:.0%} of findings false": detectors.false_share - 2 * detectors.false_error <= ALPHA,
        f"at least {LEAST_POWER:.0%} of changes found": detectors.power >= LEAST_POWER,
        f"found after at most {LONGEST_DELAY} steps": detectors.delay <= LONGEST_DELAY,
    }
    for goal in (name for name, is_reached in goals.items() if not is_reached):
        print(f"goal not reached: {goal}", file=sys.stderr)
    return 0 if all(goals.values()) else 1


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
