"""How much evidence a finding needs: it depends on how many comparisons of its family are tested at once."""

from dataclasses import dataclass
from math import inf, log

from contracts.plan import Plan
from infra.postgres.evidence_reading import Chosen
from services.claimed import combined, comparisons

MOST_COMPARED = 5_000
"""Comparisons of a family that a page looks through; with more it does not name the threshold."""

_FAMILIES = 2


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which e-value on a finding stands now.

    Attributes:
        log_e: The threshold (nats).
        n_hypotheses: Hypotheses in the family: both directions of every comparison with enough people, and combined
            claims.
        n_standing: Findings in the family that stand.
    """

    log_e: float
    n_hypotheses: int
    n_standing: int


def family(plan: Plan, *, pooled: bool) -> tuple[Chosen, ...]:
    """Return what is tested together: everything over all regions, or everything of single regions and areas."""
    return (*comparisons(plan, pooled=pooled), *combined(plan, pooled=pooled))


def threshold(plan: Plan, *, n_hypotheses: int, n_standing: int, stands: bool) -> Threshold:
    """Return the evidence from which a finding stands in a family, by the e-BH rule at the family's half of alpha.

    Args:
        plan: Gives alpha.
        n_hypotheses: Hypotheses with enough people.
        n_standing: Findings that stand.
        stands: Whether the finding in question is one of them; if not, it would be the next.
    """
    together = n_standing if stands else n_standing + 1
    needed = log(n_hypotheses * _FAMILIES / (plan.evidence.alpha * together)) if n_hypotheses else inf
    return Threshold(needed, n_hypotheses, n_standing)
