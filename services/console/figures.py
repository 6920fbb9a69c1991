"""What one comparison means for people: its mark, and the figures that may be shown with it.

A mark is certain only where the finding stands among all comparisons of the policy at once. Where the plan declares a
starting point, "no difference" means that starting point. Of a claim that combines others it is the mark of the whole.
"""

from dataclasses import dataclass
from enum import StrEnum

from contracts.evidence import COMBINED, EvidenceRow
from contracts.figures import HeldBack, Shown
from contracts.plan import Indicator, Plan
from pipelines.disclosure import disclose
from pipelines.severity import accepted_odds_ratio
from services.console.units import SHARE, Unit, unit_of


class Mark(StrEnum):
    """What a comparison means for the people watched; the values are class names of the style sheet."""

    WORSE = "slechter"
    PERHAPS_WORSE = "mogelijk-slechter"
    NO_DIFFERENCE = "geen"
    PERHAPS_BETTER = "mogelijk-beter"
    BETTER = "beter"
    TOO_SMALL = "klein"
    TOO_EARLY = "vroeg"

    @property
    def rank(self) -> int:
        """Place when the worst comes first; what is not shown comes after what is."""
        return list(Mark).index(self)

    @property
    def is_shown(self) -> bool:
        """Whether there is a judgement at all."""
        return self not in {Mark.TOO_SMALL, Mark.TOO_EARLY}


_CERTAIN = {"worse": Mark.WORSE, "better": Mark.BETTER}
_POSSIBLE = {"worse": Mark.PERHAPS_WORSE, "better": Mark.PERHAPS_BETTER}


@dataclass(frozen=True, slots=True)
class Range:
    """A difference and the bounds between which it almost certainly lies."""

    difference: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison as people see it; differences are watched minus reference, in outcome units.

    Attributes:
        mark: What it means for the people watched.
        sign: +1 where higher is better, -1 where lower is.
        range: Estimate and bounds of the difference; None where one of them may not be shown or does not exist yet.
        starting_point: Difference that the plan declared to exist already.
        shown: Everything else that may be shown.
        minimum: The plan's smallest cell.
        unit: How its figures are written.
    """

    mark: Mark
    sign: int
    range: Range | None
    starting_point: float
    shown: Shown
    minimum: int
    unit: Unit = SHARE

    @property
    def held_back(self) -> HeldBack | None:
        """Why nothing may be shown."""
        return self.shown.held_back

    @property
    def towards_worse(self) -> float:
        """Distance from the starting point towards worse, for ordering; 0 where nothing is shown."""
        return 0.0 if self.range is None else -self.sign * (self.range.difference - self.starting_point)


def figure_of(row: EvidenceRow | None, indicator: Indicator, plan: Plan) -> Figure:
    """Return the figure of a comparison; a comparison that no look has touched yet has no row.

    Args:
        row: The evidence.
        indicator: Whose figures are shown: of a trade-off the one that gets worse.
        plan: The plan.
    """
    sign = 1 if indicator.direction == "higher_is_better" else -1
    minimum, unit = plan.disclosure.minimum_cell, unit_of(indicator)
    if row is None:
        return Figure(Mark.TOO_EARLY, sign, None, 0.0, Shown(), minimum, unit)
    shown = disclose(row, plan)
    if row.claim == "trade_off":
        shown = _what_gets_worse(shown)
    start = _starting_point(shown, accepted_odds_ratio(row, plan)) if unit.is_share else 0.0
    seen, is_held_back = _range(shown), shown.held_back is not None
    if row.claim in COMBINED:
        mark = _mark_of_combined(row, held_back=is_held_back)
    else:
        relevant = indicator.relevant_difference
        mark = _mark(row, seen, held_back=is_held_back, sign=sign, start=start, relevant=relevant)
    return Figure(mark, sign, seen, start, shown, minimum, unit)


def _what_gets_worse(shown: Shown) -> Shown:
    """Return the figures of the other part of a trade-off, of which only the difference is known."""
    return Shown(
        n_a=shown.n_a,
        n_b=shown.n_b,
        difference=shown.other_difference,
        difference_lower=shown.other_difference_lower,
        difference_upper=shown.other_difference_upper,
        held_back=shown.held_back,
    )


def _range(shown: Shown) -> Range | None:
    """Return the difference with its bounds; a bare estimate is not shown."""
    if shown.difference is None or shown.difference_lower is None or shown.difference_upper is None:
        return None
    return Range(shown.difference, shown.difference_lower, shown.difference_upper)


def _starting_point(shown: Shown, odds_ratio: float) -> float:
    """Return the difference that an odds ratio makes at the share of the reference."""
    if shown.share_a is None or odds_ratio == 1.0:
        return 0.0
    weighted = shown.share_a * odds_ratio
    return weighted / (1.0 - shown.share_a + weighted) - shown.share_a


def _mark(row: EvidenceRow, seen: Range | None, *, held_back: bool, sign: int, start: float, relevant: float) -> Mark:
    if row.stands is not None:
        return _CERTAIN[row.stands]
    if row.state == "too_early" or held_back:
        return Mark.TOO_SMALL
    if seen is None:
        return Mark.TOO_EARLY
    if row.recent is not None:
        return _POSSIBLE[row.recent]
    step = sign * (seen.difference - start)
    if abs(step) < relevant and seen.lower <= start <= seen.upper:
        return Mark.NO_DIFFERENCE
    return _POSSIBLE["better" if step > 0 else "worse"]


def _mark_of_combined(row: EvidenceRow, *, held_back: bool) -> Mark:
    """Return the mark of a combined claim: its evidence says what the difference of one of its parts cannot."""
    if row.stands is not None:
        return _CERTAIN[row.stands]
    if row.state == "too_early" or held_back:
        return Mark.TOO_SMALL
    if max(row.log_e_worse, row.log_e_better) <= 0.0:
        return Mark.NO_DIFFERENCE
    return _POSSIBLE["better" if row.log_e_better > row.log_e_worse else "worse"]
