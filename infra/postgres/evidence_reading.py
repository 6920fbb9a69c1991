"""Evidence as pages and the API read it: the latest row of each comparison, or all of them.

Evidence only grows, so nothing here reads all of it: the latest row of a comparison is one probe of the index
`evidence_by_claim`, whatever the number of looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from math import prod
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, Text, and_, case, cast, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import COMBINED, POOLED, EvidenceRow
from infra.postgres import schema
from infra.postgres.evidence_rows import row_of

_EVIDENCE = schema.evidence.c
_INDEXED: dict[str, ColumnElement[str]] = {
    "claims": _EVIDENCE.claim,
    "indicators": _EVIDENCE.indicator,
    "others": schema.other_of_pair,
    "arms": _EVIDENCE.arm,
    "regions": _EVIDENCE.region,
    "groups": _EVIDENCE.group,
}
"""What a comparison is found by, in the order of the index `evidence_by_claim`."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which comparisons to read: every combination of these.

    Attributes:
        others: Second indicators of pairs; None for claims about one indicator.
    """

    claims: tuple[str, ...]
    indicators: tuple[str, ...]
    arms: tuple[str, ...]
    regions: tuple[str, ...]
    groups: tuple[str, ...]
    others: tuple[str | None, ...] = (None,)

    @property
    def size(self) -> int:
        """How many comparisons these are."""
        return prod(len(getattr(self, name)) for name in _INDEXED)

    def asked(self, name: str) -> list[str]:
        """Return the values of one part, as the index holds them."""
        return [value or "" for value in getattr(self, name)]


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of evidence with the closing that made it, and when that was."""

    closing: int
    closed_at: datetime | None
    row: EvidenceRow


async def latest(connection: AsyncConnection, policy: str, chosen: Chosen) -> tuple[Seen, ...]:
    """Return the latest row of each chosen comparison that a look has touched."""
    return tuple(_seen(row) for row in await connection.execute(_latest(policy, chosen)))


async def latest_of(connection: AsyncConnection, policy: str, cells: Sequence[Chosen]) -> tuple[Seen | None, ...]:
    """Return the latest row of single comparisons, in their order; None where no look has touched one."""
    found = [await latest(connection, policy, cell) for cell in cells]
    return tuple(rows[0] if rows else None for rows in found)


async def history(
    connection: AsyncConnection, policy: str, chosen: Chosen, *, limit: int | None = None
) -> tuple[Seen, ...]:
    """Return every row of the chosen comparisons, in the order of the log; at most `limit` of them."""
    evidence, look = schema.evidence, schema.look
    same = [column.in_(chosen.asked(name)) for name, column in _INDEXED.items()]
    query = (
        select(evidence, look.c.closed_at)
        .join(look, (look.c.policy == evidence.c.policy) & (look.c.closing == evidence.c.closing), isouter=True)
        .where(evidence.c.policy == policy, *same)
        .order_by(evidence.c.closing, evidence.c.row)
        .limit(limit)
    )
    return tuple(_seen(row) for row in await connection.execute(query))


async def rows_after(connection: AsyncConnection, policy: str, closing: int) -> tuple[Seen, ...]:
    """Return what later closings said over all regions and of areas elsewhere, in the order of the log."""
    evidence, look = schema.evidence, schema.look
    query = (
        select(evidence, look.c.closed_at)
        .join(look, (look.c.policy == evidence.c.policy) & (look.c.closing == evidence.c.closing), isouter=True)
        .where(evidence.c.policy == policy, evidence.c.closing > closing)
        .where((evidence.c.region == POOLED) | (evidence.c.claim == "elsewhere"))
        .order_by(evidence.c.closing, evidence.c.row)
    )
    return tuple(_seen(row) for row in await connection.execute(query))


def _latest(policy: str, chosen: Chosen) -> Select[Any]:
    """Return the query that probes the index once per combination."""
    evidence, look = schema.evidence, schema.look
    asked = {name: _listed(name, chosen.asked(name)) for name in _INDEXED}
    same = [_INDEXED[name] == each.c.value for name, each in asked.items()]
    newest = (
        select(evidence)
        .where(evidence.c.policy == policy, *same)
        .order_by(evidence.c.closing.desc())
        .limit(1)
        .lateral("newest")
    )
    combined: FromClause = reduce(lambda left, right: left.join(right, true()), asked.values())
    source = combined.join(newest, true()).join(
        look, (look.c.policy == newest.c.policy) & (look.c.closing == newest.c.closing), isouter=True
    )
    return select(newest, look.c.closed_at).select_from(source)


def _listed(name: str, values: Sequence[str]) -> FromClause:
    """Return a table of one column `value` that holds these values."""
    return func.unnest(cast(list(values), ARRAY(Text))).table_valued("value").render_derived(name=name)


def _seen(row: Row[Any]) -> Seen:
    stored = row._mapping  # noqa: SLF001  (public in SQLAlchemy)
    return Seen(stored["closing"], stored["closed_at"], row_of(stored))


async def tested_together(
    connection: AsyncConnection, policy: str, family: Sequence[Chosen], *, minimum_cell: int, is_repeated: bool
) -> tuple[int, int]:
    """Return how many hypotheses of a family are tested, having enough people, and how many findings stand.

    Both directions of a comparison are tested; a combined claim is one hypothesis, tested once its parts are ready; a
    roll-out is described and not tested.

    Args:
        connection: To the store.
        policy: Its id.
        family: Which rows are judged together.
        minimum_cell: People that each side needs.
        is_repeated: Whether the same people are counted in every look.
    """
    tested = standing = 0
    for chosen in family:
        rows = _latest(policy, chosen).subquery()
        least = minimum_cell * rows.c.look_index if is_repeated else literal(minimum_cell)
        row = (await connection.execute(select(_n_hypotheses(rows.c, least), func.count(rows.c.stands)))).one()
        tested, standing = tested + row[0], standing + row[1]
    return tested, standing


def _n_hypotheses(row: Any, least: ColumnElement[int]) -> ColumnElement[int]:
    enough = (row.n_b >= least) & ((row.n_a >= least) | (row.claim == "level"))
    each = case(
        (row.claim == "roll_out", 0),
        (row.claim.in_(sorted(COMBINED)), case((and_(enough, row.state != "too_early"), 1), else_=0)),
        (enough, 2),
        else_=0,
    )
    return func.coalesce(func.sum(each), 0)
