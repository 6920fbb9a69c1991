"""Logarithms of products of binomial coefficients, without the cancellation of log-gamma differences.

C(n_a, k - j) C(n_b, j) spans millions of nats for large populations, while evidence is a difference of a few nats
between two of them. Measured from what the margins let expect in each of the four cells, it is small where it matters:
the idea of Loader (2000), Fast and accurate computation of binomial probabilities.
"""

import math

import numpy as np
from scipy.special import xlog1py, xlogy

from pipelines.evidence.tables import FloatArray

_EXACT_TO = 15
_STIRLING_ERRORS = np.array(
    [0.0]
    + [
        math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2.0 * math.pi)
        for n in range(1, _EXACT_TO + 1)
    ]
)
_TINY = np.finfo(np.float64).tiny
_LOWEST_EXCESS = -1.0 + np.finfo(np.float64).epsneg


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
    n = np.maximum(n_a + n_b, 1.0)
    p, q = k / n, (n_a + n_b - k) / n
    nearest = np.rint(n_b * p)
    excess = (j - nearest) - (n_b * k - nearest * n) / n  # j - n_b p, both products exact below 2^53
    log_deviance, errors, product = np.zeros((3, *np.shape(excess)))
    product += 1.0
    for cell, expected, sign in (
        (j, n_b * p, 1),
        (n_b - j, n_b * q, -1),
        (k - j, n_a * p, -1),
        (n_a - k + j, n_a * q, 1),
    ):
        log_deviance += cell * np.log1p(np.maximum(sign * excess / np.maximum(expected, _TINY), _LOWEST_EXCESS))
        errors += _stirling_error(cell)
        product *= np.maximum(2.0 * np.pi * cell, 1.0)
    margins = _stirling_error(n_a) + _stirling_error(n_b)
    margins += 0.5 * np.log(np.maximum(2.0 * np.pi * n_a, 1.0) * np.maximum(2.0 * np.pi * n_b, 1.0))
    return np.asarray(margins - log_deviance - errors - 0.5 * np.log(product))


def log_rate_factor(n: FloatArray, k: FloatArray) -> FloatArray:
    """Return log( p^k (1 - p)^(n - k) ) with p = k / n, the factor that `log_weight` includes."""
    return np.asarray(_times_log_share(k, n) + _times_log_share(n - k, n))


def _times_log_share(x: FloatArray, n: FloatArray) -> FloatArray:
    """Return x log(x / n), accurate for shares near 1 too."""
    safe = np.maximum(n, 1.0)
    return np.asarray(np.where(2.0 * x < n, xlogy(x, x / safe), xlog1py(x, -(n - x) / safe)))


def _stirling_error(n: FloatArray) -> FloatArray:
    """Return log n! minus Stirling's formula for whole n, 0 for 0: a table, above 15 the asymptotic series."""
    inverse = 1.0 / np.maximum(n, 1.0)
    square = inverse * inverse
    error = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
    small = n <= _EXACT_TO
    error[small] = _STIRLING_ERRORS[n[small].astype(np.intp)]
    return error
