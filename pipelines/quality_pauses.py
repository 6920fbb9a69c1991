"""Which policy signals are paused: what a critical failure begins, and what ends it.

**Hysteresis.** A pause begins with the first failure, since what is told meanwhile cannot be taken back; it ends after
two judgements in a row that pass, so that one batch that wobbles flips nothing. What could not be judged changes
nothing. A cell is not paused on its own account while the same rule has paused what it is part of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from contracts.evidence import POOLED
from contracts.plan import MISSING, Plan
from contracts.quality import Cell, QualityResult, Series
from contracts.signal import Subject

PASSES_TO_END = 2


def moved(results: Sequence[QualityResult], passes: dict[str, int]) -> tuple[tuple[Series, ...], tuple[Series, ...]]:
    """Return the series whose pause begins and those whose pause ends, and remember how it stands.

    Args:
        results: What was judged, in order.
        passes: Of each paused series, how often it passed in a row; changed.
    """
    begun: list[Series] = []
    ended: list[Series] = []
    for result in sorted(results, key=_broad_first):
        series = result.series
        if result.severity != "critical" or result.outcome not in {"failed", "passed"}:
            continue
        if result.outcome == "failed" and series.key in passes:
            passes[series.key] = 0
        elif result.outcome == "failed" and not any(each.key in passes for each in _wider(series)):
            passes[series.key] = 0
            begun.append(series)
        elif result.outcome == "passed" and series.key in passes:
            passes[series.key] += 1
            if passes[series.key] >= PASSES_TO_END:
                del passes[series.key]
                ended.append(series)
    return tuple(begun), tuple(ended)


def _broad_first(result: QualityResult) -> int:
    return sum(part != POOLED for part in (result.indicator, result.arm, result.region, result.group))


def _wider(series: Series) -> Iterator[Series]:
    """Yield what the series is part of."""
    cell = series.cell
    if cell != Cell(cell.indicator):
        yield replace(series, cell=Cell(cell.indicator))
    if cell != Cell():
        yield replace(series, cell=Cell())


def covers(cell: Cell, subject: Subject, plan: Plan) -> bool:
    """Return whether a pause of this cell holds back a signal about this subject.

    A pause of one region or group leaves what is about all of them: so does their small part in it. A pause of the
    reference arm holds back every arm that is compared with it. What is said of several outcomes rests on those that
    are not mere context. Drop-out is about the data itself and is told.
    """
    if subject.indicator.endswith(MISSING):
        return False
    indicators = {subject.indicator, subject.other_indicator, POOLED}
    if subject.indicator == POOLED:
        indicators |= {each.id for each in plan.indicators if each.role != "context"}
    arms = {subject.arm, POOLED}
    if plan.arms is not None and subject.arm in plan.arms.watched:
        arms.add(plan.arms.reference)
    return (
        cell.indicator in indicators
        and cell.arm in arms
        and cell.region in {subject.region, POOLED}
        and cell.group in {subject.group, POOLED}
    )
