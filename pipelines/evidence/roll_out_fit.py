"""Group-time effects of a roll-out by the library diff-diff, with errors that are clustered by region."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student

from pipelines.evidence.roll_out_contrast import count_compared
from pipelines.evidence.roll_out_panel import NEVER, Panel

if TYPE_CHECKING:
    from pandas import DataFrame

_NO_SPREAD = 1e-12
"""Standard error, as a share of the largest outcome, that is rounding and not spread."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What the library estimates.

    Attributes:
        estimate: Average effect over regions and periods under the policy (outcome units).
        standard_error: None where one region alone is treated or compared with, which has no spread of its own.
        degrees: Degrees of freedom of Student's t for it: one less than regions treated or compared with.
        by_event_time: Periods since the start (below 0 before it, against the last period before), effect and standard
            error.
    """

    estimate: float
    standard_error: float | None
    degrees: float
    by_event_time: tuple[tuple[int, float, float | None], ...]

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Return the interval that covers with 1 - alpha at one look; None where nothing is known of the spread."""
        if self.standard_error is None:
            return None, None
        reach = float(student.ppf(1.0 - alpha / 2.0, self.degrees)) * self.standard_error
        return self.estimate - reach, self.estimate + reach


def fit(panel: Panel) -> Fit:
    """Return the estimates for a panel in which every region has units in every period and none starts at once.

    Regions count alike, however many units they have: they are what the policy was given to. The library's normal
    interval is not used: of 24 regions of which 2 have the policy it misses six times as often as it says.
    """
    from diff_diff import CallawaySantAnna  # noqa: PLC0415  (half a second to import, needed by few plans)

    estimator = CallawaySantAnna(control_group="not_yet_treated", estimation_method="reg", base_period="universal")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it tells of cells without comparison, which are left out
        fitted = estimator.fit(_long(panel), outcome="outcome", unit="region", time="period", first_treat="start")
        events = fitted.aggregate("event_study").to_dataframe()
    n_treated, n_compared = count_compared(panel.starts, len(panel.periods))
    degrees, smallest = min(float(n_treated), n_compared) - 1.0, _NO_SPREAD * float(np.abs(panel.mean).max())
    error = _spread(fitted.overall_se, smallest) if degrees >= 1.0 else None
    shown = events[~events["is_reference"]]
    columns = (shown["event_time"], shown["att"], shown["se"])
    by_event_time = tuple(
        (int(e), float(effect), _spread(se, smallest)) for e, effect, se in zip(*columns, strict=True)
    )
    return Fit(float(fitted.overall_att), error, degrees, by_event_time)


def _long(panel: Panel) -> "DataFrame":
    """Return a row per region and period; the library counts periods from 1 and writes never as 0."""
    from pandas import DataFrame  # noqa: PLC0415  (see above)

    n_regions, n_periods = panel.n.shape
    is_seen = (panel.starts != NEVER) & (panel.starts < n_periods)
    columns = {
        "region": np.repeat(np.arange(n_regions), n_periods),
        "period": np.tile(np.arange(1, n_periods + 1), n_regions),
        "outcome": panel.mean.reshape(-1),
        "start": np.repeat(np.where(is_seen, panel.starts + 1, 0), n_periods),
    }
    return DataFrame(columns)


def _spread(error: float, smallest: float) -> float | None:
    return float(error) if np.isfinite(error) and error > smallest else None
