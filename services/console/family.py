"""How much evidence a finding needs: it depends on how many comparisons of its family are tested at once."""

from dataclasses import dataclass
from math import inf, log

from contracts.evidence import POOLED
from contracts.plan import Plan
from infra.postgres.evidence_reading import Chosen

MOST_COMPARED = 5_000
"""Comparisons of a family that a page looks through; with more it does not name the threshold."""

_FAMILIES = 2
_DIRECTIONS = 2


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which e-value on a finding stands now.

    Attributes:
        log_e: The threshold (nats).
        n_hypotheses: Hypotheses in the family: both directions of every comparison with enough people.
        n_standing: Findings in the family that stand.
    """

    log_e: float
    n_hypotheses: int
    n_standing: int


def family(plan: Plan, *, pooled: bool) -> tuple[Chosen, ...]:
    """Return the comparisons that are tested together: those over all regions, or those of single regions."""
    indicators = tuple(indicator.id for indicator in plan.indicators)
    regions = (POOLED,) if pooled else plan.choices.areas.here
    found = []
    if plan.claims.effect is not None and plan.arms is not None:
        groups = (POOLED, *(group.id for group in plan.groups))
        found.append(Chosen(("effect",), indicators, plan.arms.watched, regions, groups))
    if plan.claims.gap is not None:
        arms = (POOLED, *(plan.arms.every if plan.arms is not None else ()))
        groups = tuple(group.id for group in plan.groups if group.disadvantaged)
        found.append(Chosen(("gap",), indicators, arms, regions, groups))
    return tuple(found)


def threshold(plan: Plan, *, n_comparisons: int, n_standing: int, stands: bool) -> Threshold:
    """Return the evidence from which a finding stands in a family, by the e-BH rule at the family's half of alpha.

    Args:
        plan: Gives alpha.
        n_comparisons: Comparisons with enough people on both sides.
        n_standing: Findings that stand.
        stands: Whether the finding in question is one of them; if not, it would be the next.
    """
    n_hypotheses = _DIRECTIONS * n_comparisons
    together = n_standing if stands else n_standing + 1
    needed = log(n_hypotheses * _FAMILIES / (plan.evidence.alpha * together)) if n_hypotheses else inf
    return Threshold(needed, n_hypotheses, n_standing)
