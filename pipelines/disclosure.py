"""What may be shown of a row of evidence, and said in a signal: no small cells, rounded counts, and why if not.

A cell is small when fewer people than the plan's `minimum_cell` are in it. Of an outcome that is had or not, three
cells of each side count: the people, those with the outcome and those without. Where one of the six is small all
figures of the row are held back, since a difference and one share would give the other share away, and so is the exact
strength of the evidence, from which the counts could be sought. What is concluded (the direction that stands, the
severity of a signal) is still said.

    values      the total is no number of people: the people alone count, and the mean is shown in place of the share
    clusters    are fewer than the people in them, and their shares add up to no more than the events: the rule of
                people and events holds for them, on the safe side
    level       has no reference: the watched side alone counts
    cumulation  is about several outcomes: the people alone count, and nothing of one outcome is shown
    pairs       the other part is shown with its interval, which opens only behind a gate of events, or not at all
"""

from collections.abc import Iterator

import msgspec

from contracts.evidence import POOLED, EvidenceRow
from contracts.figures import Figures, HeldBack, Shown, ShownEvidence
from contracts.plan import Plan
from contracts.signal import Signal
from pipelines.severity import Aspects, relevant_difference

_DECIMALS = 3
_DECIMALS_OF_EVIDENCE = 2
_FIGURES = (
    *("difference", "difference_lower", "difference_upper", "estimate", "lower", "upper"),
    *("selected_lower", "selected_upper"),
)
_OTHER = ("other_difference", "other_difference_lower", "other_difference_upper")


def disclose(row: EvidenceRow, plan: Plan) -> Shown:
    """Return the figures of a row that the plan's rule allows people to see."""
    reason = _why_held_back(row, plan)
    if reason is not None:
        return Shown(held_back=reason)
    step, is_of_all = plan.disclosure.round_to, row.indicator == POOLED
    people = Shown(
        n_a=round_to(row.n_a, step) if row.n_a else None,
        n_b=round_to(row.n_b, step),
        share_a=None if is_of_all else _mean(row.k_a, row.n_a),
        share_b=None if is_of_all else _mean(row.k_b, row.n_b),
    )
    figures = {name: _short(getattr(row, name)) for name in (*_FIGURES, *_other_part(row, plan))}
    return msgspec.structs.replace(people, **figures)


def disclose_evidence(row: EvidenceRow, plan: Plan) -> ShownEvidence:
    """Return how strong the evidence of a row is, as far as the plan's rule allows people to see it."""
    if _why_held_back(row, plan) is not None:
        return ShownEvidence()
    return ShownEvidence(
        log_e_worse=_coarse(row.log_e_worse),
        log_e_better=_coarse(row.log_e_better),
        log_detector_worse=_coarse(row.log_detector_worse),
        log_detector_better=_coarse(row.log_detector_better),
        smallest_visible=_short(row.smallest_visible),
    )


def disclosed_reason(row: EvidenceRow, plan: Plan) -> str | None:
    """Return why less may be concluded; of a row that is held back the code alone, since the text may count people."""
    if row.reason is None or _why_held_back(row, plan) is None:
        return row.reason
    return row.reason.partition(":")[0]


def figures_of(row: EvidenceRow, signal: Signal, aspects: Aspects, *, plan: Plan) -> Figures:
    """Return the figures of a signal at this row.

    Args:
        row: The latest evidence about the signal's subject.
        signal: The signal as it is from now on.
        aspects: Points of the evidence.
        plan: The plan whose rule of disclosure holds.
    """
    worse = signal.subject.direction == "worse"
    evidence = disclose_evidence(row, plan)
    return Figures(
        **msgspec.structs.asdict(disclose(row, plan)),
        plan_version=row.plan_version,
        look=row.look,
        look_index=row.look_index,
        stands=row.stands,
        recent=row.recent,
        log_e=evidence.log_e_worse if worse else evidence.log_e_better,
        log_detector=evidence.log_detector_worse if worse else evidence.log_detector_better,
        smallest_visible=evidence.smallest_visible,
        relevant_difference=relevant_difference(row, plan),
        looks=signal.memory.look_index - signal.memory.since + 1,
        regions=signal.memory.regions,
        size=aspects.size,
        certainty=aspects.certainty,
        duration=aspects.duration,
        weight=aspects.weight,
    )


def round_to(count: int, step: int) -> int:
    """Return the multiple of `step` nearest to `count`; halves go up, a step of 0 or 1 rounds nothing."""
    return count if step <= 1 else (2 * count + step) // (2 * step) * step


def _why_held_back(row: EvidenceRow, plan: Plan) -> HeldBack | None:
    return next(_small_cells(row, plan), None)


def _small_cells(row: EvidenceRow, plan: Plan) -> Iterator[HeldBack]:
    minimum, are_events = max(plan.disclosure.minimum_cell, 1), counts_events(row, plan)
    looks = max(row.look_index, 1) if plan.measured == "repeatedly" else 1  # the same people in every look
    sides = ((row.n_a / looks, row.k_a / looks), (row.n_b / looks, row.k_b / looks))
    for people, events in sides[1:] if row.claim == "level" else sides:
        if people < minimum:
            yield "few_people"
        if are_events and events < minimum:
            yield "few_with_outcome"
        if are_events and people - events < minimum:
            yield "few_without_outcome"


def counts_events(row: EvidenceRow, plan: Plan) -> bool:
    """Return whether the row counts people with an outcome; else it adds up values, or is about several outcomes."""
    indicator = plan.indicator(row.indicator)
    return row.indicator != POOLED and (indicator is None or indicator.type == "binary")


def _other_part(row: EvidenceRow, plan: Plan) -> tuple[str, ...]:
    """Return the figures of the other part of a combined claim, if its interval shows that it is no small cell."""
    is_bounded = row.other_difference_lower is not None and row.other_difference_upper is not None
    return _OTHER if is_bounded and plan.evidence.minimum_events >= plan.disclosure.minimum_cell else ()


def _mean(total: float, people: int) -> float | None:
    """Return the share with the outcome, or the mean of the values; None where there is no such side."""
    return _short(total / people) if people else None


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


def _coarse(nats: float | None) -> float | None:
    return None if nats is None else round(nats, _DECIMALS_OF_EVIDENCE)
