"""The boards: who is worse or better off, worst first and everyone together last."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import Indicator, Plan
from pipelines.disclosure import disclose, round_to
from services.console.figures import Figure, Mark, figure_of
from services.console.names import Names
from services.console.selection import Order, Selection
from services.console.svg import Bar, scale_for
from services.console.units import Unit, unit_of

MOST_PLACES = 12
"""Regions shown beside each other; more would be a list that nobody reads."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: an indicator, of everyone or of one group."""

    indicator: Indicator
    group: str
    look: str | None

    @property
    def unit(self) -> Unit:
        """How its figures are written."""
        return unit_of(self.indicator)


@dataclass(frozen=True, slots=True)
class Cell:
    """One comparison on a board.

    Attributes:
        column: Where it stands.
        figure: What it means; None in the row of everyone where there is nothing to compare with.
        bar: Its drawing, None where nothing is drawn.
        share: Share of everyone with the outcome, or their mean, where `figure` is None.
    """

    column: Column
    figure: Figure | None
    bar: Bar | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a group or a region, or everyone together (`all`).

    Attributes:
        id: The group or region.
        people: People it is about, rounded; None where too few to say.
        cells: One per column.
    """

    id: str
    people: int | None
    cells: tuple[Cell, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of the row."""
        return tuple(cell.figure.mark for cell in self.cells if cell.figure is not None)

    @property
    def is_readable(self) -> bool:
        """Whether every outcome can be shown."""
        return all(mark.is_shown for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Board:
    """Rows and columns.

    Attributes:
        columns, lines, everyone: What stands where.
        scale: Where the axis of every bar of a share ends.
        scales: The same of each outcome that has values, by its id: these have no scale in common.
        left_out: Rows that are not shown.
    """

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    everyone: Line
    scale: float
    scales: dict[str, float]
    left_out: int = 0

    def scale_of(self, column: Column) -> float:
        """Return where the axis of the bars in a column ends."""
        return self.scales.get(column.indicator.id, self.scale)

    @property
    def has_shares(self) -> bool:
        """Whether any outcome is a share."""
        return any(column.indicator.id not in self.scales for column in self.columns)

    @property
    def compares_groups(self) -> bool:
        """Whether the columns are groups rather than indicators."""
        return len({column.group for column in self.columns}) > 1

    @property
    def is_empty(self) -> bool:
        """Whether no look has closed yet."""
        return all(column.look is None for column in self.columns)

    @property
    def n_worse(self) -> int:
        """Rows that certainly fall behind somewhere."""
        return sum(Mark.WORSE in line.marks for line in self.lines)

    @property
    def average_hides(self) -> bool:
        """Whether an outcome is certainly worse for someone while it is not for everyone together."""
        together = {cell.column: cell.figure for cell in self.everyone.cells if cell.figure is not None}
        return any(
            cell.column in together
            and cell.figure.mark is Mark.WORSE
            and together[cell.column].mark not in {Mark.WORSE, Mark.PERHAPS_WORSE}
            for line in self.lines
            for cell in line.cells
            if cell.figure is not None
        )


_Rows = dict[tuple[str, str, str], EvidenceRow]


def group_board(selection: Selection, rows: Iterable[EvidenceRow], names: Names) -> Board:
    """Return the board of groups; `names` give the order by name."""
    found = _by_cell(rows)
    region = selection.region
    columns = tuple(
        _column(indicator, POOLED, [found.get((indicator.id, region, group)) for group in selection.watched])
        for indicator in selection.plan.indicators
    )
    lines = [
        _line(group, selection.plan, columns, [found.get((each.indicator.id, region, group)) for each in columns])
        for group in selection.groups
    ]
    if selection.claim == "effect":
        everyone = _line(
            POOLED, selection.plan, columns, [found.get((c.indicator.id, region, POOLED)) for c in columns]
        )
    else:
        seen = [[found.get((c.indicator.id, region, group)) for group in selection.groups] for c in columns]
        everyone = _shares_of_everyone(selection.plan, columns, seen)
    return _drawn(columns, _ordered(lines, selection.order, names), everyone)


def place_board(selection: Selection, rows: Iterable[EvidenceRow]) -> Board:
    """Return the board of regions, the worst first."""
    found = _by_cell(rows)
    plan, here = selection.plan, selection.plan.choices.areas.here
    columns = tuple(
        _column(indicator, group, [found.get((indicator.id, region, group)) for region in (POOLED, *here)])
        for indicator in selection.place_indicators
        for group in selection.place_groups
    )
    lines = [
        _line(region, plan, columns, [found.get((each.indicator.id, region, each.group)) for each in columns])
        for region in (*here, POOLED)
    ]
    ordered = sorted(lines[:-1], key=_worst)
    board = _drawn(columns, ordered[:MOST_PLACES], lines[-1])
    return replace(board, left_out=max(0, len(ordered) - MOST_PLACES))


def _by_cell(rows: Iterable[EvidenceRow]) -> _Rows:
    return {(row.indicator, row.region, row.group): row for row in rows}


def _column(indicator: Indicator, group: str, rows: Iterable[EvidenceRow | None]) -> Column:
    newest = max((row for row in rows if row is not None), key=lambda row: row.look_index, default=None)
    return Column(indicator, group, None if newest is None else newest.look)


def _line(name: str, plan: Plan, columns: Sequence[Column], rows: Sequence[EvidenceRow | None]) -> Line:
    cells = tuple(
        Cell(column, figure_of(row, column.indicator, plan)) for column, row in zip(columns, rows, strict=True)
    )
    return Line(name, _people(plan, rows), cells)


def _people(plan: Plan, rows: Iterable[EvidenceRow | None]) -> int | None:
    """Return the people a row is about: those watched, and for an effect those they are compared with."""
    counts = [row.n_b + (row.n_a if row.claim == "effect" else 0) for row in rows if row is not None]
    most = max(counts, default=0)
    return None if most < plan.disclosure.minimum_cell else round_to(most, plan.disclosure.round_to)


def _shares_of_everyone(plan: Plan, columns: Sequence[Column], rows: Sequence[Sequence[EvidenceRow | None]]) -> Line:
    """Return the row of everyone where groups are compared with the rest: nobody is left to compare everyone with."""
    seen = [next((r for r in each if r is not None and not disclose(r, plan).held_back), None) for each in rows]
    cells = tuple(
        Cell(column, None, share=None if row is None else round((row.k_a + row.k_b) / (row.n_a + row.n_b), 3))
        for column, row in zip(columns, seen, strict=True)
    )
    most = max((row.n_a + row.n_b for row in seen if row is not None), default=None)
    return Line(POOLED, None if most is None else round_to(most, plan.disclosure.round_to), cells)


def _ordered(lines: Iterable[Line], order: Order, names: Names) -> list[Line]:
    if order == "naam":
        return sorted(lines, key=lambda line: names.group(line.id).casefold())
    if order == "aantal":
        return sorted(lines, key=lambda line: -(line.people or 0))
    return sorted(lines, key=_worst)


def _worst(line: Line) -> tuple[tuple[int, ...], float]:
    """Return the key that puts first who is worst off: by marks, then by the largest distance towards worse."""
    figures = [cell.figure for cell in line.cells if cell.figure is not None]
    return tuple(sorted(mark.rank for mark in line.marks)), -max((f.towards_worse for f in figures), default=0.0)


def _drawn(columns: tuple[Column, ...], lines: Sequence[Line], everyone: Line) -> Board:
    """Return the board with its bars, all on one scale."""
    together = {cell.column: bar.estimate for cell in everyone.cells if (bar := _bar(cell, None)) is not None}
    drawn = [
        replace(line, cells=tuple(replace(cell, bar=_bar(cell, together.get(cell.column))) for cell in line.cells))
        for line in lines
    ]
    everyone = replace(everyone, cells=tuple(replace(cell, bar=_bar(cell, None)) for cell in everyone.cells))
    cells = [cell for line in (*drawn, everyone) for cell in line.cells]
    units = {column.indicator.id: unit_of(column.indicator) for column in columns}
    scales = {name: scale_for(_bars(cells, {name}), unit) for name, unit in units.items() if not unit.is_share}
    return Board(columns, tuple(drawn), everyone, scale_for(_bars(cells, units.keys() - scales.keys())), scales)


def _bars(cells: Iterable[Cell], indicators: AbstractSet[str]) -> list[Bar]:
    return [cell.bar for cell in cells if cell.bar is not None and cell.column.indicator.id in indicators]


def _bar(cell: Cell, everyone: float | None) -> Bar | None:
    figure = cell.figure
    return None if figure is None else bar_of(figure, everyone=everyone)


def bar_of(figure: Figure, *, everyone: float | None = None) -> Bar | None:
    """Return the drawing of a figure, turned so that left is worse; None where there is no estimate.

    Args:
        figure: What is drawn.
        everyone: The estimate of everyone together, already turned; None leaves its triangle out.
    """
    if figure.range is None:
        return None
    sign, seen = figure.sign, figure.range
    lower, upper = sorted((sign * seen.lower, sign * seen.upper))
    return Bar(sign * seen.difference, lower, upper, everyone, sign * figure.starting_point)
