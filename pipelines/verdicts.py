"""A verdict per outcome and arm: what an experiment says by now, and what was expected of it.

better, worse         the effect stands for everybody, and nowhere the other way
mixed                 it stands both ways, or in some groups or regions and not for everybody
no_difference_seen    nothing stands; perhaps a difference that matters is ruled out
too_early             nothing may be concluded; `why` says whether that is a matter of waiting
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.evidence import POOLED, Claim, Direction, EvidenceRow
from contracts.plan import Indicator, Plan

Word = Literal["better", "worse", "mixed", "no_difference_seen", "too_early"]
Why = Literal[
    "stands",
    "stands_both_ways",
    "stands_somewhere_only",
    "nothing_stands",
    "too_early",
    "too_few",
    "descriptive",
    "not_identified",
]
Seen = Literal["inside", "below", "above", "uncertain"]

_ABOUT_EFFECTS: frozenset[Claim] = frozenset({"effect", "divergence"})

_REFUSED: tuple[Why, ...] = ("too_early", "too_few", "descriptive", "not_identified")


@dataclass(frozen=True, slots=True)
class Expected:
    """What was registered of an effect before the first look, beside what is seen.

    Attributes:
        low, high: Registered range of the difference (outcome units).
        seen: Where the interval of the difference lies; `uncertain` while it lies partly inside, or does not exist.
    """

    low: float
    high: float
    seen: Seen


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the effect of an arm on an outcome is by now.

    Attributes:
        indicator, arm: Which effect.
        word, why: The verdict, and the rule that gave it.
        whole: The row over all groups and regions; None before there is one.
        standing: Rows that stand, the whole among them.
        rules_out_relevant: Whether the interval lies wholly inside the relevant difference, on both sides of 0.
        expected: None where nothing was registered for this arm.
    """

    indicator: str
    arm: str
    word: Word
    why: Why
    whole: EvidenceRow | None
    standing: tuple[EvidenceRow, ...]
    rules_out_relevant: bool
    expected: Expected | None

    @property
    def smallest_visible(self) -> float | None:
        """Smallest difference that could have been seen by now (outcome units)."""
        return None if self.whole is None else self.whole.smallest_visible


def verdicts(rows: Sequence[EvidenceRow], plan: Plan) -> tuple[Verdict, ...]:
    """Return the verdict on every indicator and watched arm, in the order of the plan.

    Args:
        rows: Evidence of the plan, of whatever claims; of a claim that was told more than once the last row counts.
        plan: The plan in force. A policy without arms has no effects and no verdicts.
    """
    arms = plan.arms.watched if plan.arms is not None else ()
    latest = {_cell(row): row for row in rows if row.claim in _ABOUT_EFFECTS}
    by_effect: dict[tuple[str, str], list[EvidenceRow]] = {}
    for row in latest.values():
        by_effect.setdefault((row.indicator, row.arm), []).append(row)
    return tuple(
        _verdict(by_effect.get((indicator.id, arm), []), indicator, arm)
        for indicator in plan.indicators
        for arm in arms
    )


def word_of(whole: Direction | None, parts: Collection[Direction]) -> tuple[Word, Why]:
    """Return the verdict on an effect that may be concluded from.

    Args:
        whole: Which way it stands for everybody.
        parts: Which ways it stands in groups and regions.
    """
    if len({*parts, whole} - {None}) > 1:
        return "mixed", "stands_both_ways"
    if whole is not None:
        return whole, "stands"
    return ("mixed", "stands_somewhere_only") if parts else ("no_difference_seen", "nothing_stands")


def _verdict(rows: Sequence[EvidenceRow], indicator: Indicator, arm: str) -> Verdict:
    whole = next((row for row in rows if _is_whole(row)), None)
    parts = [way for row in rows if not _is_whole(row) for way in _ways(row)]
    word, why = word_of(None if whole is None else whole.stands, parts)
    refusal = _refusal(whole)
    bounds = _bounds(whole) if refusal is None else None
    registered = [(low, high) for name, low, high in indicator.expected if name == arm]
    return Verdict(
        indicator=indicator.id,
        arm=arm,
        word=word if refusal is None else "too_early",
        why=refusal or why,
        whole=whole,
        standing=tuple(row for row in rows if row.stands is not None),
        rules_out_relevant=_lies_inside(bounds, -indicator.relevant_difference, indicator.relevant_difference),
        expected=next((Expected(low, high, _seen(bounds, low, high)) for low, high in registered), None),
    )


def _is_whole(row: EvidenceRow) -> bool:
    return row.claim == "effect" and row.group == row.region == POOLED


def _ways(row: EvidenceRow) -> tuple[Direction, ...]:
    """Return which ways the effect stands by this row: where groups diverge, one is harmed and the rest is helped."""
    if row.stands is None:
        return ()
    return ("worse", "better") if row.claim == "divergence" else (row.stands,)


def _refusal(whole: EvidenceRow | None) -> Why | None:
    """Return why nothing may be concluded, None where something may."""
    if whole is None:
        return "too_early"
    if whole.state != "too_early" and whole.guarantee != "descriptive":
        return None
    given = (code for code in _REFUSED if (whole.reason or "").startswith(f"{code}:"))
    return next(given, "descriptive" if whole.state != "too_early" else "too_early")


Bounds = tuple[float, float]


def _bounds(whole: EvidenceRow | None) -> Bounds | None:
    """Return the interval of the difference; None where it has not both ends."""
    if whole is None or whole.difference_lower is None or whole.difference_upper is None:
        return None
    return whole.difference_lower, whole.difference_upper


def _lies_inside(bounds: Bounds | None, low: float, high: float) -> bool:
    return bounds is not None and low < bounds[0] and bounds[1] < high


def _seen(bounds: Bounds | None, low: float, high: float) -> Seen:
    if bounds is None:
        return "uncertain"
    lower, upper = bounds
    if upper < low:
        return "below"
    if lower > high:
        return "above"
    return "inside" if low <= lower and upper <= high else "uncertain"


def _cell(row: EvidenceRow) -> tuple[str, ...]:
    return (row.claim, row.indicator, row.arm, row.region, row.group)
