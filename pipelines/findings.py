"""Which rows of evidence are findings: worth a conversation with the office that decides.

    effect, gap                             worse, standing or recent; an effect also when better stands
    level                                   below the floor; a target that is not reached yet is no finding
    elsewhere                               once it stands, and no comparison area shows as much
    divergence, effects_differ,
    average_hides, trade_off,
    later, cumulation                       once they stand
    co_benefit                              once it stands, as news
    roll_out                                never: it is described, and no hypothesis
    effect on an outcome that is missing    once it stands for everybody, either way: drop-out differs between the arms

A claim that combines others is a finding of its own, beside those of its parts: it says something that they do not.
"""

from collections.abc import Iterator

from contracts.evidence import POOLED, Claim, Direction, EvidenceRow
from contracts.plan import MISSING, Plan

_BETTER_IS_NEWS: frozenset[Claim] = frozenset({"effect", "co_benefit"})


def findings(row: EvidenceRow, plan: Plan) -> Iterator[Direction]:
    """Yield the directions in which a row is a finding."""
    if is_drop_out(row):
        if row.stands is not None and row.group == row.region == POOLED:
            yield row.stands
        return
    if "worse" in {row.stands, row.recent} and _is_harm(row, plan):
        yield "worse"
    if row.stands == "better" and row.claim in _BETTER_IS_NEWS:
        yield "better"


def is_drop_out(row: EvidenceRow) -> bool:
    """Return whether a row is about whose outcome was not received: neither direction is better or worse for anyone."""
    return row.indicator.endswith(MISSING)


def _is_harm(row: EvidenceRow, plan: Plan) -> bool:
    """Return whether what is worse is harm: to stay below a target is not, nor what comparison areas show as well."""
    if row.claim == "elsewhere":
        return row.placebos is None or row.placebos[0] == 0
    indicator = plan.indicator(row.indicator)
    return row.claim != "level" or (indicator is not None and indicator.floor is not None)
