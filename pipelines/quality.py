"""The inspection of a policy's records, micro-batch by micro-batch: what to check, and what came of it.

A micro-batch is examined (which frames with which suites), validated elsewhere, and concluded (results, pauses, and the
state that goes on). It is a function of the records and the state before, so what is read again is found again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contracts.expectations import Check, Frame, Value, cell_suite, record_suite
from contracts.period import Grain, period_at
from contracts.plan import Plan
from contracts.quality import Cell, QualityResult, Series
from contracts.quality_rules import RULES
from contracts.records import PeriodClosed
from pipelines.quality_figures import Figures, figures
from pipelines.quality_looks import ClosedLook, Watch, close_up_to, is_too_late, take
from pipelines.quality_pauses import moved
from pipelines.quality_results import cell_results, record_results
from pipelines.quality_rows import Lot
from pipelines.quality_state import PolicyState

_DAY_MS = 86_400_000
_DAYS = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 31, Grain.QUARTER: 92, Grain.YEAR: 366}
_ON_CELLS = tuple(rule.id for rule in RULES.values() if rule.frame == "cells")


@dataclass(frozen=True, slots=True)
class Examination:
    """What is to be validated of a lot."""

    lot: Lot
    figures: tuple[Figures, ...]
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What came of a lot.

    Attributes:
        results: Every result.
        told: Those to be kept: of every rule and indicator, of what fails, and of what failed before.
        begun, ended: Series whose pause begins or ends.
    """

    results: tuple[QualityResult, ...]
    told: tuple[QualityResult, ...]
    begun: tuple[Series, ...]
    ended: tuple[Series, ...]


def examine(lot: Lot, state: PolicyState, *, now_ms: int) -> Examination:
    """Return what is to be validated of a lot; the looks of the state move on.

    Args:
        lot: The records.
        state: What is known of the policy; changed.
        now_ms: The present (ms since 1970, UTC).
    """
    found = tuple(_figures(lot, state))
    state.last_ms = lot.last_ms if lot.last_ms is not None else state.last_ms
    cells = (*found, *freshness(state, lot.plan, now_ms=now_ms))
    return Examination(lot, cells, (_record_frame(lot), _cell_frame(cells)))


def freshness(state: PolicyState, plan: Plan, *, now_ms: int) -> Iterator[Figures]:
    """Yield how old the last record is, in looks; nothing before the first one."""
    if state.last_ms is None:
        return
    found = Figures(Cell(), "", 0)
    if plan.look.every is not None:
        found.why["fresh"] = "counts_records"
    else:
        found.seen["fresh"] = max(0, now_ms - state.last_ms) / (_DAYS[plan.look.grain] * _DAY_MS)
    yield found


def fresh_frame(cells: Sequence[Figures]) -> Frame:
    """Return the frame that asks whether records still come."""
    return _cell_frame(cells)


def conclude(examination: Examination, checks: Iterable[Check], state: PolicyState) -> Conclusion:
    """Return what came of a lot, from what became of its expectations; what is not judged yet stays in the state."""
    plan, by_frame = examination.lot.plan, {"records": [], "cells": []}  # type: tuple[Plan, dict[str, list[Check]]]
    for check in checks:
        by_frame[RULES[check.rule].frame].append(check)
    results = (
        *record_results(examination.lot.rows, by_frame["records"], state.shares, plan=plan),
        *cell_results(examination.figures, by_frame["cells"], plan=plan),
    )
    begun, ended = moved(results, state.passes)
    return Conclusion(results, tuple(_told(results, state)), begun, ended)


def _told(results: Iterable[QualityResult], state: PolicyState) -> Iterator[QualityResult]:
    """Yield what is kept, and remember what fails."""
    for result in results:
        key, is_whole = result.series.key, result.series.cell == Cell(result.indicator)
        if is_whole or result.outcome == "failed" or (result.outcome == "passed" and key in state.failing):
            yield result
        if result.outcome == "failed":
            state.failing.add(key)
        elif result.outcome == "passed":
            state.failing.discard(key)


# --- looks ---------------------------------------------------------------------------------------------------------


def _figures(lot: Lot, state: PolicyState) -> Iterator[Figures]:
    """Yield the figures of every look that closes in a lot; records that come too late are set apart."""
    fitting = {place for place, row in enumerate(lot.rows.rows) if row.fits}
    if not state.counts_under(lot.plan, may_begin=bool(fitting)):
        lot.set_apart(fitting)
        return
    indicators = {each.id: each for each in lot.plan.indicators}
    too_late: set[int] = set()
    for indicator, closed in _closed(lot, state, too_late):
        yield from figures(closed, indicators[indicator], lot.plan)
    lot.set_apart(too_late)


def _closed(lot: Lot, state: PolicyState, too_late: set[int]) -> Iterator[tuple[str, ClosedLook]]:
    markers = iter([*lot.markers, (len(lot.rows) + 1, None)])
    at, marker = next(markers)
    for place, row in enumerate((*lot.rows.rows, None)):
        while marker is not None and at <= place:
            yield from _closed_by(marker, lot.plan, state)
            at, marker = next(markers)
        if row is None or row.observation is None or not row.fits:
            continue
        watch = state.watches.setdefault(row.observation.indicator, Watch())
        if is_too_late(watch, row.observation, lot.plan):
            too_late.add(place)
        elif lot.rows.is_first(row) and (closed := take(watch, row.observation, lot.plan)) is not None:
            yield row.observation.indicator, closed


def _closed_by(marker: PeriodClosed, plan: Plan, state: PolicyState) -> Iterator[tuple[str, ClosedLook]]:
    """Yield the looks that a period marker closes: of one indicator or all, up to a period or whatever is open."""
    period = None if marker.period is None else period_at(marker.period, plan.look.grain)
    for indicator, watch in state.watches.items():
        if marker.indicator in {None, indicator}:
            closed = close_up_to(watch, period, plan)
            if closed is not None:
                yield indicator, closed


# --- frames --------------------------------------------------------------------------------------------------------


def _record_frame(lot: Lot) -> Frame:
    return Frame("records", lot.rows.columns(), record_suite(lot.plan), lot.plan.disclosure.minimum_cell)


def _cell_frame(cells: Sequence[Figures]) -> Frame:
    rules = [rule for rule in _ON_CELLS if any(rule in each.seen for each in cells)]
    columns: dict[str, Sequence[Value]] = {"row": range(len(cells))}
    for name in ("indicator", "arm", "region", "group"):
        columns[name] = [getattr(each.cell, name) for each in cells]
    columns["look"] = [each.look for each in cells]
    columns |= {rule: [each.seen.get(rule) for each in cells] for rule in rules}
    return Frame("cells", columns, cell_suite(rules), smallest=0)  # counts cells, not people
