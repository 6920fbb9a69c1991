"""How a terminal writes what one side of a comparison has: people with an outcome, or the mean of their values."""

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import Plan
from pipelines.disclosure import counts_events


def sides(row: EvidenceRow, plan: Plan, *, decimals: int) -> tuple[str, str]:
    """Return the reference and the watched side; shares in per cent with so many decimals.

    A level has no reference, and setbacks in several outcomes have none of one outcome.
    """
    if row.indicator == POOLED:
        return f"{row.n_a:,}", f"{row.n_b:,}"
    is_counted = counts_events(row, plan)
    reference = "-" if row.claim == "level" else _amount(row.k_a, row.n_a, is_counted=is_counted, decimals=decimals)
    return reference, _amount(row.k_b, row.n_b, is_counted=is_counted, decimals=decimals)


def _amount(total: float, people: int, *, is_counted: bool, decimals: int) -> str:
    if not people:
        return "nobody"
    mean = total / people
    return f"{total:,} of {people:,} ({mean:.{decimals}%})" if is_counted else f"{mean:,.4g} in {people:,}"
