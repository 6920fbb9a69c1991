"""Pictures of the figures."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl

from benchmarks.provenance import RESULTS


def bars(name: str, axis: str, values: Mapping[str, float], goals: Mapping[str, float]) -> Path:
    """Draw values as bars, with a mark where a goal is set, and return where they lie."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415  (after the backend is chosen)

    figure, axes = plt.subplots(figsize=(9, 0.6 + 0.32 * len(values)), layout="constrained")
    places = {label: place for place, label in enumerate(reversed(values))}
    axes.barh([places[label] for label in values], list(values.values()), color="C0")
    for label, goal in goals.items():
        axes.plot([goal, goal], [places[label] - 0.4, places[label] + 0.4], color="black")
    axes.set_yticks(list(places.values()), list(places), fontsize=7)
    axes.set_xlabel(f"{axis} (line: goal)" if goals else axis)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.png"
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path
