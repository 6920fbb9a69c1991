"""The average effect of a roll-out as a weighted sum of outcomes.

Without covariates the average over group-time effects is linear in the outcomes, with weights that only the starts
decide. So what other starts would have shown costs a sum: starts that never were, and other draws of the same lot.
"""

from collections.abc import Iterator

import numpy as np

from pipelines.evidence.roll_out_panel import NEVER, Panel
from pipelines.evidence.tables import FloatArray, IntArray

_ROUNDING = 1e-12
"""Share of the largest outcome by which two equal sums may differ."""


def start_weights(starts: IntArray, n_periods: int) -> FloatArray:
    """Return the weights with which outcomes add up to the average effect.

    Each region and period under the policy counts once: its change since the period before its start, less the mean
    change of the regions in which the policy has not started by then. Rows and columns sum to 0.

    Args:
        starts: First period under the policy, `NEVER`, or `n_periods` and more; none is 0; shape (regions,).
        n_periods: Number of periods.

    Returns:
        Weights; shape (regions, periods), all 0 where there is nothing to compare.

    Source: Callaway and Sant'Anna (2021), the "simple" average with regions not yet treated for comparison.
    """
    weights, n_effects = np.zeros((len(starts), n_periods)), 0
    for start, period, n_treated, n_waiting in _cells(starts, n_periods):
        contrast = (starts == start) - _is_waiting(starts, period) * (n_treated / n_waiting)
        weights[:, period] += contrast
        weights[:, start - 1] -= contrast
        n_effects += n_treated
    return weights / max(n_effects, 1)


def count_effects(starts: IntArray, n_periods: int) -> int:
    """Return the number of regions and periods under the policy that have something to be compared with."""
    return sum(n_treated for _, _, n_treated, _ in _cells(starts, n_periods))


def count_compared(starts: IntArray, n_periods: int) -> tuple[int, float]:
    """Return the regions whose effect is averaged, and those it is compared with (their harmonic mean over effects)."""
    cells = list(_cells(starts, n_periods))
    if not cells:
        return 0, 0.0
    n_treated = sum({start: n for start, _, n, _ in cells}.values())
    return n_treated, sum(n for _, _, n, _ in cells) / sum(n / n_waiting for _, _, n, n_waiting in cells)


def contrast_of(panel: Panel) -> float:
    """Return the average effect over regions and periods under the policy (outcome units)."""
    return _sum(start_weights(panel.starts, len(panel.periods)), panel.mean)


def placebo_contrasts(panel: Panel) -> FloatArray:
    """Return the effects that the policy would seem to have had if all starts were 1, 2, ... periods earlier.

    Only periods before the first start are read, so nothing that the policy did can be in it. Shape (earlier,): empty
    where fewer than two such periods were seen.
    """
    first = int(panel.starts[panel.starts != NEVER].min())
    earlier = (np.where(panel.starts == NEVER, NEVER, panel.starts - by) for by in range(1, first))
    return np.array([_sum(start_weights(starts, first), panel.mean[:, :first]) for starts in earlier])


def share_of_draws(panel: Panel, *, rng: np.random.Generator, n_draws: int) -> float:
    """Return the share of draws of the same starts over these regions, the real one among them, that show as much.

    Under no effect in any region all draws were as likely, so this is a p-value for one look.
    """
    weights = start_weights(panel.starts, len(panel.periods))
    added = (panel.mean - panel.mean.mean(axis=1, keepdims=True)) @ weights.T  # by a region in the place of another
    places = np.arange(len(panel.regions))
    draws = rng.permuted(np.tile(places, (n_draws, 1)), axis=1)
    shown = np.abs(added[places, draws].sum(axis=1))
    return (1 + int(at_least(shown, np.trace(added), panel).sum())) / (n_draws + 1)


def at_least(shown: FloatArray, effect: float, panel: Panel) -> FloatArray:
    """Return which effects are as large as this one, in size, but for rounding; shape as `shown`."""
    return np.asarray(np.abs(shown) >= abs(effect) - _ROUNDING * np.abs(panel.mean).max())


def _cells(starts: IntArray, n_periods: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield start, period, regions with that start and regions to compare with, where there are both."""
    for start in map(int, np.unique(starts[(starts > 0) & (starts < n_periods)])):
        for period in range(start, n_periods):
            n_waiting = int(_is_waiting(starts, period).sum())
            if n_waiting:
                yield start, period, int((starts == start).sum()), n_waiting


def _is_waiting(starts: IntArray, period: int) -> IntArray:
    return np.asarray((starts == NEVER) | (starts > period), dtype=np.int64)


def _sum(weights: FloatArray, mean: FloatArray) -> float:
    return float((weights * (mean - mean.mean(axis=1, keepdims=True))).sum())
