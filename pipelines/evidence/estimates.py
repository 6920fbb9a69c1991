"""Terms of the estimates over strata: sums of them over tables give an odds ratio and a difference in shares."""

import numpy as np
from numpy.typing import ArrayLike

from pipelines.evidence.tables import FloatArray, as_tables

_FEWEST = 2
"""People on a side without whom there is no sample variance."""


def mantel_haenszel_terms(n_a: ArrayLike, k_a: ArrayLike, n_b: ArrayLike, k_b: ArrayLike) -> FloatArray:
    """Return the terms R and S of the Mantel-Haenszel odds ratio b:a = sum R / sum S.

    Args:
        n_a: People in the reference cell; shape (tables,).
        k_a: Events among them; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k_b: Events among them; shape (tables,).

    Returns:
        R = k_b (n_a - k_a) / n and S = k_a (n_b - k_b) / n with n = n_a + n_b; shape (tables, 2), 0 for empty tables.

    Raises:
        StatisticsError: If a count is negative or above its n, or shapes do not fit.
    """
    m_a, e_a, m_b, e_b = (column.astype(np.float64) for column in as_tables(n_a, k_a, n_b, k_b))
    n = np.maximum(m_a + m_b, 1.0)
    return np.stack((e_b * (m_a - e_a) / n, e_a * (m_b - e_b) / n), axis=-1)


def difference_terms(n_a: ArrayLike, k_a: ArrayLike, n_b: ArrayLike, k_b: ArrayLike) -> FloatArray:
    """Return the terms w, w D and w^2 v of the weighted difference in shares, b minus a.

    With W, the sum of w, the difference is the sum of w D over W and its variance the sum of w^2 v over W^2.

    Args:
        n_a: People in the reference cell; shape (tables,).
        k_a: Events among them; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k_b: Events among them; shape (tables,).

    Returns:
        w = n_a n_b / (n_a + n_b), D = k_b/n_b - k_a/n_a and v = s_a^2/n_a + s_b^2/n_b with the sample variances
        s^2 = p (1 - p) n / (n - 1); shape (tables, 3). A table with fewer than 2 people on a side gives 0.

    Raises:
        StatisticsError: If a count is negative or above its n, or shapes do not fit.
    """
    tables = as_tables(n_a, k_a, n_b, k_b)
    counted = np.minimum(tables.n_a, tables.n_b) >= _FEWEST
    m_a, e_a, m_b, e_b = (column[counted].astype(np.float64) for column in tables)
    w = m_a * m_b / (m_a + m_b)
    p_a, p_b = e_a / m_a, e_b / m_b
    v = p_a * (1.0 - p_a) / (m_a - 1.0) + p_b * (1.0 - p_b) / (m_b - 1.0)
    terms = np.zeros((len(tables.n_a), 3))
    terms[counted] = np.stack((w, w * (p_b - p_a), w * w * v), axis=-1)
    return terms
