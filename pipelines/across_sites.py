"""The places of a policy side by side, as one view per outcome and arm: an effect in a place like these.

It is for people to read beside a verdict, and decides nothing. It lays counts of people together, each of whom has an
outcome or not: of values, clusters and repeated measures a row does not say how they are spread.
"""

from collections.abc import Iterable

import numpy as np

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import Plan
from pipelines.disclosure import counts_events, disclose
from pipelines.evidence.sites import AcrossSites, differences, random_effects

_FEWEST_SITES = 2


def across_sites(rows: Iterable[EvidenceRow], plan: Plan) -> dict[tuple[str, str], AcrossSites]:
    """Return the view across regions by indicator and arm; nothing where fewer than two regions can be laid together.

    Regions of which no figures may be shown are left out, so that no view gives away a region by the others.

    Args:
        rows: Evidence of the plan, of whatever claims; of a region that was told more than once the last row counts.
        plan: The plan in force.
    """
    if plan.cluster is not None or plan.measured == "repeatedly":
        return {}
    latest = {(row.indicator, row.arm, row.region): row for row in rows if _is_of_a_site(row)}
    sites: dict[tuple[str, str], list[EvidenceRow]] = {}
    for row in latest.values():
        if _is_shown(row, plan):
            sites.setdefault((row.indicator, row.arm), []).append(row)
    return {
        effect: _together(found, alpha=plan.evidence.alpha)
        for effect, found in sites.items()
        if len(found) >= _FEWEST_SITES
    }


def _is_of_a_site(row: EvidenceRow) -> bool:
    return row.claim == "effect" and row.group == POOLED and row.region != POOLED


def _is_shown(row: EvidenceRow, plan: Plan) -> bool:
    has_promise = row.state != "too_early" and row.guarantee != "descriptive"
    return has_promise and counts_events(row, plan) and disclose(row, plan).held_back is None


def _together(rows: list[EvidenceRow], *, alpha: float) -> AcrossSites:
    n_a, n_b = (np.array([getattr(row, name) for row in rows], dtype=np.float64) for name in ("n_a", "n_b"))
    share_a, share_b = (np.array([getattr(row, name) for row in rows]) / n for name, n in (("k_a", n_a), ("k_b", n_b)))
    ss_a, ss_b = n_a * share_a * (1.0 - share_a), n_b * share_b * (1.0 - share_b)
    return random_effects(*differences(n_a, share_a, ss_a, n_b, share_b, ss_b), alpha=alpha)
