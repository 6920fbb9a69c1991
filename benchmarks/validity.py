"""How often does the engine raise an alarm where nothing is wrong? Looked at after every look, at alpha 5 %.

Run as `python -m benchmarks.validity` from the root. Ends with 1 if a share of false alarms is above what was promised.
"""

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from benchmarks import quiet_streams, resume_audit
from benchmarks.provenance import RESULTS, provenance, save

ALPHA = 0.05
CONFIDENCE = 0.99
SEED = 20_260_117


@dataclass(frozen=True, slots=True)
class Share:
    """A measured share of false alarms with its exact one-sided limits (Clopper and Pearson), 99 % each."""

    name: str
    alarms: int
    of: int
    lower: float
    upper: float

    @classmethod
    def of_runs(cls, name: str, alarmed: NDArray[np.bool_]) -> "Share":
        """Return the share of runs, the limits computed from the binomial distribution."""
        k, n = int(alarmed.sum()), len(alarmed)
        lower = float(beta.ppf(1.0 - CONFIDENCE, k, n - k + 1)) if k else 0.0
        upper = float(beta.ppf(CONFIDENCE, k + 1, n - k)) if k < n else 1.0
        return cls(name, k, n, lower, upper)

    def __str__(self) -> str:
        return f"{self.name:<58}{self.alarms:>6} of {self.of:<7}{self.alarms / self.of:>8.2%}{self.upper:>10.2%}"


def main() -> int:
    """Measure, print, write and judge; return the exit status."""
    options = _options()
    rng = np.random.default_rng(SEED)
    print(provenance())
    print(f"\n{'share of runs ever alarming':<58}{'alarms':>9}{'share':>14}{'99 % limit':>12}")
    curves = {}
    streams = []
    for case in quiet_streams.cases():
        alarmed = quiet_streams.alarms(case, options.streams, rng)
        curves[case] = alarmed[:, :, 0].mean(axis=0)
        streams += _report(f"quiet, split {case.split}, share {case.share:.0%}, ", alarmed)
    audit = resume_audit.read_audit()
    observed = resume_audit.paths(audit, audit.watched[None, :])
    evidence = resume_audit.paths(audit, resume_audit.permuted(audit, options.permutations, rng))
    by_row, by_family = resume_audit.alarms_of_one_row(evidence), resume_audit.alarms_of_families(evidence)
    permutations = [
        Share.of_runs("resume audit, labels permuted, one row at e >= 20", by_row[:, -1]),
        Share.of_runs("resume audit, labels permuted, standing in a family", by_family[:, -1]),
    ]
    print(*permutations, sep="\n")
    crossed = int(np.argmax(resume_audit.alarms_of_one_row(observed)[0])) + 1
    final = float(observed.log_e[0, -1, 0, 0])
    print(f"\nresume audit as it was: e >= 20 at look {crossed}, log e at the end {final:.4f}")
    figures = {
        "alpha": ALPHA,
        "seed": SEED,
        "quiet_streams": [asdict(share) for share in streams],
        "resume_permuted": [asdict(share) for share in permutations],
        "resume_observed": {"look_of_e_20": crossed, "log_e_worse": final},
    }
    picture = _draw(curves, by_row.mean(axis=0), by_family.mean(axis=0))
    print(f"written: {save('validity', figures)}, {picture}")
    return _judge(streams, permutations)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20_000, help="quiet streams per share and split")
    parser.add_argument("--permutations", type=int, default=1_000, help="random labellings of the resume audit")
    return parser.parse_args()


def _report(name: str, alarmed: NDArray[np.bool_]) -> list[Share]:
    shares = [Share.of_runs(name + way, alarmed[:, -1, at]) for at, way in enumerate(("lower", "higher"))]
    print(*shares, sep="\n")
    return shares


def _judge(streams: list[Share], permutations: list[Share]) -> int:
    """Return 1 if quiet streams are not surely below alpha, or permutations are surely above it."""
    failed = [share for share in streams if share.upper > ALPHA] + [
        share for share in permutations if share.lower > ALPHA
    ]
    for share in failed:
        print(f"above {ALPHA:.0%}: {share.name}", file=sys.stderr)
    return 1 if failed else 0


def _draw(
    curves: dict[quiet_streams.Case, NDArray[np.float64]], by_row: NDArray[np.float64], by_family: NDArray[np.float64]
) -> Path:
    """Draw the share of runs that have alarmed by each look."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415  (after the backend is chosen)

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), sharey=True, layout="constrained")
    for case, curve in curves.items():
        left.plot(100 * curve, label=f"{case.split}, {case.share:.0%}", linewidth=1, **_style(case))
    left.set(title="Quiet streams", xlabel="look", ylabel="runs that have alarmed (%)")
    left.set_ylim(0, 7)
    left.legend(title="split, share", fontsize=7, title_fontsize=7, ncols=3)
    right.plot(100 * by_row, label="one row at e ≥ 20")
    right.plot(100 * by_family, label="standing in a family")
    right.set(title="Resume audit, labels permuted", xlabel="look of 50 records")
    right.legend(fontsize=7)
    for axes in (left, right):
        axes.axhline(100 * ALPHA, color="black", linestyle="dashed", linewidth=1)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "validity.png"
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


def _style(case: quiet_streams.Case) -> dict[str, str]:
    """Return a colour for the share and a dash for the split."""
    dashes = dict(zip(quiet_streams.SPLITS, ("solid", "dashed", "dotted"), strict=True))
    return {"color": f"C{quiet_streams.SHARES.index(case.share)}", "linestyle": dashes[case.split]}


if __name__ == "__main__":
    sys.exit(main())
