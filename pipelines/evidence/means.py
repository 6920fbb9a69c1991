"""Evidence from means: differences of averages, added up over tables, without a model of the outcome.

The sums of a comparison's tables give an estimate of the difference and its variance; a mixture over the differences
towards one side makes a one-sided e-process of them. It holds asymptotically, so only behind a gate on people.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfcx, log_ndtr

from contracts.errors import StatisticsError
from pipelines.evidence.tables import FloatArray

_FEWEST = 2
"""Units on a side without whom there is no sample variance."""


def mean_difference_terms(  # noqa: PLR0917  (the two sides of a table, in their order)
    n_a: ArrayLike, mean_a: ArrayLike, ss_a: ArrayLike, n_b: ArrayLike, mean_b: ArrayLike, ss_b: ArrayLike
) -> FloatArray:
    """Return the terms w, w D and w^2 v of the weighted difference of means, b minus a.

    With W, the sum of w, the difference is the sum of w D over W and its variance the sum of w^2 v over W^2.

    Args:
        n_a: Units in the reference cell; shape (tables,).
        mean_a: Their mean (outcome units); shape (tables,).
        ss_a: Their centred sum of squares; shape (tables,).
        n_b: Units in the watched cell; shape (tables,).
        mean_b: Their mean; shape (tables,).
        ss_b: Their centred sum of squares; shape (tables,).

    Returns:
        w = n_a n_b / (n_a + n_b), D = mean_b - mean_a and v = s_a^2/n_a + s_b^2/n_b with s^2 = ss / (n - 1); shape
        (tables, 3). A table with fewer than 2 units on a side gives 0.

    Raises:
        StatisticsError: If shapes do not fit, or a count or a sum of squares is negative.
    """
    columns = as_columns(n_a=n_a, mean_a=mean_a, ss_a=ss_a, n_b=n_b, mean_b=mean_b, ss_b=ss_b)
    counted = np.minimum(columns[0], columns[3]) >= _FEWEST
    people_a, average_a, squares_a, people_b, average_b, squares_b = (each[counted] for each in columns)
    w = people_a * people_b / (people_a + people_b)
    v = squares_a / (people_a - 1.0) / people_a + squares_b / (people_b - 1.0) / people_b
    terms = np.zeros((len(counted), 3))
    terms[counted] = np.stack((w, w * (average_b - average_a), w * w * v), axis=-1)
    return terms


def as_columns(**columns: ArrayLike) -> list[FloatArray]:
    """Return columns of numbers as equally long arrays.

    Raises:
        StatisticsError: If they are not one-dimensional and equally long, hold what is no number, or a column of
            counts `n_*` or of squares `ss_*` is negative.
    """
    arrays = [np.asarray(each, dtype=np.float64) for each in columns.values()]
    shapes = [each.shape for each in arrays]
    if len(shapes[0]) != 1 or len(set(shapes)) != 1:
        raise StatisticsError(f"{', '.join(columns)} have shapes {shapes}; they must be equal and one-dimensional")
    for name, each in zip(columns, arrays, strict=True):
        if not np.isfinite(each).all():
            raise StatisticsError(f"{name} holds a value that is not a finite number")
        if name.startswith(("n_", "ss_")) and (each < 0).any():
            raise StatisticsError(f"{name}[{int(np.argmin(each))}] is {each.min():g}; it is at least 0")
    return arrays


def log_e_means(w: ArrayLike, wd: ArrayLike, w2v: ArrayLike, *, tau: float, null: ArrayLike, sign: float) -> FloatArray:
    """Return the log e-process of each row against "the difference is at most null" (sign 1), or at least (sign -1).

    A mixture over differences beyond the null, half normal with scale tau:

        log 2 + log(V / (V + tau^2)) / 2 + tau^2 est^2 / (2 V (V + tau^2)) + log Phi(sign tau est / sqrt(V (V + tau^2)))

    with est the estimate measured from the null and V its variance. Asymptotic, so only behind a gate.

    Args:
        w: Sums over tables of the weights.
        wd: Sums over tables of weight times difference (outcome units).
        w2v: Sums over tables of squared weight times variance.
        tau: Difference at which it is most sensitive (outcome units), above 0.
        null: Differences that are held against (outcome units).
        sign: 1 for evidence of more than the null, -1 for less.

    Returns:
        Log e-processes (nats), of the shape that w, wd, w2v and null broadcast to; 0 without weight or variance.

    Raises:
        StatisticsError: If tau is not above 0, sign is not 1 or -1, or a sum is negative.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52(6).
    """
    if not tau > 0.0 or sign not in {1.0, -1.0}:
        raise StatisticsError(f"tau is {tau} and sign {sign}; tau must be above 0, sign 1 or -1")
    weight, weighted, squared, start = np.broadcast_arrays(
        *(np.asarray(each, dtype=np.float64) for each in (w, wd, w2v, null))
    )
    if (weight < 0.0).any() or (squared < 0.0).any():
        raise StatisticsError("w and w2v must be at least 0")
    known = (weight > 0.0) & (squared > 0.0)
    scale = np.where(known, weight, 1.0)
    estimate = np.where(known, weighted / scale - start, 0.0)
    variance = np.where(known, squared / scale**2, 1.0)
    mixed = variance + tau**2
    z = sign * tau * estimate / np.sqrt(variance * mixed)
    return np.where(known, 0.5 * np.log(variance / mixed) + _log_mixture(z), 0.0)


def _log_mixture(z: FloatArray) -> FloatArray:
    """Return log 2 + z^2 / 2 + log Phi(z); below 0 in one piece, because there the two large terms cancel."""
    above, below = np.maximum(z, 0.0), np.minimum(z, 0.0)
    rising = np.log(2.0) + 0.5 * above * above + log_ndtr(above)
    return np.asarray(np.where(z > 0.0, rising, np.log(erfcx(-below / np.sqrt(2.0)))))
