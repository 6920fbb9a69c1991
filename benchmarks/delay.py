"""How late is an alarm, beside the fastest detector there could be? Mean delays over those of an exact oracle CUSUM.

The oracle is told both laws and raises one false alarm in 10,000 looks; so does the engine's detector at a threshold
that is calibrated to that (`cal.`), and less often at 10,000, which is the threshold it promises to hold for any
stream. The streams:

    mean   one normal observation a look with a known mean, which moves by so many standard deviations
    share  the claim `level`: 10 people a look, whose share of 20 % falls by so many nats of log odds
    rare   the same with one person a look, whose share of 10 % rises
    gap    40 others and a group of 10, whose base rate runs from 10 to 30 % and back in twelve looks; the group falls
           behind by 0.5 nats. The oracle knows every rate, the engine none

The worst moment for a change is the start, where both statistics are lowest. Goals are held at the truth 0.5, which is
a bet, and at 0.4 and 0.65, halfway between two; the rest is shown. A rare event seen by one person at a time costs the
detector of the true bet alone over 1.15, and a change of 1.2, the largest bet, is noticed within some looks, of which
the choice between four bets takes one or two. Run as `python -m benchmarks.delay` from the root;
ends with 1 if a goal is not reached.
"""

import argparse
import sys
from dataclasses import asdict, dataclass

import numpy as np
from matplotlib.axes import Axes

from benchmarks.changing_streams import CHANGE_AFTER, RUN_LENGTH, Gap, Level, Mean, Stream
from benchmarks.detecting import MIXTURE, TRUE_BET, Delay, Detector, calibrated, delays
from benchmarks.goals import Goal, judge
from benchmarks.oracle import Oracle
from benchmarks.pictures import path_of, picture
from benchmarks.provenance import provenance, save

SEED = 20_260_119
TRUTHS = (0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.2)
FALL = 0.5
_AT_A_BET = ("at a bet", 1.20, 1.12)
_BETWEEN = ("between two bets", 1.25, 1.18)
_HELD = {0.5: _AT_A_BET, 0.4: _BETWEEN, 0.65: _BETWEEN}
_BESIDE_TRUE_BET, _LATER, _GAP, _GAP_AFTER_FACTOR = 1.10, 1.10, 1.36, 1.12


@dataclass(frozen=True, slots=True)
class Row:
    """The mean delays of one stream (looks), and what they are measured against.

    Attributes:
        stream: Its name.
        truth: Size of the change, in the unit of the bets.
        oracle: Of the CUSUM that knows both laws, at a run length of 10,000.
        run_length: Of the detector that alarms at 10,000.
        worst: Of that detector, for a change at the start.
        worst_calibrated: The same at a run length of 10,000.
        true_bet: Of the detector of the true bet alone that alarms at 10,000, on the same draws.
        later: Of the detector that alarms at 10,000, for a change after 500 looks without an alarm.
        later_calibrated: The same at a run length of 10,000.
    """

    stream: str
    truth: float
    oracle: Oracle
    run_length: float
    worst: Delay
    worst_calibrated: Delay
    true_bet: Delay
    later: Delay
    later_calibrated: Delay

    @property
    def worst_ratio(self) -> float:
        """Delay of a change at the start over the oracle's, at 10,000."""
        return self.worst.mean / self.oracle.worst

    @property
    def worst_calibrated_ratio(self) -> float:
        """The same at the oracle's run length."""
        return self.worst_calibrated.mean / self.oracle.worst

    @property
    def later_ratio(self) -> float:
        """Delay of a change after 500 looks over the oracle's then, at 10,000."""
        return self.later.mean / self.oracle.later

    @property
    def later_calibrated_ratio(self) -> float:
        """The same at the oracle's run length."""
        return self.later_calibrated.mean / self.oracle.later

    def __str__(self) -> str:
        ratios = (
            self.worst_ratio,
            self.worst_calibrated_ratio,
            self.true_bet.mean / self.oracle.worst,
            self.later_ratio,
            self.later_calibrated_ratio,
            self.worst.error / self.oracle.worst,
        )
        looks = f"{self.oracle.worst:>9.1f}{self.oracle.later:>9.1f}{self.run_length:>9,.0f}"
        return f"{self.stream:<7}{self.truth:>6.2f}{looks}" + "".join(f"{ratio:>10.3f}" for ratio in ratios)


