"""Sums over small supports: padded polynomials in exp(w), evaluated for all tables and shifts in one matrix product."""

import numpy as np

from pipelines.evidence.tables import FloatArray


def log_terms(r: FloatArray, s: FloatArray, c: FloatArray, size: int) -> FloatArray:
    """Return the logarithms of the terms t(0) = 1, t(i+1) = t(i) (r - i)(s - i) / ((i + 1)(c + i + 1)).

    Args:
        r: Whole number of the term ratio; shape (tables,).
        s: The same.
        c: The same.
        size: Terms after the first, at least the smaller of r and s everywhere.

    Returns:
        Log terms (nats), -inf beyond the support; shape (size + 1, tables).
    """
    i = np.arange(size, dtype=np.float64)[:, None]
    ratio = np.maximum(r - i, 0.0) * np.maximum(s - i, 0.0) / ((i + 1.0) * (c + i + 1.0))
    with np.errstate(divide="ignore"):
        return np.concatenate((np.zeros((1, len(r))), np.cumsum(np.log(ratio), axis=0)))


def polynomial_sums(log_terms: FloatArray, base: FloatArray, shifts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the log sum and the mean index of the terms t(i) exp(i w) at each w = base + shift.

    Args:
        log_terms: Log terms (nats); shape (size + 1, tables).
        base: Log odds ratio of each table (nats); shape (tables,).
        shifts: Added to the base (nats), size * abs(shift) at most 600; shape (shifts,).

    Returns:
        Log sums (nats) and means; each of shape (tables, shifts).
    """
    i = np.arange(len(log_terms), dtype=np.float64)
    powers = np.exp(np.outer(i, shifts))
    terms = log_terms + np.multiply.outer(i, base)
    largest = terms.max(axis=0)
    terms -= largest
    np.exp(terms, out=terms)
    sums = terms.T @ np.concatenate((powers, i[:, None] * powers), axis=1)
    totals, moments = sums[:, : len(shifts)], sums[:, len(shifts) :]
    return np.log(totals) + largest[:, None], moments / totals
