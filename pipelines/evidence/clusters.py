"""Evidence from clusters: each counts once, as the mean of its units.

A table often has one cluster a side, which has no variance of its own. So the variance is pooled over strata, per arm;
where too few tables have two clusters on a side for that, the contrasts of the tables among each other give it.
"""

import numpy as np
from numpy.typing import ArrayLike

from pipelines.evidence.means import as_columns
from pipelines.evidence.tables import FloatArray

_W, _WD, _W2, _W2D, _W2D2, _M, _A, _SS_A, _DF_A, _B, _SS_B, _DF_B = range(12)

CLUSTER_TERMS = 12
"""Terms of a table: w, w D, w^2, w^2 D, w^2 D^2, 1, w^2/n_a, ss_a, df_a, w^2/n_b, ss_b, df_b."""

_ENOUGH = 15.0
"""Degrees of freedom from which on a pooled variance is preferred. Where each side has 30 clusters, either the pooled
variance or the contrasts have as many; with 1 alone quiet runs alarm more than twice as often as promised."""


def cluster_terms(  # noqa: PLR0917  (the two sides of a table, in their order)
    n_a: ArrayLike, mean_a: ArrayLike, ss_a: ArrayLike, n_b: ArrayLike, mean_b: ArrayLike, ss_b: ArrayLike
) -> FloatArray:
    """Return the terms from which the difference of cluster means, b minus a, and its variance add up.

    Args:
        n_a: Clusters in the reference cell; shape (tables,).
        mean_a: Mean of their means (outcome units); shape (tables,).
        ss_a: Centred sum of squares of their means; shape (tables,).
        n_b: Clusters in the watched cell; shape (tables,).
        mean_b: Mean of their means; shape (tables,).
        ss_b: Centred sum of squares of their means; shape (tables,).

    Returns:
        The terms of `CLUSTER_TERMS`; shape (tables, terms), 0 for a table with an empty side.

    Raises:
        StatisticsError: If shapes do not fit, or a count or a sum of squares is negative.
    """
    columns = as_columns(n_a=n_a, mean_a=mean_a, ss_a=ss_a, n_b=n_b, mean_b=mean_b, ss_b=ss_b)
    counted = np.minimum(columns[0], columns[3]) > 0
    a, average_a, squares_a, b, average_b, squares_b = (each[counted] for each in columns)
    w, d = a * b / (a + b), average_b - average_a
    one = np.ones(len(w))
    terms = np.zeros((len(counted), CLUSTER_TERMS))
    contrast = (w, w * d, w * w, w * w * d, w * w * d * d, one)
    terms[counted] = np.stack((*contrast, w * w / a, squares_a, a - 1.0, w * w / b, squares_b, b - 1.0), axis=-1)
    return terms


def paired_terms(n: ArrayLike, mean: ArrayLike, ss: ArrayLike) -> FloatArray:
    """Return the same terms of clusters that each hold both sides, from their own differences; w = n.

    Args:
        n: Clusters; shape (tables,).
        mean: Mean of what each contributes (outcome units); shape (tables,).
        ss: Centred sum of squares of it; shape (tables,).

    Returns:
        The terms of `CLUSTER_TERMS`, with nothing on side a; shape (tables, terms), 0 for an empty table.

    Raises:
        StatisticsError: If shapes do not fit, or a count or a sum of squares is negative.
    """
    n_all, d_all, squares_all = as_columns(n_=n, mean=mean, ss_=ss)
    counted = n_all > 0
    w, d, squares = n_all[counted], d_all[counted], squares_all[counted]
    none, one = np.zeros(len(w)), np.ones(len(w))
    terms = np.zeros((len(counted), CLUSTER_TERMS))
    contrast = (w, w * d, w * w, w * w * d, w * w * d * d, one)
    terms[counted] = np.stack((*contrast, none, none, none, w, squares, w - 1.0), axis=-1)
    return terms


def cluster_spread(sums: FloatArray) -> FloatArray:
    """Return the sums w, w D and w^2 v that means are judged by, from the summed terms of tables.

    The variance is pooled over tables per arm. Where that has fewer degrees of freedom than the m - 1 contrasts among m
    tables, and fewer than 15, it is that of the contrasts: m / (m - 1) sum w^2 (D - est)^2. Which of the two depends on
    where the clusters are, never on their outcomes.

    Args:
        sums: Sums over the tables of each row; shape (rows, CLUSTER_TERMS).

    Returns:
        Sums; shape (rows, 3), all 0 where there is no variance.
    """
    pooled = _pooled(sums, _A, _SS_A, _DF_A) + _pooled(sums, _B, _SS_B, _DF_B)
    freedom = np.where(sums[:, _A] > 0.0, np.minimum(sums[:, _DF_A], sums[:, _DF_B]), sums[:, _DF_B])
    among = np.maximum(sums[:, _M] - 1.0, 0.0)
    is_pooled = (freedom > 0.0) & (freedom >= np.minimum(among, _ENOUGH))
    variance = np.where(is_pooled, pooled, _among_tables(sums))
    spread = np.stack((sums[:, _W], sums[:, _WD], variance), axis=-1)
    spread[~is_pooled & (among == 0.0)] = 0.0
    return spread


def _pooled(sums: FloatArray, size: int, squares: int, freedom: int) -> FloatArray:
    return np.asarray(sums[:, size] * sums[:, squares] / np.maximum(sums[:, freedom], 1.0))


def _among_tables(sums: FloatArray) -> FloatArray:
    estimate = sums[:, _WD] / np.where(sums[:, _W] > 0, sums[:, _W], 1.0)
    m = sums[:, _M]
    squares = sums[:, _W2D2] - 2 * estimate * sums[:, _W2D] + estimate**2 * sums[:, _W2]
    return np.asarray(np.maximum(squares, 0.0) * m / np.maximum(m - 1.0, 1.0))
