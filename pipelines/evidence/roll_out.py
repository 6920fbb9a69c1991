"""Policies that start at different times in different regions: effects against regions where it has not started yet.

Group-time average effects in the sense of Callaway and Sant'Anna (2021, J. Econometrics), by the library diff-diff.
What carries them is that regions would have moved alike without the policy; how alike they moved before it, and what
starts that never were would have shown, is said beside the estimate.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from contracts.errors import StatisticsError
from contracts.evidence import Guarantee
from pipelines.evidence.roll_out_contrast import at_least, count_effects, placebo_contrasts, share_of_draws
from pipelines.evidence.roll_out_fit import Fit, fit
from pipelines.evidence.roll_out_panel import NEVER, Panel, refuse_impossible, telling_part

__all__ = ["FEWEST_REGIONS", "NEVER", "Panel", "RollOut", "roll_out"]

FEWEST_REGIONS = 20
"""Regions below which no standard error of theirs can be relied on."""


@dataclass(frozen=True, slots=True)
class RollOut:
    """What a roll-out shows.

    Attributes:
        n_regions, n_treated: Regions that were seen before the policy, and those of them in which it has started.
        n_untreated_cells: Regions times periods without the policy, of those regions.
        guarantee: What it promises.
        reason: Why nothing, or less, may be concluded, as `code: text`.
        estimate, standard_error, lower, upper: Average effect over regions and periods under the policy (outcome
            units), at one look; None where it is not identified, all but the estimate also where one region alone is
            treated or compared with.
        by_event_time: Periods since the start (below 0 before it), effect and standard error, as `Fit` has them.
        pre_trend: The difference that regions showed before the policy and that chance explains least, as a share of
            its standard error.
        p_pre_trend: How likely chance alone shows a difference as striking in any period before (Bonferroni).
        placebos: How many starts before the policy would have shown at least as much, and of how many.
        p_lot: Share of draws of the same starts that show at least as much; None where none were drawn.
    """

    n_regions: int
    n_treated: int
    n_untreated_cells: int
    guarantee: Guarantee
    reason: str | None
    estimate: float | None = None
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    by_event_time: tuple[tuple[int, float, float | None], ...] = ()
    pre_trend: float | None = None
    p_pre_trend: float | None = None
    placebos: tuple[int, int] | None = None
    p_lot: float | None = None


def roll_out(
    panel: Panel, *, drawn_by_lot: bool, rng: np.random.Generator, alpha: float, n_permutations: int = 999
) -> RollOut:
    """Return what the panel shows about a policy that rolls out.

    Args:
        panel: Outcomes; periods in which a region has nobody are left out for all.
        drawn_by_lot: Whether the starts were drawn by lot among all regions of the panel, those without one included.
        rng: Draws other starts, if they were.
        alpha: One minus the coverage of the interval (at one look).
        n_permutations: How many other draws.

    Raises:
        StatisticsError: If shapes do not fit, a start or a mean is impossible, alpha is not between 0 and 1, or other
            draws are fewer than 1.
    """
    _refuse(panel, alpha, n_permutations)
    told = telling_part(panel)
    why_not = _why_not(panel, told)
    if why_not is not None:
        return RollOut(*_counts(told), "descriptive", why_not)
    fitted = fit(told)
    why_less = _why_less(told, fitted, drawn_by_lot=drawn_by_lot)
    lower, upper = fitted.interval(alpha)
    pre_trend, p_pre_trend = _pre_trend(told, fitted)
    return RollOut(
        *_counts(told),
        guarantee="asymptotic" if why_less is None else "descriptive",
        reason=why_less,
        estimate=fitted.estimate,
        standard_error=fitted.standard_error,
        lower=lower,
        upper=upper,
        by_event_time=fitted.by_event_time,
        pre_trend=pre_trend,
        p_pre_trend=p_pre_trend,
        placebos=_placebos(told, fitted.estimate),
        p_lot=share_of_draws(told, rng=rng, n_draws=n_permutations) if drawn_by_lot else None,
    )


def _refuse(panel: Panel, alpha: float, n_permutations: int) -> None:
    refuse_impossible(panel)
    if not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1")
    if n_permutations < 1:
        raise StatisticsError(f"n_permutations is {n_permutations}; it must be at least 1")


def _counts(told: Panel) -> tuple[int, int, int]:
    treated = told.is_treated
    return len(told.regions), int(treated.any(axis=1).sum()), int((~treated).sum())


def _why_not(panel: Panel, told: Panel) -> str | None:
    """Return why there is no effect to estimate, None where there is one.

    What can never be told comes before what cannot be told yet. Starts that lie ahead are not told apart, so they are
    waited for.
    """
    starts = told.starts[told.starts != NEVER]
    if not (panel.starts != NEVER).any():
        return "not_identified: the policy starts in no region"
    if told.periods and not starts.size:
        return "not_identified: no period from before the policy in which every region has units"
    if not starts.size or starts.min() >= len(told.periods):
        return "too_early: no period under the policy in which every region has units"
    if not count_effects(told.starts, len(told.periods)):
        return "not_identified: the policy started everywhere at once; nothing is left to compare with"
    return None


def _why_less(told: Panel, fitted: Fit, *, drawn_by_lot: bool) -> str | None:
    n_regions = len(told.regions)
    if n_regions < FEWEST_REGIONS:
        return f"descriptive: {n_regions} regions; {FEWEST_REGIONS} are needed"
    if fitted.standard_error is None:
        return "descriptive: nothing tells how far regions differ by chance"
    if not drawn_by_lot:
        return "descriptive: starts were not drawn by lot; regions may have parted without the policy"
    return None


def _pre_trend(told: Panel, fitted: Fit) -> tuple[float | None, float | None]:
    """Return the most striking difference before the policy in standard errors, and how likely chance shows one."""
    ratios = [
        (abs(effect) / error, min(fitted.degrees, _n_seen(told, event_time) - 1.0))
        for event_time, effect, error in fitted.by_event_time
        if event_time < 0 and error is not None
    ]
    chances = [(2.0 * float(student.sf(ratio, degrees)), ratio) for ratio, degrees in ratios if degrees >= 1.0]
    if not chances:
        return None, None
    least, ratio = min(chances)
    return ratio, min(1.0, least * len(chances))


def _n_seen(told: Panel, event_time: int) -> int:
    """Return the regions under the policy that were seen so many periods before it."""
    return int(((told.starts + event_time >= 0) & (told.starts < len(told.periods))).sum())


def _placebos(told: Panel, estimate: float) -> tuple[int, int] | None:
    """Return how many starts before the policy would have shown at least as much, and of how many; None without."""
    shown = placebo_contrasts(told)
    return (int(at_least(shown, estimate, told).sum()), len(shown)) if len(shown) else None
