"""Policies that start at different times in different regions: effects against regions where it has not started yet.

Group-time average effects in the sense of Callaway and Sant'Anna (2021, J. Econometrics), by the library diff-diff.
What carries them is that regions would have moved alike without the policy; how alike they moved before it, and what
starts that never were would have shown, is said beside the estimate.
"""

import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from contracts.errors import StatisticsError
from contracts.evidence import Guarantee
from pipelines.evidence.tables import FloatArray, IntArray

NEVER = -1
"""Start of a region in which the policy never starts."""

_ROUNDING = 1e-12

FEWEST_REGIONS = 20
"""Regions below which no standard error of theirs can be relied on."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Outcomes of regions over periods.

    Attributes:
        regions, periods: Names, periods in their order.
        n: Units; shape (regions, periods).
        mean: Mean outcome of the units; shape (regions, periods), not read where there are none.
        starts: Place of each region's first period under the policy, `NEVER` where there is none; shape (regions,).
    """

    regions: tuple[str, ...]
    periods: tuple[str, ...]
    n: IntArray
    mean: FloatArray
    starts: IntArray

    @property
    def is_treated(self) -> npt.NDArray[np.bool_]:
        """Whether the policy is under way; shape (regions, periods)."""
        under_way: npt.NDArray[np.bool_] = np.arange(len(self.periods)) >= self.starts[:, None]
        under_way &= (self.starts != NEVER)[:, None]
        return under_way


@dataclass(frozen=True, slots=True)
class RollOut:
    """What a roll-out shows.

    Attributes:
        estimate, standard_error, lower, upper: Average effect over regions and periods under the policy (outcome
            units); None where it is not identified.
        pre_trend: The largest difference that regions showed before the policy, as a share of its standard error.
        placebos: How many starts before the policy would have shown at least as much, and of how many.
        p_lot: Share of other draws of the same starts that show at least as much; None where none were drawn.
        guarantee: What it promises.
        reason: Why nothing, or less, may be concluded, as `code: text`.
    """

    estimate: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    pre_trend: float | None
    placebos: tuple[int, int] | None
    p_lot: float | None
    guarantee: Guarantee
    reason: str | None


def roll_out(
    panel: Panel, *, drawn_by_lot: bool, rng: np.random.Generator, alpha: float, n_draws: int = 199
) -> RollOut:
    """Return what the panel shows about a policy that rolls out.

    Args:
        panel: Outcomes; periods in which a region has nobody are left out for all.
        drawn_by_lot: Whether the starts were drawn by lot, so that other draws can be compared with.
        rng: Draws them.
        alpha: One minus the coverage of the interval (at one look).
        n_draws: How many other draws.

    Raises:
        StatisticsError: If shapes do not fit or alpha is not between 0 and 1.
    """
    _refuse_shapes(panel, alpha)
    complete = _in_order(_complete(panel))
    why_not = _why_not(complete)
    if why_not is not None:
        return RollOut(None, None, None, None, None, None, None, "descriptive", why_not)
    effect = _Effect(complete, alpha)
    return RollOut(
        estimate=effect.estimate,
        standard_error=effect.standard_error,
        lower=effect.lower,
        upper=effect.upper,
        pre_trend=effect.pre_trend(),
        placebos=_placebos(complete, effect.estimate, alpha),
        p_lot=_share_of_draws(complete, rng, n_draws) if drawn_by_lot else None,
        guarantee="asymptotic" if len(complete.regions) >= FEWEST_REGIONS else "descriptive",
        reason=_why_less(complete),
    )


def _refuse_shapes(panel: Panel, alpha: float) -> None:
    shape = (len(panel.regions), len(panel.periods))
    if panel.n.shape != shape or panel.mean.shape != shape or panel.starts.shape != shape[:1]:
        raise StatisticsError(f"n, mean and starts of {shape[0]} regions and {shape[1]} periods have other shapes")
    if not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1")


def _complete(panel: Panel) -> Panel:
    """Return the periods in which every region has units; starts move to the next period that is kept."""
    kept = np.flatnonzero((panel.n > 0).all(axis=0))
    starts = np.where(panel.starts == NEVER, NEVER, np.searchsorted(kept, panel.starts))
    return Panel(panel.regions, tuple(panel.periods[at] for at in kept), panel.n[:, kept], panel.mean[:, kept], starts)


