"""How often does the engine raise an alarm where nothing is wrong? Looked at after every look, at alpha 5 %.

Quiet streams of counts, where the promise is exact; the labels of a real audit permuted; and what breaks validity, each
case naively counted and with the engine's cure. Run as `python -m benchmarks.validity` from the root. Ends with 1 if a
share is surely above what was promised, or if at full size one is not surely within it (`benchmarks/shares.py`).
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from benchmarks import quiet_streams, resume_audit, ugly
from benchmarks.pictures import path_of, picture
from benchmarks.provenance import provenance, save
from benchmarks.shares import HEADING, Share, broken, undecided

__all__ = ["ALPHA", "Share", "main"]

ALPHA = 0.05
SEED = 20_260_117
STREAMS, PERMUTATIONS, RUNS = 20_000, 1_000, 20_000

_DASHES = dict(zip(quiet_streams.SPLITS, ("solid", "dashed", "dotted"), strict=True))

Floats = NDArray[np.float64]


def main() -> int:
    """Measure, print, write and judge; return the exit status."""
    options = _options()
    rng = np.random.default_rng(SEED)
    print(provenance())
    print(f"\n{HEADING}")
    curves: dict[quiet_streams.Case, Floats] = {}
    streams = list(_quiet(options.streams, rng, curves))
    audit = resume_audit.read_audit()
    evidence = resume_audit.paths(audit, resume_audit.permuted(audit, options.permutations, rng))
    by_row, by_family = resume_audit.alarms_of_one_row(evidence), resume_audit.alarms_of_families(evidence)
    permutations = [
        Share.of_runs("resume audit, labels permuted, one row at e >= 20", by_row[:, -1]),
        Share.of_runs("resume audit, labels permuted, standing in a family", by_family[:, -1]),
    ]
    print(*permutations, sep="\n")
    observed = resume_audit.paths(audit, audit.watched[None, :])
    crossed = int(np.argmax(resume_audit.alarms_of_one_row(observed)[0])) + 1
    final = float(observed.log_e[0, -1, 0, 0])
    print(f"\nresume audit as it was: e >= 20 at look {crossed}, log e at the end {final:.4f}\n")
    ugly_cases = list(_ugly(options.runs, rng))
    _draw(curves, by_row.mean(axis=0), by_family.mean(axis=0))
    _draw_ugly(ugly_cases)
    figures = {
        "alpha": ALPHA,
        "seed": SEED,
        "quiet_streams": [asdict(share) for share in streams],
        "resume_permuted": [asdict(share) for share in permutations],
        "resume_observed": {"look_of_e_20": crossed, "log_e_worse": final},
        "ugly": [asdict(share) for share in ugly_cases],
    }
    print(f"written: {save('validity', figures)}, {path_of('validity')}, {path_of('validity_ugly')}")
    is_full = options.streams >= STREAMS and options.runs >= RUNS
    return _judge(streams + ugly_cases, permutations, is_full=is_full)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=STREAMS, help="quiet streams per share and split")
    parser.add_argument("--permutations", type=int, default=PERMUTATIONS, help="random labellings of the resume audit")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each way to count in what breaks validity")
    return parser.parse_args()


def _quiet(n_streams: int, rng: np.random.Generator, curves: dict[quiet_streams.Case, Floats]) -> Iterator[Share]:
    """Yield the shares of quiet streams in both directions, and keep how they come about over the looks."""
    for case in quiet_streams.cases():
        alarmed = quiet_streams.alarms(case, n_streams, rng)
        curves[case] = alarmed[:, :, 0].mean(axis=0)
        for at, way in enumerate(("lower", "higher")):
            share = Share.of_runs(f"quiet, split {case.split}, share {case.share:.0%}, {way}", alarmed[:, -1, at])
            print(share, flush=True)
            yield share


def _ugly(n_runs: int, rng: np.random.Generator) -> Iterator[Share]:
    """Yield the shares of what breaks validity, naively counted and cured."""
    for case in ugly.cases():
        print(case.name)
        for way in case.ways:
            share = Share.of_runs(f"{case.name}: {way.name}", way.of(n_runs, rng), is_held=way.is_cure)
            print(share.line(f"    {'' if way.is_cure else way.kind + ': '}{way.name}"), flush=True)
            yield share


def _judge(shares: list[Share], permutations: list[Share], *, is_full: bool) -> int:
    """Return 1 if a promise is surely broken, or at full size not surely kept."""
    above, unclear = broken(shares + permutations, ALPHA), undecided(shares, ALPHA)
    print(f"surely above {ALPHA:.0%}: {len(above)} shares; neither surely above nor surely within it: {len(unclear)}")
    for share in above:
        print(f"surely above {ALPHA:.0%}: {share.name}", file=sys.stderr)
    for share in unclear if is_full else ():
        print(f"not surely within {ALPHA:.0%}: {share.name}, limit {share.upper:.2%}", file=sys.stderr)
    return 1 if above or (is_full and unclear) else 0


def _draw(curves: dict[quiet_streams.Case, Floats], by_row: Floats, by_family: Floats) -> None:
    """Draw the share of runs that have alarmed by each look."""
    with picture("validity", columns=2, size=(11, 4.2), shares_y=True) as (left, right):
        for case, curve in curves.items():
            colour, label = f"C{quiet_streams.SHARES.index(case.share)}", f"{case.split}, {case.share:.0%}"
            left.plot(100 * curve, label=label, linewidth=1, color=colour, linestyle=_DASHES[case.split])
        left.set(title="Quiet streams", xlabel="look", ylabel="runs that have alarmed (%)")
        left.set_ylim(0, 7)
        left.legend(title="split, share", fontsize=7, title_fontsize=7, ncols=3)
        right.plot(100 * by_row, label="one row at e ≥ 20")
        right.plot(100 * by_family, label="standing in a family")
        right.set(title="Resume audit, labels permuted", xlabel="look of 50 records")
        right.legend(fontsize=7)
        for axes in (left, right):
            axes.axhline(100 * ALPHA, color="black", linestyle="dashed", linewidth=1)


def _draw_ugly(shares: list[Share]) -> None:
    """Draw the share of every way to count as a bar, naive ones and cures in colours of their own."""
    with picture("validity_ugly", columns=1, size=(11, 9)) as (axes,):
        places = range(len(shares), 0, -1)
        colours = ["C2" if share.is_held else "C3" for share in shares]
        axes.barh(places, [100 * share.alarms / share.of for share in shares], color=colours)
        axes.set_yticks(places, [share.name for share in shares], fontsize=6)
        axes.set(
            title="Nothing is wrong: the engine (green),\nand what it refuses, flags or cannot see (red)",
            xlabel="runs that alarm (%)",
        )
        axes.axvline(100 * ALPHA, color="black", linestyle="dashed", linewidth=1)


if __name__ == "__main__":
    sys.exit(main())
