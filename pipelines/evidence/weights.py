"""Logarithms of products of binomial coefficients, without the cancellation of log-gamma differences.

C(n_a, k - j) C(n_b, j) spans millions of nats for large populations, while evidence is a difference of a few nats
between two of them. Written as two binomial probabilities with the same rate, each is small where it matters, and
their deviances are computed without subtracting large numbers (Loader, 2000, Fast and accurate computation of binomial
probabilities).
"""

import math

import numpy as np
from scipy.special import xlog1py, xlogy

from pipelines.evidence.tables import FloatArray

_EXACT_TO = 15
_NEAR = 0.1
_HALF_LOG_2_PI = 0.5 * math.log(2.0 * math.pi)
_STIRLING_ERRORS = np.array(
    [0.0] + [math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - _HALF_LOG_2_PI for n in range(1, _EXACT_TO + 1)]
)


def log_weight(n_a: FloatArray, n_b: FloatArray, k: FloatArray, j: FloatArray) -> FloatArray:
    """Return log( C(n_a, k - j) C(n_b, j) p^k (1 - p)^(n - k) ) with n = n_a + n_b and p = k / n.

    Args:
        n_a: People in the reference cell.
        n_b: People in the watched cell.
        k: Events in both, k <= n_a + n_b.
        j: Events in b, inside the support max(0, k - n_a) <= j <= min(k, n_b).

    Returns:
        Log weights (nats), of the shape the arguments broadcast to.
    """
    n = n_a + n_b
    p = np.divide(k, n, out=np.zeros(np.broadcast(n, k).shape), where=n > 0)
    q = np.divide(n - k, n, out=np.ones(np.broadcast(n, k).shape), where=n > 0)
    return _log_binomial(k - j, n_a, p, q) + _log_binomial(j, n_b, p, q)


def log_rate_factor(n: FloatArray, k: FloatArray) -> FloatArray:
    """Return log( p^k (1 - p)^(n - k) ) with p = k / n, the factor that `log_weight` includes."""
    safe = np.maximum(n, 1.0)
    return np.asarray(xlogy(k, k / safe) + xlogy(n - k, (n - k) / safe))


def _log_binomial(x: FloatArray, n: FloatArray, p: FloatArray, q: FloatArray) -> FloatArray:
    """Return the log probability of x events among n at rate p = 1 - q."""
    x, n, p, q = np.broadcast_arrays(x, n, p, q)
    y = n - x
    inside = (x > 0) & (y > 0)
    out = np.asarray(np.where(x > 0, xlogy(n, p), xlog1py(n, -p)))
    x, y, n, p, q = x[inside], y[inside], n[inside], p[inside], q[inside]
    error = _stirling_error(n) - _stirling_error(x) - _stirling_error(y)
    out[inside] = error - _deviance(x, n * p) - _deviance(y, n * q) + 0.5 * np.log(n / (2.0 * np.pi * x * y))
    return out


def _stirling_error(n: FloatArray) -> FloatArray:
    """Return log n! minus Stirling's formula, for whole n: from a table, above 15 from the asymptotic series."""
    inverse = 1.0 / np.maximum(n, 1.0)
    square = inverse * inverse
    series = inverse * (
        1 / 12
        - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * 691 / 360360))))
    )
    return np.where(n > _EXACT_TO, series, _STIRLING_ERRORS[np.minimum(n, _EXACT_TO).astype(np.intp)])


def _deviance(x: FloatArray, mean: FloatArray) -> FloatArray:
    """Return x log(x / mean) - x + mean, by a series where x is close to the mean."""
    v = (x - mean) / (x + mean)
    square = v * v
    tail = np.zeros_like(v)
    for power in range(19, 1, -2):
        tail = square * (tail + 1.0 / power)
    near = (x - mean) * v + 2.0 * x * v * tail
    return np.where(np.abs(v) < _NEAR, near, xlogy(x, x / mean) - x + mean)
