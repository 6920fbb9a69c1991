"""Exact oracles: run lengths of Page's CUSUM, which knows both laws, by integral equation and by Markov chain.

Page (1954), Biometrika 41; the integral equation is solved at Gauss-Legendre points, the Bernoulli chain on the grid of
values that its two steps reach (Brook and Evans, 1972, Biometrika 59).
"""

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.special import ndtr

_NODES = 300
_HALVINGS = 50
_GRID = 1500

Floats = NDArray[np.float64]


def normal_run_length(delta: float, threshold: float, mean: float) -> float:
    """Return the average run length of the CUSUM for a shift by `delta` (sd) when looks have this mean.

    Args:
        delta: Shift that the CUSUM is made for.
        threshold: Log likelihood ratio at which it stops (nats).
        mean: Mean of the looks; 0 gives the run length between false alarms, `delta` the worst mean delay.
    """
    nodes, weights = leggauss(_NODES)
    values, weights = threshold * (nodes + 1.0) / 2.0, weights * threshold / 2.0
    drift = delta * mean - delta**2 / 2.0
    starts = np.concatenate(([0.0], values))
    move = np.zeros((_NODES + 1, _NODES + 1))
    move[:, 0] = ndtr((0.0 - starts - drift) / delta)
    density = np.exp(-0.5 * ((values - starts[:, None] - drift) / delta) ** 2) / (np.sqrt(2.0 * np.pi) * delta)
    move[:, 1:] = density * weights
    return float(np.linalg.solve(np.eye(_NODES + 1) - move, np.ones(_NODES + 1))[0])


def normal_oracle(delta: float, run_length: float) -> tuple[float, float]:
    """Return the CUSUM's threshold for a run length between false alarms, and its worst mean delay."""
    low, high = 0.5, 20.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if normal_run_length(delta, middle, 0.0) < run_length else (low, middle)
    return high, normal_run_length(delta, high, delta)


def bernoulli_oracle(before: float, after: float, run_length: float) -> float:
    """Return the worst mean delay (looks) of the CUSUM between two shares, one person a look.

    Steps are rounded to a fine grid; the threshold is the one on it whose run length is nearest above.
    """
    up, down = np.log(after / before), np.log((1.0 - after) / (1.0 - before))
    unit = -down / round(-down / up * _GRID / 12.0)
    steps = round(up / unit), round(down / unit)
    low, high = steps[0], _GRID * 4
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _chain(steps, middle, before) < run_length else (low, middle)
    return _chain(steps, high, after)


def _chain(steps: tuple[int, int], threshold: int, share: float) -> float:
    """Return the run length from 0 of a walk with two steps, reflected at 0 and stopped at the threshold."""
    from scipy.sparse import csc_matrix, eye  # noqa: PLC0415
    from scipy.sparse.linalg import spsolve  # noqa: PLC0415

    states = np.arange(threshold)
    up, down = states + steps[0], np.maximum(states + steps[1], 0)
    inside = up < threshold
    rows, columns = np.concatenate((states[inside], states)), np.concatenate((up[inside], down))
    chances = np.concatenate((np.full(inside.sum(), share), np.full(threshold, 1.0 - share)))
    move = csc_matrix((chances, (rows, columns)), shape=(threshold, threshold))
    return float(spsolve(eye(threshold, format="csc") - move, np.ones(threshold))[0])
