"""Many claims at once: which stand together, so that few of those that stand are false."""

import numpy as np
from numpy.typing import ArrayLike

from contracts.errors import StatisticsError
from pipelines.evidence.tables import BoolArray


def e_bh(log_e: ArrayLike, *, alpha: float, m: int | None = None) -> BoolArray:
    """Return which hypotheses the e-BH procedure rejects: those of the k* largest e-values.

    k* is the largest k for which the k-th largest e-value is at least m / (alpha k). The share of false findings among
    those rejected is at most alpha in expectation, for any dependence between the e-values. Equal e-values are rejected
    together or not at all.

    Args:
        log_e: Log e-values (nats), -inf allowed; shape (hypotheses,).
        alpha: Bound on the false-discovery rate.
        m: Number of hypotheses where those not given have e = 0; as many as given when None.

    Returns:
        Whether each hypothesis is rejected; shape (hypotheses,).

    Raises:
        StatisticsError: If alpha is not between 0 and 1, m is below the number given, or a value is not a number.

    Source: Wang and Ramdas (2022), JRSS-B.
    """
    values = np.asarray(log_e, dtype=np.float64)
    n_hypotheses = values.size if m is None else m
    if not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1")
    if values.ndim != 1 or n_hypotheses < values.size:
        raise StatisticsError(f"{values.shape} log e-values among m = {n_hypotheses}; m must be at least their number")
    if np.isnan(values).any():
        raise StatisticsError(f"log_e[{int(np.argmax(np.isnan(values)))}] is not a number")
    falling = -np.sort(-values)
    needed = np.log(n_hypotheses / (alpha * np.arange(1, values.size + 1)))
    enough = np.flatnonzero(falling >= needed)
    if not enough.size:
        return np.zeros(values.shape, dtype=np.bool_)
    return np.asarray(values >= falling[enough[-1]])
