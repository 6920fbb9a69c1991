"""The figures of a look that closed: what the rules on cells are checked on.

    volume       records against what is to be expected: the plan's units where they are measured repeatedly, else the
                 mean of the first looks
    planned      records of an arm in all looks against the units that the plan names
    coverage     1 where a cell has records, 0 where it has none although enough are to be expected
    value_drift  how far the mean moved: in relevant differences, or in three standard errors where that is less
    share_drift  how far a group's share moved: in five points, or in three standard errors where that is less
    delay        evidence that two arms report unequally late, against an e-value of 100, or a quarter of a look

A figure above (of a volume: below) its bound fails; none where nothing can be judged, and then a word says why.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf, log, sqrt

import numpy as np

from contracts.plan import Indicator, Plan
from contracts.quality import Cell
from pipelines.evidence.allocation import delay_imbalance
from pipelines.quality_cells import Sums, cell_of
from pipelines.quality_looks import REFERENCE_LOOKS, ClosedLook

FEWEST = 50
"""Records that must be seen, or be expected, before anything is judged."""

_POINTS = 0.05
_ERRORS = 3.0
_CERTAIN = log(100)
_LATER = 0.25
_FEWEST_PERIODS = 2


@dataclass(slots=True)
class Figures:
    """The figures of a cell in one look.

    Attributes:
        cell, look: Which.
        n: Records of the cell.
        seen: Figure by rule.
        why: By rule, why there is none.
        hidden: Rules whose figure would give a small count away.
        only_warns: Rules that can fail here although everything is in, because how many come is not known before.
    """

    cell: Cell
    look: str
    n: int
    seen: dict[str, float] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    only_warns: set[str] = field(default_factory=set)


def figures(closed: ClosedLook, indicator: Indicator, plan: Plan) -> Iterator[Figures]:
    """Yield the figures of every cell that the plan names."""
    for key in _keys(plan):
        found = Figures(cell_of(key, indicator.id), closed.label, closed.get(key).n)
        _volume(found, key, closed, plan)
        if key:
            _coverage(found, key, closed, plan)
        if plan.measured != "repeatedly":
            found.only_warns |= {"volume_short", "coverage"}
        if not key.startswith(("region=", "group=")):
            _value_drift(found, key, closed, indicator, plan)
        if key.startswith("group="):
            _share_drift(found, key, closed, plan)
        if key.startswith("arm="):
            _planned(found, closed, plan)
            _delay(found, closed, plan)
        yield found


def _keys(plan: Plan) -> Iterator[str]:
    yield ""
    yield from (f"arm={each}" for each in (plan.arms.every if plan.arms is not None else ()))
    yield from (f"region={each}" for each in plan.choices.areas.every)
    yield from (f"group={each.id}" for each in plan.groups)


def _expected(key: str, closed: ClosedLook, plan: Plan) -> float | str:
    """Return how many records a cell should have in this look, or the word that says why that is not known."""
    planned = sum(n for _, n in plan.arms.planned) if plan.arms is not None else 0
    if not key and planned and plan.measured == "repeatedly" and closed.number:
        return float(planned)
    if closed.number == 0:
        return "before_the_policy"
    if closed.is_reference:
        return "reference"
    expected = (closed.start.get(key) or Sums()).n / REFERENCE_LOOKS
    return expected if expected >= FEWEST else "few_expected"


def _volume(found: Figures, key: str, closed: ClosedLook, plan: Plan) -> None:
    if key.startswith(("arm=", "group=")):
        return
    expected = "counts_records" if plan.look.every is not None else _expected(key, closed, plan)
    for rule in ("volume_short", "volume_over"):
        if isinstance(expected, str):
            found.why[rule] = expected
        else:
            found.seen[rule] = found.n / expected


def _coverage(found: Figures, key: str, closed: ClosedLook, plan: Plan) -> None:
    expected = "counts_records" if plan.look.every is not None else _expected(key, closed, plan)
    if isinstance(expected, str):
        found.why["coverage"] = expected
    else:
        found.seen["coverage"] = float(found.n > 0)


def _planned(found: Figures, closed: ClosedLook, plan: Plan) -> None:
    planned = dict(plan.arms.planned) if plan.arms is not None else {}
    if found.cell.arm not in planned:
        found.why["planned"] = "not_planned"
        return
    seen = found.n if plan.measured == "repeatedly" else closed.ever.get(found.cell.arm, 0)
    found.seen["planned"] = seen / planned[found.cell.arm]


def _value_drift(found: Figures, key: str, closed: ClosedLook, indicator: Indicator, plan: Plan) -> None:
    is_of_before = not key and bool(closed.before) and closed.number > 0
    reference = (closed.before if is_of_before else closed.start).get(key) or Sums()
    if closed.is_reference and not is_of_before:
        found.why["value_drift"] = "reference"
        return
    now = closed.get(key)
    if min(now.n, reference.n) < max(FEWEST, plan.evidence.minimum_n):
        found.why["value_drift"] = "few_records"
        return
    moved = abs(now.mean - reference.mean)
    error = sqrt(now.variance / now.n + reference.variance / reference.n)
    found.seen["value_drift"] = _beyond(moved, indicator.relevant_difference, error)
    if indicator.type == "binary" and _is_small(now, plan):
        found.hidden.add("value_drift")


def _is_small(sums: Sums, plan: Plan) -> bool:
    """Return whether those with the outcome, or those without it, are few."""
    return min(sums.total, sums.n - sums.total) < plan.disclosure.minimum_cell


def _share_drift(found: Figures, key: str, closed: ClosedLook, plan: Plan) -> None:
    reference = closed.before if closed.before and closed.number else closed.start
    if reference is closed.start and closed.is_reference:
        found.why["share_drift"] = "reference"
        return
    n_now, n_then = closed.get("").n, (reference.get("") or Sums()).n
    if min(n_now, n_then) < max(FEWEST, plan.evidence.minimum_n):
        found.why["share_drift"] = "few_records"
        return
    in_group = found.n + (in_reference := (reference.get(key) or Sums()).n)
    together = in_group / (n_now + n_then)
    error = sqrt(together * (1.0 - together) * (1.0 / n_now + 1.0 / n_then))
    found.seen["share_drift"] = _beyond(abs(found.n / n_now - in_reference / n_then), _POINTS, error)
    if min(found.n, n_now - found.n) < plan.disclosure.minimum_cell:
        found.hidden.add("share_drift")


def _beyond(moved: float, allowed: float, error: float) -> float:
    """Return how often a movement is what is allowed, and what chance allows, whichever is less."""
    by_chance = moved / (_ERRORS * error) if error > 0 else inf
    return min(moved / allowed, by_chance) if moved else 0.0


def _delay(found: Figures, closed: ClosedLook, plan: Plan) -> None:
    arms = plan.arms
    if arms is None or found.cell.arm == arms.reference:
        return
    if plan.look.every is not None or plan.measured == "repeatedly":
        found.why["delay"] = "nothing_is_late"
        return
    reference, watched = (_table(closed.lags, each) for each in (arms.reference, found.cell.arm))
    if len(reference) < _FEWEST_PERIODS or min(reference.sum(), watched.sum()) < FEWEST:
        found.why["delay"] = "few_records"
        return
    seen = delay_imbalance(reference, watched)
    certain = max(seen.log_e_a_later, seen.log_e_b_later) / _CERTAIN
    found.seen["delay"] = max(0.0, min(certain, abs(seen.mean_lag_b - seen.mean_lag_a) / _LATER))


def _table(
    lags: Mapping[str, Mapping[int, Mapping[str, int]]], arm: str
) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """Return the records of an arm by own period and lag; shape (periods, lags)."""
    n_lags = 1 + max((lag for each in lags.values() for lag in each), default=0)
    table = np.zeros((len(lags), n_lags), dtype=np.int64)
    for place, each in enumerate(lags.values()):
        for lag, arms in each.items():
            table[place, lag] = arms.get(arm, 0)
    return table
