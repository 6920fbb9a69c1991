"""Exact evidence from counts: e-values of two-by-two tables given their margins.

A bet says how far the log odds ratio lies from the null. Its e-value is the likelihood ratio of bet and null given the
number of events in both cells (the noncentral hypergeometric distribution), so no base rate enters, and what moves both
cells alike does not matter.
"""

import numpy as np
from numpy.typing import ArrayLike

from contracts.errors import StatisticsError
from pipelines.evidence.distinct import distinct
from pipelines.evidence.partition import Partitions, log_partition
from pipelines.evidence.tables import FloatArray, IntArray, Tables, as_bets, as_tables

__all__ = ["information", "log_e_counts", "log_partition"]

_TABLES_AT_ONCE = 4096


def log_e_counts(
    n_a: ArrayLike, k_a: ArrayLike, n_b: ArrayLike, k_b: ArrayLike, *, bets: ArrayLike, log_or_0: ArrayLike
) -> FloatArray:
    """Return the log e-values of each table for each bet against "the odds ratio b:a is exp(log_or_0)".

    The expectation of an e-value given the margins is exactly 1 at the null, and below 1 on its harmless side: for a
    bet d > 0 at every odds ratio below the null, for d < 0 at every one above. This holds for any base rate, however
    it moves between tables, as long as people in a table are independent and each counts once. Tables multiply (add
    the logarithms per bet), bets are averaged afterwards.

    Args:
        n_a: People in the reference cell; shape (tables,).
        k_a: Events among them; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k_b: Events among them; shape (tables,).
        bets: Distances from the null in log odds (nats): positive bets are evidence for "higher", negative ones for
            "lower"; shape (bets,).
        log_or_0: Log odds ratio of the null (nats): one for all, or of shape (tables,).

    Returns:
        Log e-values (nats); shape (tables, bets). A table with an empty side, no events or only events gives 0.

    Raises:
        StatisticsError: If a count is negative or above its n, shapes do not fit, or a bet or null is not finite.

    Source: Hao, Grunwald et al. (2024), Sankhya A (conditional e-variables); Turner and Grunwald (2023), AISTATS
        (strata).
    """
    tables = as_tables(n_a, k_a, n_b, k_b)
    distances = as_bets(bets)
    null = _as_nulls(log_or_0, len(tables.n_a))
    k = tables.k_a + tables.k_b
    rows, kinds = distinct(tables.n_a, tables.n_b, k, *_codes(null))
    anchor, rise = _rise(tables.n_a[rows], tables.n_b[rows], k[rows], bets=distances, null=null[rows])
    log_e = np.multiply.outer(tables.k_b - anchor[kinds], distances)
    log_e -= rise[kinds]
    return np.asarray(log_e)


def _codes(null: FloatArray) -> tuple[IntArray, ...]:
    """Return the nulls as a column of numbers of their own, or no column where there is but one."""
    if not null.size or (null == null[0]).all():
        return ()
    return (np.unique(null, return_inverse=True)[1].astype(np.int64),)


def _rise(
    n_a: IntArray, n_b: IntArray, k: IntArray, *, bets: FloatArray, null: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return an anchor, and how log Z rises from the null to each bet as measured from it; shape (tables, bets)."""
    anchor, rise = np.empty(len(k)), np.empty((len(k), len(bets)))
    shifts = np.concatenate(([0.0], bets))
    for start in range(0, len(k), _TABLES_AT_ONCE):
        part = slice(start, start + _TABLES_AT_ONCE)
        partitions = Partitions(n_a[part], n_b[part], k[part], shifts=shifts)
        log_z = partitions.log_sums(null[part])
        anchor[part], rise[part] = partitions.anchor, log_z[:, 1:] - log_z[:, :1]
    return anchor, rise


def information(n_a: ArrayLike, k_a: ArrayLike, n_b: ArrayLike, k_b: ArrayLike) -> FloatArray:
    """Return what each table tells about the log odds ratio b:a: the variance of k_b given the margins at ratio 1.

    Args:
        n_a: People in the reference cell; shape (tables,).
        k_a: Events among them; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k_b: Events among them; shape (tables,).

    Returns:
        Fisher information (per squared nat); shape (tables,), 0 where a side is empty. Tables add.

    Raises:
        StatisticsError: If a count is negative or above its n, or shapes do not fit.
    """
    m_a, k, m_b, n = _margins(as_tables(n_a, k_a, n_b, k_b))
    return k * (n - k) * m_a * m_b / np.maximum(n * n * (n - 1.0), 1.0)


def _margins(tables: Tables) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    m_a, k_a, m_b, k_b = (column.astype(np.float64) for column in tables)
    return m_a, k_a + k_b, m_b, m_a + m_b


def _as_nulls(log_or_0: ArrayLike, n_tables: int) -> FloatArray:
    null = np.asarray(log_or_0, dtype=np.float64)
    if null.shape not in {(), (n_tables,)} or not np.isfinite(null).all():
        raise StatisticsError(
            f"log_or_0 has shape {null.shape}; it must be one finite number or one for each of {n_tables} tables"
        )
    return np.broadcast_to(null, (n_tables,))
