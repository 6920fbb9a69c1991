"""Looks as the data make them: counts per arm, region and group, one look after another, and what came first.

The looks are those of the evaluator: a record of a later period closes the open one. What is counted is records, not
units: whether a unit was counted before only the evaluator's ledger knows. A look that has closed never opens again, so
that each is judged once: records that come after it tell how late they are, and change no look.
"""

from collections.abc import Mapping

import msgspec

from contracts.period import Period, parse_period, period_at
from contracts.plan import Plan
from contracts.records import Observation
from pipelines.quality_cells import Cells, Sums, copied, keys_of, merge
from pipelines.quality_lags import Lags, complete, note_lag

__all__ = ["REFERENCE_LOOKS", "ClosedLook", "Sums", "Watch", "close", "close_up_to", "is_too_late", "take"]

REFERENCE_LOOKS = 3
"""The first looks are what the later ones are held against."""


class Watch(msgspec.Struct):
    """The looks of one indicator.

    Attributes:
        look: Label of the open look; empty where none is open.
        latest: The latest period of which there are records; empty where looks count records.
        over: The last period that is over, whether or not it had records.
        n_looks: Looks that closed since the policy began.
        cells: What the open look holds.
        start, before: What the first looks held together, and those of the time before the policy.
        n_before: Looks that closed in the time before.
        ever: All looks together, by arm, late records among them.
        lags: How late records came.
    """

    look: str = ""
    latest: str = ""
    over: str = ""
    n_looks: int = 0
    cells: Cells = {}
    start: Cells = {}
    before: Cells = {}
    n_before: int = 0
    ever: dict[str, int] = {}
    lags: Lags = {}


class ClosedLook(msgspec.Struct, frozen=True):
    """A look that closed, beside what it is held against.

    Attributes:
        label: Its period, or `#n` where looks count records.
        number: Which look it is since the policy began, from 1; 0 in the time before.
        cells: What it holds.
        start, before: The reference as it was when the look closed.
        ever: Records by arm up to and with this look.
        lags: How late records came, by own period of which everything is in.
    """

    label: str
    number: int
    cells: Cells
    start: Cells
    before: Cells
    ever: Mapping[str, int]
    lags: Lags

    def get(self, key: str) -> Sums:
        """Return what a cell holds."""
        return self.cells.get(key) or Sums()

    @property
    def is_reference(self) -> bool:
        """Whether later looks are held against this one."""
        return self.number <= REFERENCE_LOOKS


def is_too_late(watch: Watch, record: Observation, plan: Plan) -> bool:
    """Return whether the evaluator refuses a record because of the looks that have closed before it."""
    if plan.look.every is not None or not watch.latest:
        return False
    period, latest = period_at(record.period, plan.look.grain), parse_period(watch.latest)
    if plan.measured == "repeatedly" and _is_late(watch, period):
        return True
    return period.end < latest.end and plan.lateness.after(period.end) < latest.end


def take(watch: Watch, record: Observation, plan: Plan) -> ClosedLook | None:
    """Count a record, one that is not too late; returns the look that closes with it, if one does."""
    if plan.look.every is not None:
        watch.look = watch.look or f"#{watch.n_looks + 1}"
        _add(watch, record)
        return close(watch, plan) if watch.cells[""].n >= plan.look.every else None
    period = period_at(record.period, plan.look.grain)
    if _is_late(watch, period):
        _add_late(watch, period, record.arm or "", plan)
        return None
    closed = close(watch, plan) if watch.look and period > parse_period(watch.look) else None
    watch.look = watch.latest = period.label
    _add(watch, record)
    note_lag(watch.lags, period, came_in=period, arm=record.arm or "")
    return closed


def close_up_to(watch: Watch, period: Period | None, plan: Plan) -> ClosedLook | None:
    """Close the open look as a marker does, if it is of this period or an earlier one; None means whatever is open."""
    if period is None or plan.look.every is not None:
        return close(watch, plan) if period is None else None
    if watch.look and parse_period(watch.look) > period:
        return None
    closed = close(watch, plan)
    if not watch.over or period > parse_period(watch.over):
        watch.over = period.label
    return closed


def close(watch: Watch, plan: Plan) -> ClosedLook | None:
    """Close the open look and begin anew; nothing where none is open."""
    if not watch.look:
        return None
    is_by_period = plan.look.every is None
    is_before = is_by_period and _is_before(watch.look, plan)
    for key, sums in watch.cells.items():
        if key.startswith("arm=") and not is_before:
            _add_ever(watch, key.removeprefix("arm="), sums.n)
    number = 0 if is_before else watch.n_looks + 1
    lags = complete(watch.lags, plan) if is_by_period else {}
    closed = ClosedLook(
        watch.look, number, watch.cells, copied(watch.start), copied(watch.before), dict(watch.ever), lags
    )
    if is_before:
        merge(watch.before, watch.cells)
        watch.n_before += 1
    elif number <= REFERENCE_LOOKS:
        merge(watch.start, watch.cells)
    watch.over = watch.look if is_by_period else ""
    watch.look, watch.cells, watch.n_looks = "", {}, number or watch.n_looks
    return closed


def _is_late(watch: Watch, period: Period) -> bool:
    """Return whether the look of a period has closed, or is passed by the one that is open."""
    if watch.look:
        return period < parse_period(watch.look)
    return bool(watch.over) and period <= parse_period(watch.over)


def _add(watch: Watch, record: Observation) -> None:
    for key in keys_of(record):
        watch.cells.setdefault(key, Sums()).add(1, record.value, record.value**2)


def _add_late(watch: Watch, period: Period, arm: str, plan: Plan) -> None:
    """Count a late record, which belongs to no look: that its unit is there, and how late it is."""
    came_in = parse_period(watch.look) if watch.look else parse_period(watch.over).following()
    note_lag(watch.lags, period, came_in=came_in, arm=arm)
    if arm and not _is_before(period.label, plan):
        _add_ever(watch, arm, 1)


def _add_ever(watch: Watch, arm: str, n: int) -> None:
    watch.ever[arm] = watch.ever.get(arm, 0) + n


def _is_before(label: str, plan: Plan) -> bool:
    return plan.pre_period is not None and plan.pre_period.holds(parse_period(label))
