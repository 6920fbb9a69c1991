"""Pictures beside the figures, drawn without a screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from benchmarks.provenance import RESULTS


@contextmanager
def picture(name: str, *, columns: int, size: tuple[float, float], shares_y: bool = False) -> Iterator[list[Axes]]:
    """Give the panels of a picture, side by side, and write it to `results/<name>.png` at the end."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415  (after the backend is chosen)

    figure, panels = plt.subplots(1, columns, figsize=size, sharey=shares_y, layout="constrained")
    yield list(np.atleast_1d(panels))
    RESULTS.mkdir(parents=True, exist_ok=True)
    figure.savefig(path_of(name), dpi=150)
    plt.close(figure)


def path_of(name: str) -> Path:
    """Return where a picture is written."""
    return RESULTS / f"{name}.png"
