"""The figures of a signal's sentence at one moment, disclosure-checked, so that a screen can say it years later."""

import msgspec

from contracts.evidence import Direction, EvidenceRow
from contracts.plan import Indicator, Plan
from pipelines.disclosure import Shown, disclose
from pipelines.severity import Aspects
from pipelines.signal import Signal


class Figures(Shown, frozen=True, kw_only=True):
    """What a signal said when it was raised, changed or withdrawn; history does not change.

    Attributes:
        plan_version, look, look_index: Where the figures come from.
        stands, recent: Direction found by e-BH over e-processes and over detectors.
        log_e, log_detector: Evidence in the signal's direction (nats).
        smallest_visible, relevant_difference: Smallest difference that could have been seen, and that matters.
        looks: Looks the signal has been open.
        regions: Regions in which the same stands on its own.
        size, certainty, duration, weight: Points that made the severity.
    """

    plan_version: int
    look: str
    look_index: int
    stands: Direction | None
    recent: Direction | None
    log_e: float
    log_detector: float | None
    smallest_visible: float | None
    relevant_difference: float
    looks: int
    regions: tuple[str, ...]
    size: int
    certainty: int
    duration: int
    weight: int


def figures_of(row: EvidenceRow, signal: Signal, aspects: Aspects, *, plan: Plan, indicator: Indicator) -> Figures:
    """Return the figures of a signal at this row.

    Args:
        row: The latest evidence about the signal's subject.
        signal: The signal as it is from now on.
        aspects: Points of the evidence.
        plan: The plan whose rule of disclosure holds.
        indicator: What the row measures.
    """
    worse = signal.subject.direction == "worse"
    return Figures(
        **msgspec.structs.asdict(disclose(row, plan.disclosure)),
        plan_version=row.plan_version,
        look=row.look,
        look_index=row.look_index,
        stands=row.stands,
        recent=row.recent,
        log_e=row.log_e_worse if worse else row.log_e_better,
        log_detector=row.log_detector_worse if worse else row.log_detector_better,
        smallest_visible=row.smallest_visible,
        relevant_difference=indicator.relevant_difference,
        looks=signal.memory.look_index - signal.memory.since + 1,
        regions=signal.memory.regions,
        size=aspects.size,
        certainty=aspects.certainty,
        duration=aspects.duration,
        weight=aspects.weight,
    )
