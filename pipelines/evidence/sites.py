"""Many sites side by side: one estimate for a place like these, and how far places differ.

The evidence of a policy multiplies over its sites and may be read at any time. This view is for people to read beside
it: it asks how much an effect depends on the place, holds approximately, and for one moment that was chosen beforehand.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from contracts.errors import StatisticsError
from pipelines.evidence.means import mean_difference_terms
from pipelines.evidence.tables import FloatArray, as_tables

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class AcrossSites:
    """What the sites say together.

    Attributes:
        n_sites: Sites that it rests on.
        estimate, lower, upper: Mean effect over places like these, with its interval.
        tau2: Variance of the effect from place to place (squared units of the estimates).
        i2: Share of the variation of the estimates that is more than chance, 0 to 1.
        predicted_lower, predicted_upper: Where the effect in one more place would lie.
    """

    n_sites: int
    estimate: float
    lower: float
    upper: float
    tau2: float
    i2: float
    predicted_lower: float
    predicted_upper: float


def random_effects(estimates: ArrayLike, variances: ArrayLike, *, alpha: float = 0.05) -> AcrossSites:
    """Return the random-effects mean over sites.

    The variance between sites is DerSimonian and Laird's, the interval that of Hartung, Knapp, Sidik and Jonkman; both
    intervals take t on one degree of freedom less than there are sites. Where sites happen to agree better than chance
    would have them, the interval keeps the width of chance, because with few sites that happens often.

    Args:
        estimates: One per site, on any scale that is about normal; shape (sites,).
        variances: Their sampling variances, above 0; shape (sites,).
        alpha: Probability that each interval may miss.

    Raises:
        StatisticsError: If there are fewer than 2 sites, an estimate is not finite, a variance is not above 0, or alpha
            is not between 0 and 1.

    Source: DerSimonian and Laird (1986), Controlled Clinical Trials 7; Knapp and Hartung (2003), Statistics in
        Medicine 22 (interval); Higgins, Thompson and Spiegelhalter (2009), JRSS-A 172 (prediction).
    """
    effects, chance = _as_sites(estimates, variances)
    if not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1")
    freedom = len(effects) - 1
    tau2, i2 = _between(effects, chance)
    weights = 1.0 / (chance + tau2)
    estimate = float(np.average(effects, weights=weights))
    scatter = max(float(weights @ (effects - estimate) ** 2) / freedom, 1.0)
    error2 = scatter / float(weights.sum())
    quantile = float(student.ppf(1.0 - alpha / 2.0, freedom))
    reach, ahead = quantile * np.sqrt(error2), quantile * np.sqrt(error2 + tau2)
    return AcrossSites(
        n_sites=len(effects),
        estimate=estimate,
        lower=float(estimate - reach),
        upper=float(estimate + reach),
        tau2=tau2,
        i2=i2,
        predicted_lower=float(estimate - ahead),
        predicted_upper=float(estimate + ahead),
    )


def _between(effects: FloatArray, chance: FloatArray) -> tuple[float, float]:
    """Return the variance between sites, and the share that it has of the variation."""
    weights = 1.0 / chance
    total, freedom = float(weights.sum()), len(effects) - 1
    q = float(weights @ (effects - np.average(effects, weights=weights)) ** 2)
    excess = max(q - freedom, 0.0)
    return excess / (total - float((weights**2).sum()) / total), excess / q if excess else 0.0


def _as_sites(estimates: ArrayLike, variances: ArrayLike) -> tuple[FloatArray, FloatArray]:
    effects, chance = (np.asarray(each, dtype=np.float64) for each in (estimates, variances))
    if effects.ndim != 1 or effects.shape != chance.shape or len(effects) < _FEWEST:
        raise StatisticsError(
            f"estimates and variances have shapes {effects.shape} and {chance.shape}; one of each for 2 or more sites"
        )
    if not np.isfinite(effects).all() or not ((chance > 0.0) & (chance < np.inf)).all():
        raise StatisticsError(
            "an estimate or a variance of a site is not a finite number, or a variance is not above 0"
        )
    return effects, chance


def log_odds_ratios(n_a: ArrayLike, k_a: ArrayLike, n_b: ArrayLike, k_b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the log odds ratio b:a of each site and its variance.

    Half a person is added to all four cells of a site where one of them is empty, and only there.

    Args:
        n_a: People in the reference cell; shape (sites,).
        k_a: Events among them; shape (sites,).
        n_b: People in the watched cell; shape (sites,).
        k_b: Events among them; shape (sites,).

    Returns:
        Log odds ratios (nats) and variances (squared nats); each of shape (sites,).

    Raises:
        StatisticsError: If a count is negative or above its n, a side has no people, or shapes do not fit.

    Source: Woolf (1955), Annals of Human Genetics 19 (variance); Haldane (1956), the same 20 (half a person).
    """
    tables = as_tables(n_a, k_a, n_b, k_b)
    if (np.minimum(tables.n_a, tables.n_b) == 0).any():
        raise StatisticsError("a site has nobody on a side; leave such a site out")
    cells = np.stack((tables.k_a, tables.n_a - tables.k_a, tables.k_b, tables.n_b - tables.k_b)).astype(np.float64)
    cells += 0.5 * (cells == 0.0).any(axis=0)
    log_a, log_not_a, log_b, log_not_b = np.log(cells)
    return np.asarray(log_b - log_not_b - log_a + log_not_a), np.asarray((1.0 / cells).sum(axis=0))


def differences(  # noqa: PLR0917  (the two sides of a table, in their order)
    n_a: ArrayLike, mean_a: ArrayLike, ss_a: ArrayLike, n_b: ArrayLike, mean_b: ArrayLike, ss_b: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return the difference of means, b minus a, of each site and its variance.

    Args:
        n_a: Units in the reference cell; shape (sites,).
        mean_a: Their mean (outcome units); shape (sites,).
        ss_a: Their centred sum of squares, of a share p n p (1 - p); shape (sites,).
        n_b: Units in the watched cell; shape (sites,).
        mean_b: Their mean; shape (sites,).
        ss_b: Their centred sum of squares; shape (sites,).

    Returns:
        Differences and variances; each of shape (sites,).

    Raises:
        StatisticsError: If a side has fewer than 2 units, a count or a sum of squares is negative, or shapes differ.
    """
    w, wd, w2v = mean_difference_terms(n_a, mean_a, ss_a, n_b, mean_b, ss_b).T
    if (w == 0.0).any():
        raise StatisticsError("a site has fewer than 2 units on a side; leave such a site out")
    return wd / w, w2v / w**2
