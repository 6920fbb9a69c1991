"""Everything the start page shows, read and made ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import POOLED
from contracts.plan import Plan
from infra.postgres import evidence_reading, reading
from infra.postgres.reading import StoredPlan, StoredSignal
from services.console.board import Board, Cell, Line, group_board, place_board
from services.console.condition import condition_of
from services.console.connections import connections_of
from services.console.family import MOST_COMPARED
from services.console.languages import Code
from services.console.names import Names
from services.console.rendering import Screen
from services.console.selection import Selection, arms_of, select
from services.console.sentences import Sentences
from services.console.subjects import lines_of
from services.console.surroundings import cell_of
from services.console.verdict_lines import VerdictLine, VerdictLines
from services.verdicts import effects_of, read

_LOOKS_SHOWN = 8
_MOST_SIGNALS = 15
"""Open signals that are shown without asking for more, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the start page asks for; what is unknown falls back to the first there is."""

    policy: str | None = None
    arm: str | None = None
    region: str | None = None
    order: str | None = None


def chosen_plan(plans: Sequence[StoredPlan], policy: str | None) -> StoredPlan | None:
    """Return the plan of the policy that is asked for, or else the one registered last; None where there is none."""
    asked = next((each for each in plans if each.plan.id == policy), None)
    return asked or max(plans, key=lambda each: each.stored_at, default=None)


async def start_context(
    connection: AsyncConnection,
    plans: Sequence[StoredPlan],
    stored: StoredPlan,
    *,
    asked: Asked,
    screen: Screen,
    now: datetime,
) -> dict[str, Any]:
    """Return what the template `start.html` needs.

    Args:
        connection: Reads.
        plans: All plans in force.
        stored: The one to show.
        asked: The rest of what the address asks for.
        screen: In which language.
        now: The present, aware.
    """
    plan = stored.plan
    names = Names(plan, screen.language.code)
    selection = select(plan, arm=asked.arm, region=asked.region, order=asked.order)
    version = (await reading.versions(connection, [plan.id]))[plan.id]  # before the rest, so that nothing is missed
    board = group_board(selection, await _rows(connection, plan, selection.board()), names)
    places = place_board(selection, await _rows(connection, plan, selection.places())) if selection.has_places else None
    open_signals = await reading.signals(connection, policy=plan.id, state="open")
    said = await _said(connection, open_signals, Sentences(plan, names, screen.words))
    lines = lines_of(open_signals, plan, names, said)
    looks = await reading.newest_looks(connection, plan.id, limit=_LOOKS_SHOWN)
    condition = condition_of(
        await reading.delivered(connection, plan.id),
        unreadable=await reading.delivered(connection, ""),
        last_look=looks[0] if looks else None,
        board=board,
    )
    return {
        "here": "start",
        "plan": plan,
        "policy": plan.id,
        "policies": _choices(plans, screen.language.code),
        "title": names.text(plan.title),
        "names": names,
        "is_accepted": stored.is_accepted,
        "selection": selection,
        "arms": arms_of(plan),
        "regions": plan.choices.areas.here,
        "board": board,
        "places": places,
        "has_starting_point": _has_starting_point(board),
        "condition": condition,
        "looks": looks,
        "connections": await connections_of(connection, plan, names=names, words=screen.words),
        "verdicts": await _verdicts(connection, selection, VerdictLines(plan, names, screen.words)),
        "urgent": [line for line in lines if line.severity != "info"],
        "most_signals": _MOST_SIGNALS,
        "informative": [line for line in lines if line.severity == "info"],
        "n_open": len(open_signals),
        "signal_href": _Links(open_signals, selection, screen).href,
        "stream": screen.url("/stroom/bord", policy=plan.id),
        "board_version": version,
        "evidence_url": _evidence_url(selection),
        "now": now,
    }


async def _rows(connection: AsyncConnection, plan: Plan, chosen: evidence_reading.Chosen) -> list[Any]:
    return [seen.row for seen in await evidence_reading.latest(connection, plan.id, chosen)]


async def _verdicts(
    connection: AsyncConnection, selection: Selection, lines: VerdictLines
) -> tuple[VerdictLine, ...] | None:
    """Return the verdicts on the arm that is shown, or on all; None where they rest on too much to read for a page."""
    arm = None if selection.arm == POOLED else selection.arm
    if sum(each.size for each in effects_of(selection.plan, arm)) > MOST_COMPARED:
        return None
    return tuple(lines.of(each) for each in await read(connection, selection.plan, arm))


async def _said(connection: AsyncConnection, signals: Sequence[StoredSignal], sentences: Sentences) -> dict[str, str]:
    """Return what the latest evidence says of each signal, by its number."""
    cells = [cell_of(each) for each in signals]
    seen = await evidence_reading.latest_of(connection, signals[0].policy, cells) if signals else ()
    return {
        signal.number: sentences.of(each.row, signal.direction)
        for signal, each in zip(signals, seen, strict=True)
        if each is not None
    }


def _choices(plans: Sequence[StoredPlan], code: Code) -> list[tuple[str, str]]:
    return sorted(((each.plan.id, each.plan.title.in_language(code)) for each in plans), key=lambda choice: choice[1])


def _has_starting_point(board: Board) -> bool:
    return any(cell.bar is not None and cell.bar.starting_point for line in board.lines for cell in line.cells)


def _evidence_url(selection: Selection) -> str:
    cell = {"policy": selection.plan.id, "claim": selection.claim, "arm": selection.arm, "region": selection.region}
    return "/api/v1/evidence?" + urlencode(cell)


class _Links:
    """Finds the open signal about a cell of a board."""

    def __init__(self, signals: Sequence[StoredSignal], selection: Selection, screen: Screen) -> None:
        self._selection = selection
        self._screen = screen
        self._numbers = {
            (s.claim, s.indicator, s.arm, s.region, s.group): s.number for s in signals if s.other_indicator is None
        }

    def href(self, line: Line, cell: Cell, region: str) -> str | None:
        """Return the address of the signal about a cell, None where there is none.

        Args:
            line: The row of the board: a group, or a region.
            cell: The cell.
            region: The region the cell is about.
        """
        group = cell.column.group if line.id == region else line.id
        place = (self._selection.claim, cell.column.indicator.id, self._selection.arm, region, group)
        number = self._numbers.get(place)
        return None if number is None else self._screen.url(f"/signalen/{number}")