def main() -> int:
    """Measure, print, write and judge; return the exit status."""
    options = _options()
    rng = np.random.default_rng(SEED)
    print(provenance())
    print(_heading())
    rows = []
    for name, stream in _streams():
        rows.append(_measured(name, stream, options, rng))
        print(rows[-1], flush=True)
    factor = Gap(-FALL).information_factor
    print(f"\ngap: a look tells those who know every rate {factor:.3f} times as much")
    _draw(rows)
    figures = {"seed": SEED, "runs": options.runs, "quiet_runs": options.quiet_runs, "information_factor": factor}
    print(f"written: {save('delay', figures | {'rows': [asdict(row) for row in rows]})}, {path_of('delay')}")
    return judge(goal for row in rows for goal in _goals(row, factor))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40_000, help="runs with a change, per stream")
    parser.add_argument("--quiet-runs", type=int, default=1_000, help="runs without, from which the run length follows")
    return parser.parse_args()


def _heading() -> str:
    first = ("oracle", "oracle", "run", "start", "start", "start,", "later", "later", "error")
    second = ("start", "later", "length", "", "cal.", "true bet", "", "cal.", "")
    widths = (9, 9, 9, 10, 10, 10, 10, 10, 10)
    lines = (
        "".join(f"{word:>{width}}" for word, width in zip(words, widths, strict=True)) for words in (first, second)
    )
    return "\n{:<13}{}\n{:<7}{:>6}{}".format("", next(lines), "stream", "truth", next(lines))


def _streams() -> list[tuple[str, Stream]]:
    return [
        *(("mean", Mean(truth)) for truth in TRUTHS),
        *(("share", Level(-truth, share=0.2, people=10)) for truth in TRUTHS),
        ("gap", Gap(-FALL)),
        *(("rare", Level(truth, share=0.1, people=1, step=0.001)) for truth in (0.4, 0.5)),
    ]


def _measured(name: str, stream: Stream, options: argparse.Namespace, rng: np.random.Generator) -> Row:
    log_threshold, run_length = calibrated(stream, MIXTURE, run_length=RUN_LENGTH, n_runs=options.quiet_runs, rng=rng)
    promised = float(np.log(RUN_LENGTH))
    detectors = [Detector(MIXTURE, promised), Detector(MIXTURE, log_threshold), Detector(TRUE_BET, promised)]
    worst = delays(stream, detectors, n_runs=options.runs, change_after=0, rng=rng)
    later = delays(stream, detectors[:2], n_runs=options.runs, change_after=CHANGE_AFTER, rng=rng)
    return Row(name, abs(stream.truth), stream.oracle(), run_length, *worst, *later)


def _goals(row: Row, factor: float) -> list[Goal]:
    """Return what this row is held to."""
    name = f"{row.stream} by {row.truth:g}"
    if row.stream == "gap":
        return [
            Goal(f"{name}: delay / oracle that knows every rate, at its run length", row.worst_calibrated_ratio, _GAP),
            Goal(f"{name}: delay after the information factor, at 10,000", row.worst_ratio / factor, _GAP_AFTER_FACTOR),
        ]
    if row.stream == "rare" or row.truth not in _HELD:
        return []
    place, promised, at_run_length = _HELD[row.truth]
    return [
        Goal(f"{name}, {place}: worst-case delay / oracle, at 10,000", row.worst_ratio, promised),
        Goal(f"{name}, {place}: the same at the oracle's run length", row.worst_calibrated_ratio, at_run_length),
        Goal(f"{name}: delay / that of the true bet alone", row.worst.mean / row.true_bet.mean, _BESIDE_TRUE_BET),
        Goal(f"{name}, after 500 looks: delay / oracle's worst, at 10,000", row.later.mean / row.oracle.worst, _LATER),
        Goal(f"{name}, after 500 looks: delay / oracle's then, at its run length", row.later_calibrated_ratio, _LATER),
    ]


def _draw(rows: list[Row]) -> None:
    """Draw the ratios against the size of the change."""
    with picture("delay", columns=2, size=(11, 4.2), shares_y=True) as (start, later):
        for colour, name in enumerate(("mean", "share")):
            chosen = [row for row in rows if row.stream == name]
            lines = (
                (start, "at 10,000", "solid", [row.worst_ratio for row in chosen]),
                (start, "oracle's run length", "dashed", [row.worst_calibrated_ratio for row in chosen]),
                (later, "at 10,000", "solid", [row.later_ratio for row in chosen]),
                (later, "oracle's run length", "dashed", [row.later_calibrated_ratio for row in chosen]),
            )
            for axes, label, dashes, ratios in lines:
                axes.plot(TRUTHS, ratios, f"C{colour}", label=f"{name}, {label}", linestyle=dashes, marker=".")
        _label(start, "Change at the start")
        _label(later, "Change after 500 looks")
        start.set_ylabel("mean delay / exact oracle CUSUM")


def _label(axes: Axes, title: str) -> None:
    axes.axhline(1.0, color="black", linewidth=1)
    axes.set(title=title, xlabel="size of the change, in the unit of the bets")
    axes.legend(fontsize=7)


if __name__ == "__main__":
    sys.exit(main())
