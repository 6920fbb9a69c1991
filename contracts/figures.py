"""The figures of a signal's sentence at one moment, disclosure-checked, so that a screen can say it years later."""

from typing import Literal

import msgspec

from contracts.evidence import Direction

HeldBack = Literal["few_people", "few_with_outcome", "few_without_outcome"]
"""Which kind of cell is small, on either side; screens put it into words together with the plan's minimum."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a row that people may see.

    Attributes:
        n_a, n_b: People (or clusters), reference and watched, rounded; None where held back, `n_a` also where there is
            no reference.
        share_a, share_b: Shares with the outcome, to a tenth of a per cent; means of values.
        difference, difference_lower, difference_upper: b minus a in outcome units.
        estimate, lower, upper: Odds ratio b:a and its interval, or the difference again.
        selected_lower, selected_upper: The interval that allows for having been selected as standing.
        other_difference, other_difference_lower, other_difference_upper: Of a combined claim, the other part.
        held_back: Why the figures are missing; None where they are not.
    """

    n_a: int | None = None
    n_b: int | None = None
    share_a: float | None = None
    share_b: float | None = None
    difference: float | None = None
    difference_lower: float | None = None
    difference_upper: float | None = None
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    selected_lower: float | None = None
    selected_upper: float | None = None
    other_difference: float | None = None
    other_difference_lower: float | None = None
    other_difference_upper: float | None = None
    held_back: HeldBack | None = None


class ShownEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """How strong the evidence of a row is, as far as people may see it: too coarse to count people from.

    Attributes:
        log_e_worse, log_e_better: Evidence by direction (nats); None where the row is held back.
        log_detector_worse, log_detector_better: Evidence that something began lately, by direction (nats).
        smallest_visible: Smallest difference that could have been seen (outcome units).
    """

    log_e_worse: float | None = None
    log_e_better: float | None = None
    log_detector_worse: float | None = None
    log_detector_better: float | None = None
    smallest_visible: float | None = None


class Figures(Shown, frozen=True, kw_only=True):
    """What a signal said when it was raised, changed or withdrawn; history does not change.

    Attributes:
        plan_version, look, look_index: Where the figures come from.
        stands, recent: Direction found by e-BH over e-processes and over detectors.
        log_e, log_detector: Evidence in the signal's direction (nats); None where the figures are held back.
        smallest_visible, relevant_difference: Smallest difference that could have been seen, and that matters; None of
            what is about all indicators together.
        looks: Looks the signal has been open.
        regions: Regions in which the same stands on its own.
        size, certainty, duration, weight: Points that made the severity.
    """

    plan_version: int
    look: str
    look_index: int
    stands: Direction | None
    recent: Direction | None
    log_e: float | None
    log_detector: float | None
    smallest_visible: float | None
    relevant_difference: float | None
    looks: int
    regions: tuple[str, ...]
    size: int
    certainty: int
    duration: int
    weight: int
