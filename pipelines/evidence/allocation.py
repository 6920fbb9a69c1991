"""Evidence that the data are not as they should be: units per arm against the plan, and one arm that reports late."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlogy

from contracts.errors import StatisticsError
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.tables import FloatArray, as_counts

_CONCENTRATION = 100.0
"""Units that the alternative weighs: it expects shares within about a tenth of the planned ones."""

_BETS = np.array([-1.2, -0.8, -0.5, -0.3, 0.3, 0.5, 0.8, 1.2])


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
    """Return the log e-values of each look against "both arms report late equally often", for bets of both signs.

    Looks multiply per bet; the mean over bets is an e-process.

    Args:
        late_a: Units of the reference arm counted after their own period; shape (looks,).
        n_a: Units of the reference arm counted; shape (looks,).
        late_b: Units of the watched arm counted after their own period; shape (looks,).
        n_b: Units of the watched arm counted; shape (looks,).

    Returns:
        Log e-values (nats); shape (looks, bets).

    Raises:
        StatisticsError: If a count is negative or above its n, or shapes do not fit.
    """
    return log_e_counts(n_a, late_a, n_b, late_b, bets=_BETS, log_or_0=0.0)
