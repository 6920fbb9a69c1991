"""Looks as the data make them: counts per arm, region and group, one look after another, and what came first.

The looks are those of the evaluator (a record of a later period closes the open one), but what is counted is records,
not units: whether a unit was counted before only the evaluator's ledger knows.
"""

from collections.abc import Iterator, Mapping

import msgspec

from contracts.evidence import POOLED
from contracts.period import Period, parse_period, period_at
from contracts.plan import Plan
from contracts.quality import Cell
from contracts.records import Observation

REFERENCE_LOOKS = 3
"""The first looks are what the later ones are held against."""

_MOST_LAG = 60
_MOST_PERIODS = 24

Cells = dict[str, "Sums"]
"""Sums by cell: '' is everything, else `arm=...`, `region=...` or `group=...`."""

Lags = dict[str, dict[int, dict[str, int]]]
"""Records by own period, looks until they came, and arm."""


class Sums(msgspec.Struct, array_like=True):
    """Records of a cell, the sum of their values, and the sum of the squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, n: int, total: float, squares: float) -> None:
        """Add to them."""
        self.n, self.total, self.squares = self.n + n, self.total + total, self.squares + squares

    @property
    def mean(self) -> float:
        """The mean value; of a cell with records."""
        return self.total / self.n

    @property
    def variance(self) -> float:
        """The variance of a record's value."""
        return max(0.0, self.squares / self.n - self.mean**2)


class Watch(msgspec.Struct):
    """The looks of one indicator.

    Attributes:
        look: Label of the open look; empty before the first record.
        n_looks: Looks that closed since the policy began.
        cells: What the open look holds.
        start, before: What the first looks held together, and those of the time before the policy.
        n_before: Looks that closed in the time before.
        ever: All looks together, by arm.
        lags: How late records came.
    """

    look: str = ""
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


def take(watch: Watch, record: Observation, plan: Plan) -> ClosedLook | None:
    """Count a record in the open look; returns the look that closes with it, if one does."""
    every, period = plan.look.every, period_at(record.period, plan.look.grain)
    closed = None
    if every is None and watch.look and period > parse_period(watch.look):
        closed = close(watch, plan)
    if not watch.look:
        watch.look = period.label if every is None else f"#{watch.n_looks + 1}"
    for key in _keys(record):
        watch.cells.setdefault(key, Sums()).add(1, record.value, record.value**2)
    if every is None:
        _note_lag(watch, period, record.arm or "")
    elif watch.cells[""].n >= every:
        closed = close(watch, plan)
    return closed


def close(watch: Watch, plan: Plan) -> ClosedLook | None:
    """Close the open look and begin anew; nothing where none is open."""
    if not watch.look:
        return None
    is_before = plan.look.every is None and _is_before(watch.look, plan)
    for key, sums in watch.cells.items():
        if key.startswith("arm=") and not is_before:
            arm = key.removeprefix("arm=")
            watch.ever[arm] = watch.ever.get(arm, 0) + sums.n
    number = 0 if is_before else watch.n_looks + 1
    lags = _complete(watch, plan)
    closed = ClosedLook(
        watch.look, number, watch.cells, _copied(watch.start), _copied(watch.before), dict(watch.ever), lags
    )
    if is_before:
        _merge(watch.before, watch.cells)
        watch.n_before += 1
    elif number <= REFERENCE_LOOKS:
        _merge(watch.start, watch.cells)
    watch.look, watch.cells, watch.n_looks = "", {}, number or watch.n_looks
    return closed


def cell_of(key: str, indicator: str) -> Cell:
    """Return the cell of an indicator that a key names."""
    kind, _, name = key.partition("=")
    parts = {"arm": POOLED, "region": POOLED, "group": POOLED}
    return Cell(indicator, **(parts | ({kind: name} if kind else {})))


def _keys(record: Observation) -> Iterator[str]:
    yield ""
    yield f"region={record.region}"
    if record.arm is not None:
        yield f"arm={record.arm}"
    yield from (f"group={each}" for each in record.groups)


def _is_before(label: str, plan: Plan) -> bool:
    return plan.pre_period is not None and plan.pre_period.holds(parse_period(label))


def _merge(into: Cells, cells: Cells) -> None:
    for key, sums in cells.items():
        into.setdefault(key, Sums()).add(sums.n, sums.total, sums.squares)


def _copied(cells: Cells) -> Cells:
    return {key: Sums(each.n, each.total, each.squares) for key, each in cells.items()}


def _note_lag(watch: Watch, period: Period, arm: str) -> None:
    lag = 0 if period.label == watch.look else _looks_between(period, parse_period(watch.look))
    arms = watch.lags.setdefault(period.label, {}).setdefault(lag, {})
    arms[arm] = arms.get(arm, 0) + 1


def _looks_between(period: Period, later: Period) -> int:
    n = 0
    while period.start < later.start and n < _MOST_LAG:
        period, n = period.following(), n + 1
    return n


def _complete(watch: Watch, plan: Plan) -> Lags:
    """Return the own periods for which the lateness has passed, the newest few; older ones are forgotten."""
    if plan.look.every is not None or not watch.lags:
        return {}
    newest = max(map(parse_period, watch.lags))
    done = sorted(each for each in map(parse_period, watch.lags) if plan.lateness.after(each.end) < newest.end)
    for old in done[:-_MOST_PERIODS]:
        del watch.lags[old.label]
    return {
        each.label: {lag: dict(arms) for lag, arms in watch.lags[each.label].items()} for each in done[-_MOST_PERIODS:]
    }
