"""The same comparison for other groups and in other regions: with whom and where it is seen, and where not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import Indicator, Plan
from infra.postgres import evidence_reading
from infra.postgres.evidence_reading import Chosen, Seen
from infra.postgres.reading import StoredSignal
from services.console.board import MOST_PLACES, bar_of
from services.console.figures import Figure, figure_of
from services.console.names import Names
from services.console.svg import Bar, scale_for
from services.console.units import SHARE

_OF_EVERYONE = frozenset({"effect", "level", "trade_off", "co_benefit", "cumulation", "roll_out"})
"""Claims about every group and about everyone together; the others are about disadvantaged groups."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The same comparison for another group or in another region."""

    name: str
    figure: Figure
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """With whom and where the same is seen, and where not; all bars on one scale."""

    groups: tuple[Beside, ...]
    regions: tuple[Beside, ...]

    @property
    def regions_shown(self) -> tuple[Beside, ...]:
        """The regions in the table, the worst first."""
        return self.regions[:MOST_PLACES]

    @property
    def left_out(self) -> int:
        """How many regions are not in the table."""
        return len(self.regions) - len(self.regions_shown)

    @property
    def scale(self) -> float:
        """Where the axis of every bar ends."""
        drawn = [each for each in (*self.groups, *self.regions_shown) if each.bar is not None]
        unit = drawn[0].figure.unit if drawn else SHARE
        return scale_for((each.bar for each in drawn if each.bar is not None), unit)

    def names(self, places: Sequence[Beside], *marks: str) -> list[str]:
        """Return the names of those with one of these marks."""
        return [each.name for each in places if each.figure.mark in marks]


def cell_of(signal: StoredSignal) -> Chosen:
    """Return the comparison that a signal is about."""
    cell = ((signal.claim,), (signal.indicator,), (signal.arm,), (signal.region,), (signal.group,))
    return Chosen(*cell, others=(signal.other_indicator,))


async def surroundings_of(
    connection: AsyncConnection, signal: StoredSignal, *, plan: Plan, indicator: Indicator, names: Names
) -> Surroundings:
    """Return the same comparison for every other group and region of the plan."""
    cell = cell_of(signal)
    groups = _other_groups(signal, plan)
    regions = tuple(each for each in _places(signal, plan) if each != signal.region)
    beside = await evidence_reading.latest(connection, plan.id, replace(cell, groups=groups))
    elsewhere = await evidence_reading.latest(connection, plan.id, replace(cell, regions=regions))
    return Surroundings(
        _beside(((row.group, names.group(row.group), row) for row in _rows(beside)), groups, indicator, plan),
        _beside(((row.region, row.region, row) for row in _rows(elsewhere)), regions, indicator, plan),
    )


def _rows(seen: Iterable[Seen]) -> list[EvidenceRow]:
    return [each.row for each in seen]


def _other_groups(signal: StoredSignal, plan: Plan) -> tuple[str, ...]:
    """Return the other groups with the same comparison, everyone together last; an area is not split by group."""
    if signal.claim == "elsewhere":
        return ()
    of_all = signal.claim in _OF_EVERYONE
    groups = (each for each in plan.groups if of_all or each.disadvantaged)
    together = (POOLED,) if of_all or signal.claim == "later" else ()
    return tuple(each for each in (*(group.id for group in groups), *together) if each != signal.group)


def _places(signal: StoredSignal, plan: Plan) -> tuple[str, ...]:
    """Return where the same is looked at: for an area that could be harmed, the other such areas."""
    return plan.choices.areas.elsewhere if signal.claim == "elsewhere" else plan.choices.areas.here


def _beside(
    rows: Iterable[tuple[str, str, EvidenceRow]], order: Sequence[str], indicator: Indicator, plan: Plan
) -> tuple[Beside, ...]:
    """Return the comparisons, the worst first and everyone together last."""
    made = []
    for key, name, row in rows:
        figure = figure_of(row, indicator, plan)
        made.append(
            (
                key == POOLED,
                figure.mark.rank,
                -figure.towards_worse,
                order.index(key),
                Beside(name, figure, bar_of(figure)),
            )
        )
    return tuple(each[-1] for each in sorted(made, key=lambda each: each[:-1]))
