"""What may be shown of a row of evidence, and said in a signal: no small cells, rounded counts, and why if not.

A cell is small when fewer people than the plan's `minimum_cell` are in it. Three cells of each side count: the people,
those with the outcome and those without. Where one of the six is small all figures of the row are held back, since a
difference and one share would give the other share away, and so is the exact strength of the evidence, from which the
counts could be sought. What is concluded (the direction that stands, the severity of a signal) is still said.
"""

from collections.abc import Iterator

import msgspec

from contracts.evidence import EvidenceRow
from contracts.figures import Figures, HeldBack, Shown, ShownEvidence
from contracts.plan import Disclosure, Indicator, Plan
from contracts.signal import Signal
from pipelines.severity import Aspects

_DECIMALS = 3
_DECIMALS_OF_EVIDENCE = 2


def disclose(row: EvidenceRow, rule: Disclosure) -> Shown:
    """Return the figures of a row of counts that the plan's rule allows people to see."""
    reason = _why_held_back(row, rule)
    if reason is not None:
        return Shown(held_back=reason)
    return Shown(
        n_a=round_to(row.n_a, rule.round_to),
        n_b=round_to(row.n_b, rule.round_to),
        share_a=_short(row.k_a / row.n_a),
        share_b=_short(row.k_b / row.n_b),
        difference=_short(row.difference),
        difference_lower=_short(row.difference_lower),
        difference_upper=_short(row.difference_upper),
        estimate=_short(row.estimate),
        lower=_short(row.lower),
        upper=_short(row.upper),
    )


def disclose_evidence(row: EvidenceRow, rule: Disclosure) -> ShownEvidence:
    """Return how strong the evidence of a row is, as far as the plan's rule allows people to see it."""
    if _why_held_back(row, rule) is not None:
        return ShownEvidence()
    return ShownEvidence(
        log_e_worse=_coarse(row.log_e_worse),
        log_e_better=_coarse(row.log_e_better),
        log_detector_worse=_coarse(row.log_detector_worse),
        log_detector_better=_coarse(row.log_detector_better),
        smallest_visible=_short(row.smallest_visible),
    )


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
    evidence = disclose_evidence(row, plan.disclosure)
    return Figures(
        **msgspec.structs.asdict(disclose(row, plan.disclosure)),
        plan_version=row.plan_version,
        look=row.look,
        look_index=row.look_index,
        stands=row.stands,
        recent=row.recent,
        log_e=evidence.log_e_worse if worse else evidence.log_e_better,
        log_detector=evidence.log_detector_worse if worse else evidence.log_detector_better,
        smallest_visible=evidence.smallest_visible,
        relevant_difference=indicator.relevant_difference,
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


def _why_held_back(row: EvidenceRow, rule: Disclosure) -> HeldBack | None:
    return next(_small_cells(row, rule.minimum_cell), None)


def _small_cells(row: EvidenceRow, minimum: int) -> Iterator[HeldBack]:
    for people, events in ((row.n_a, row.k_a), (row.n_b, row.k_b)):
        cells: tuple[tuple[HeldBack, int], ...] = (
            ("few_people", people),
            ("few_with_outcome", events),
            ("few_without_outcome", people - events),
        )
        yield from (reason for reason, size in cells if size < max(minimum, 1))


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


def _coarse(nats: float | None) -> float | None:
    return None if nats is None else round(nats, _DECIMALS_OF_EVIDENCE)
