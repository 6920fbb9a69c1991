"""Many claims at once: which stand together, so that few of those that stand are false."""

import math

import numpy as np
from numpy.typing import ArrayLike

from contracts.errors import StatisticsError
from pipelines.evidence.tables import BoolArray, FloatArray

_WHOLE = 1e-12


def e_bh(log_e: ArrayLike, *, alpha: float, m: int | None = None) -> BoolArray:
    """Return which hypotheses the e-BH procedure rejects: those of the k* largest e-values.

    The share of false findings among those rejected is at most alpha in expectation, for any dependence between the
    e-values. Equal e-values are rejected together or not at all.

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
    values = _as_log_e(log_e)
    k = e_bh_threshold(values, alpha=alpha, m=m)
    if not k:
        return np.zeros(values.shape, dtype=np.bool_)
    return np.asarray(values >= np.partition(values, values.size - k)[values.size - k])


def e_bh_threshold(log_e: ArrayLike, *, alpha: float, m: int | None = None) -> int:
    """Return k*, the number of hypotheses that e-BH rejects: those whose e-value is at least m / (alpha k*).

    It is the largest k for which the k-th largest e-value is at least m / (alpha k), 0 where there is none. An interval
    at alpha k* / m of each rejected one allows for their having been selected.

    Args:
        log_e: Log e-values (nats), -inf allowed; shape (hypotheses,).
        alpha: Bound on the false-discovery rate.
        m: Number of hypotheses where those not given have e = 0; as many as given when None.

    Raises:
        StatisticsError: If alpha is not between 0 and 1, m is below the number given, or a value is not a number.
    """
    values = _as_log_e(log_e)
    _refuse_alpha(alpha)
    n_hypotheses = values.size if m is None else m
    if n_hypotheses < values.size:
        raise StatisticsError(f"{values.size} log e-values among m = {n_hypotheses}; m must be at least their number")
    falling = -np.sort(-values)
    needed = np.log(n_hypotheses / (alpha * np.arange(1, values.size + 1)))
    enough = np.flatnonzero(falling >= needed)
    return int(enough[-1]) + 1 if enough.size else 0


def e_lond(log_e: ArrayLike, *, alpha: float, gamma: ArrayLike | None = None) -> tuple[BoolArray, FloatArray]:
    """Return which hypotheses e-LOND rejects, each decided in its turn and for good, and the level of each.

    The t-th is rejected if its e-value is at least 1 / alpha_t with alpha_t = alpha gamma_t (D + 1), D being the number
    rejected before it: findings earn room for later ones. The share of false findings is at most alpha in expectation
    after every turn, for any dependence between the e-values, however many hypotheses are still to come.

    Args:
        log_e: Log e-values in the order of their turns (nats), each fixed when its turn ends; shape (hypotheses,).
        alpha: Bound on the false-discovery rate.
        gamma: Share of alpha that each turn starts with, at most 1 in all; at least as many as hypotheses. When None
            6 / (pi^2 t^2), which add up to 1 over turns without end.

    Returns:
        Whether each hypothesis is rejected, and its alpha_t; each of shape (hypotheses,).

    Raises:
        StatisticsError: If alpha is not between 0 and 1, a value is not a number, or the shares do not fit.

    Source: Xu and Ramdas (2024), Online multiple testing with e-values, AISTATS.
    """
    values = _as_log_e(log_e)
    _refuse_alpha(alpha)
    shares = _as_shares(gamma, values.size)
    found, levels = np.zeros(values.size, dtype=np.bool_), np.zeros(values.size)
    for turn in range(values.size):
        levels[turn] = alpha * shares[turn] * (found[:turn].sum() + 1)
        found[turn] = levels[turn] > 0.0 and values[turn] >= -math.log(levels[turn])
    return found, levels


def _as_log_e(log_e: ArrayLike) -> FloatArray:
    values = np.asarray(log_e, dtype=np.float64)
    if values.ndim != 1:
        raise StatisticsError(f"log_e has shape {values.shape}; it must be one-dimensional, one per hypothesis")
    if np.isnan(values).any():
        raise StatisticsError(f"log_e[{int(np.argmax(np.isnan(values)))}] is not a number")
    return values


def _as_shares(gamma: ArrayLike | None, n_hypotheses: int) -> FloatArray:
    if gamma is None:
        return np.asarray(6.0 / (np.pi * np.arange(1, n_hypotheses + 1)) ** 2)
    shares = np.asarray(gamma, dtype=np.float64)
    if shares.ndim != 1 or shares.size < n_hypotheses or not (shares >= 0.0).all() or shares.sum() > 1.0 + _WHOLE:
        raise StatisticsError(
            f"gamma is {shares.tolist()}; it must hold a share for each of {n_hypotheses} hypotheses, none below 0 and "
            "together at most 1"
        )
    return shares


def _refuse_alpha(alpha: float) -> None:
    if not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1")
