"""Evidence that the data are not as they should be: units per arm against the plan, and one arm that reports late."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlogy

from contracts.errors import StatisticsError
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.tables import FloatArray, IntArray, as_counts

_CONCENTRATION = 100.0
"""Units that the alternative weighs: it expects shares within about a tenth of the planned ones."""

_B_LATER = np.array([0.3, 0.5, 0.8, 1.2])
_BETS = np.concatenate((-_B_LATER[::-1], _B_LATER))


def log_e_allocation(counts: ArrayLike, planned: ArrayLike, *, concentration: float = _CONCENTRATION) -> float:
    """Return the log e-process against "units come to the arms in the planned shares".

    The Bayes factor of a Dirichlet alternative around the plan; it may be read after every unit.

    Args:
        counts: Units per arm so far; shape (arms,).
        planned: Planned units or shares per arm, above 0; shape (arms,).
        concentration: Weight of the alternative (units).

    Returns:
        Log e-value (nats).

    Raises:
        StatisticsError: If shapes do not fit, a count is negative, or a planned share or the weight is not above 0.

    Source: Lindon and Malek (2022), NeurIPS (anytime-valid inference for multinomial count data).
    """
    units, plan = as_counts("counts", counts), np.asarray(planned, dtype=np.float64)
    if units.ndim != 1 or units.shape != plan.shape or not (plan > 0.0).all() or not concentration > 0.0:
        raise StatisticsError(
            f"counts {units.tolist()} against {plan.tolist()}: one planned number above 0 for each arm"
        )
    share = plan / plan.sum()
    weight = concentration * share
    predicted = gammaln(concentration) - gammaln(concentration + units.sum())
    predicted += (gammaln(weight + units) - gammaln(weight)).sum()
    return float(predicted - xlogy(units, share).sum())


def log_e_delay(late_a: ArrayLike, n_a: ArrayLike, late_b: ArrayLike, n_b: ArrayLike) -> FloatArray:
    """Return the log e-values of each table against "both arms report late equally often", for bets of both signs.

    A table is a look, as long as the arms get units in the same proportions all the time; where they do not (an arm
    that began later has had no time to be late), it is an own period of which everything was received. Tables multiply
    per bet; the mean over bets is an e-process.

    Args:
        late_a: Units of the reference arm counted after their own period; shape (tables,).
        n_a: Units of the reference arm counted; shape (tables,).
        late_b: Units of the watched arm counted after their own period; shape (tables,).
        n_b: Units of the watched arm counted; shape (tables,).

    Returns:
        Log e-values (nats); shape (tables, bets), the first half of the bets for "a is later", the second for "b is".

    Raises:
        StatisticsError: If a count is negative or above its n, or shapes do not fit.
    """
    return log_e_counts(n_a, late_a, n_b, late_b, bets=_BETS, log_or_0=0.0)


@dataclass(frozen=True, slots=True)
class Delays:
    """How late two arms report.

    Attributes:
        mean_lag_a, mean_lag_b: Mean time from a unit's own period to the look that counted it (looks).
        log_e_a_later, log_e_b_later: Log e-processes that this arm reports late more often than the other (nats).
    """

    mean_lag_a: float
    mean_lag_b: float
    log_e_a_later: float
    log_e_b_later: float


def delay_imbalance(lags_a: ArrayLike, lags_b: ArrayLike) -> Delays:
    """Return how late two arms report, and the evidence that one reports later.

    Args:
        lags_a: Units of the reference arm, per table (see `log_e_delay`) and lag of 0, 1, ... looks; shape (tables,
            lags).
        lags_b: Units of the watched arm; the same shape.

    Raises:
        StatisticsError: If shapes do not fit, a count is negative, or an arm has no units.
    """
    a, b = as_counts("lags_a", lags_a), as_counts("lags_b", lags_b)
    if a.ndim != 2 or a.shape != b.shape or not a.any() or not b.any():  # noqa: PLR2004
        raise StatisticsError(f"lags have shapes {a.shape} and {b.shape}; both (tables, lags), with units in each arm")
    n_a, n_b = a.sum(axis=1), b.sum(axis=1)
    log_e = log_e_delay(n_a - a[:, 0], n_a, n_b - b[:, 0], n_b).sum(axis=0)
    a_later, b_later = average_bets(log_e.reshape(2, -1)).tolist()
    return Delays(_mean_lag(a), _mean_lag(b), a_later, b_later)


def _mean_lag(units: IntArray) -> float:
    return float(np.average(np.arange(units.shape[1]), weights=units.sum(axis=0)))
