"""Draw the pictures of docs/explanation, with the engine itself on simulated streams.

python docs/explanation/pictures.py      (or: make pictures)
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

from pipelines.evidence.counts import information, log_e_counts
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.intervals import odds_ratio_intervals
from pipelines.evidence.power import as_difference, smallest_visible

FOLDER = Path(__file__).parents[1] / "docs" / "explanation"
BETS = np.array([0.3, 0.5, 0.8, 1.2])
ALPHA = 0.05
SEED = 7


def main() -> None:
    """Draw every picture."""
    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "leerlus"  # the same bytes each time
    for draw in (looking, beginning, inside_strata, narrowing, averages):
        _save(draw.__name__, draw)


def _save(name: str, draw: Callable[[Axes], None]) -> None:
    from matplotlib import pyplot as plt  # noqa: PLC0415  (after the backend is chosen)

    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    draw(axes)
    axes.spines[["top", "right"]].set_visible(False)
    path = FOLDER / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    print(path.name)


def looking(axes: Axes) -> None:
    """Share of quiet streams that have raised an alarm by each look: a test at every look, and an e-process."""
    rng = np.random.default_rng(SEED)
    runs, looks, n = 2_000, 100, 50
    k_a, k_b = (rng.binomial(n, 0.2, (runs, looks)) for _ in range(2))
    people = np.full(runs * looks, n)
    log_e = log_e_counts(people, k_a.ravel(), people, k_b.ravel(), bets=-BETS, log_or_0=0.0)
    process = average_bets(log_e.reshape(runs, looks, len(BETS)).cumsum(axis=1))
    total = n * np.arange(1, looks + 1)
    share = (k_a.cumsum(axis=1) + k_b.cumsum(axis=1)) / (2 * total)
    z = (k_b - k_a).cumsum(axis=1) / total / np.sqrt(np.maximum(2 * share * (1 - share) / total, 1e-12))
    tested = np.maximum.accumulate(norm.cdf(z) < ALPHA, axis=1).mean(axis=0)
    watched = np.maximum.accumulate(process >= np.log(1 / ALPHA), axis=1).mean(axis=0)
    axes.plot(100 * tested, label="a test at 5 % after every look", color="C1")
    axes.plot(100 * watched, label="an e-process, alarm at 20", color="C0")
    axes.axhline(100 * ALPHA, color="black", linestyle="dashed", linewidth=1)
    axes.set(xlabel="look", ylabel="runs with a false alarm (%)", title="Nothing is wrong, and everybody looks")
    axes.legend(frameon=False)


def _stream(rng: np.random.Generator, looks: int, *, begins: int, share: float, after: float) -> tuple[np.ndarray, ...]:
    n = np.full(looks, 60)
    now = np.where(np.arange(looks) < begins, share, after)
    return n, rng.binomial(n, share), n, rng.binomial(n, now)


def beginning(axes: Axes) -> None:
    """A group that begins to fall behind at look 60: the e-process and the e-detector."""
    columns = _stream(np.random.default_rng(3), 120, begins=60, share=0.40, after=0.26)
    steps = log_e_counts(*columns, bets=-BETS, log_or_0=0.0)
    log_m, detectors = np.full(len(BETS), -np.inf), []
    for step in steps:
        log_m = detect(log_m, step)
        detectors.append(float(average_bets(log_m)))
    axes.plot(average_bets(steps.cumsum(axis=0)), label="e-process: since the start", color="C0")
    axes.plot(detectors, label="e-detector: since whenever it began", color="C2")
    axes.axvline(60, color="black", linewidth=1, linestyle="dotted")
    axes.axhline(np.log(10_000), color="C2", linewidth=1, linestyle="dashed")
    axes.axhline(np.log(20), color="C0", linewidth=1, linestyle="dashed")
    axes.set(xlabel="look", ylabel="log of what a bet of 1 has become", title="It begins at look 60")
    axes.legend(frameon=False)


def inside_strata(axes: Axes) -> None:
    """Odds ratio inside strata and over all together: two towns, a group that lives mostly in the better one."""
    rates = {"town A": 0.15, "town B": 0.55}
    people = {"town A": (900, 100), "town B": (300, 700)}
    ratio = 0.7
    labels, values = [], []
    events = np.zeros(2)
    for town, rate in rates.items():
        odds = ratio * rate / (1 - rate)
        shares = np.array([rate, odds / (1 + odds)])
        events += shares * people[town]
        labels.append(f"{town}: inside")
        values.append(ratio)
    total = np.array(list(people.values())).sum(axis=0)
    share = events / total
    labels.append("both towns thrown together")
    values.append(float(share[1] / (1 - share[1]) / (share[0] / (1 - share[0]))))
    axes.barh(labels[::-1], values[::-1], color=["C1", "C0", "C0"])
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set(xlabel="odds ratio, group : rest", title="The same people: behind in each town, ahead in the sum")


def narrowing(axes: Axes) -> None:
    """The interval of an effect over looks, and the smallest difference that could have been seen."""
    columns = _stream(np.random.default_rng(11), 60, begins=0, share=0.30, after=0.38)
    looks = np.arange(1, 61)
    bounds = [
        odds_ratio_intervals(*(c[:at] for c in columns), row=np.zeros(at, int), n_rows=1, bets=BETS, alpha=ALPHA)
        for at in looks
    ]
    lower, upper = (np.array([each[side][0] for each in bounds]) for side in (0, 1))
    told = np.cumsum(information(*columns))
    seen = 1.0 + as_difference(smallest_visible(told, bets=BETS, alpha=ALPHA), 0.30) / 0.21
    axes.fill_between(looks, lower, upper, alpha=0.3, color="C0", label="what is not ruled out")
    axes.plot(looks, seen, color="C1", linestyle="dashed", label="smallest effect that could have been seen")
    axes.axhline(1.0, color="black", linewidth=1)
    axes.set(xlabel="look", ylabel="odds ratio", ylim=(0.4, 3.0), title="More looks, a narrower answer")
    axes.legend(frameon=False)


def averages(axes: Axes) -> None:
    """What an average hides: the effect on all, on the rest and on a group."""
    values = {"everybody": (4.1, 1.2, 7.0), "the rest": (8.0, 4.6, 11.4), "single parents": (-7.9, -13.1, -2.7)}
    for place, (label, (value, lower, upper)) in enumerate(reversed(values.items())):
        axes.plot([lower, upper], [place, place], color="C0", linewidth=4, alpha=0.4)
        axes.plot(value, place, "o", color="C1" if value < 0 else "C0")
        axes.text(14, place, label, va="center")
    axes.axvline(0.0, color="black", linewidth=1)
    axes.set(
        xlabel="effect in percentage points (made up)",
        yticks=[],
        xlim=(-15, 22),
        ylim=(-0.6, 2.6),
        title="An average that hides",
    )


if __name__ == "__main__":
    main()