def _in_order(panel: Panel) -> Panel:
    """Return the regions by name, so that no figure depends on the order in which they were given."""
    order = np.argsort(np.array(panel.regions))
    names = tuple(panel.regions[at] for at in order)
    return replace(panel, regions=names, n=panel.n[order], mean=panel.mean[order], starts=panel.starts[order])


def _why_not(panel: Panel) -> str | None:
    """Return why there is no effect to estimate, None where there is one."""
    n_periods, treated = len(panel.periods), panel.is_treated
    if not (panel.starts != NEVER).any():
        return "not_identified: the policy starts in no region"
    if not n_periods or not treated.any():
        return "too_early: no period under the policy in which every region has units"
    if not ((panel.starts == NEVER) | (panel.starts > 0)).any() or not (panel.starts[panel.starts != NEVER] > 0).any():
        return "not_identified: no period from before the policy"
    if not (treated.any(axis=0) & ~treated.all(axis=0)).any():
        return "not_identified: the policy started everywhere at once; nothing is left to compare with"
    return None


def _why_less(panel: Panel) -> str | None:
    n_regions = len(panel.regions)
    if n_regions < FEWEST_REGIONS:
        return f"descriptive: {n_regions} regions; {FEWEST_REGIONS} are needed"
    return None


class _Effect:
    """The estimates of the library for one panel."""

    def __init__(self, panel: Panel, alpha: float) -> None:
        import pandas as pd  # noqa: PLC0415  (a second to import, needed by few plans)
        from diff_diff import CallawaySantAnna  # noqa: PLC0415

        n_regions, n_periods = panel.n.shape
        first = np.where(panel.starts == NEVER, 0, panel.starts + 1)
        data = pd.DataFrame(
            {
                "region": np.repeat(np.arange(n_regions), n_periods),
                "period": np.tile(np.arange(1, n_periods + 1), n_regions),
                "outcome": panel.mean.reshape(-1),
                "start": np.repeat(np.where(first > n_periods, 0, first), n_periods),
            }
        )
        with warnings.catch_warnings():  # it warns of cells without comparison, which are left out on purpose
            warnings.simplefilter("ignore")
            estimator = CallawaySantAnna(control_group="not_yet_treated", estimation_method="reg", alpha=alpha)
            self._fit = estimator.fit(data, outcome="outcome", unit="region", time="period", first_treat="start")
            self.estimate = float(self._fit.overall_att)
            self.standard_error = _finite(self._fit.overall_se)
            self.lower, self.upper = (_finite(bound) for bound in self._fit.overall_conf_int)

    def pre_trend(self) -> float | None:
        """Return the largest |effect| / standard error in any event time before the policy."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            effects = self._fit.aggregate("event_study").to_dataframe()
        before = effects[(effects["event_time"] < 0) & (effects["se"] > 0)]
        return _finite((before["att"].abs() / before["se"]).max()) if len(before) else None


def _placebos(panel: Panel, estimate: float, alpha: float) -> tuple[int, int] | None:
    """Return how many starts before the policy would have shown at least as much, and of how many; None without."""
    first = int(panel.starts[panel.starts != NEVER].min())
    shown = []
    for start in range(1, first):
        starts = np.where(panel.starts == NEVER, NEVER, start)
        if not (starts == NEVER).any():
            return None
        fake = Panel(panel.regions, panel.periods[:first], panel.n[:, :first], panel.mean[:, :first], starts)
        shown.append(abs(_Effect(fake, alpha).estimate) >= abs(estimate))
    return (sum(shown), len(shown)) if shown else None


def _share_of_draws(panel: Panel, rng: np.random.Generator, n_draws: int) -> float:
    """Return the share of draws of the same starts over regions, this one among them, that show at least as much.

    What they show is compared by a contrast that costs little; the share is valid for any.
    """
    drawn = [abs(_contrast(replace(panel, starts=rng.permutation(panel.starts)))) for _ in range(n_draws)]
    return (1 + sum(each >= abs(_contrast(panel)) - _ROUNDING for each in drawn)) / (n_draws + 1)


def _contrast(panel: Panel) -> float:
    """Return the difference under the policy that is left when each region and each period has its own level."""
    treated = _without_levels(panel.is_treated.astype(np.float64))
    return float((treated * _without_levels(panel.mean)).sum() / max(float((treated**2).sum()), _ROUNDING))


def _without_levels(values: FloatArray) -> FloatArray:
    return np.asarray(values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean())


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
