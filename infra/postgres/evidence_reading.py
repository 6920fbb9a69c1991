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

import msgspec
from sqlalchemy import FromClause, Row, Select, Text, cast, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import EvidenceRow
from infra.postgres import schema

_CELL = ("claim", "indicator", "arm", "region", "group")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which comparisons to read: every combination of these."""

    claims: tuple[str, ...]
    indicators: tuple[str, ...]
    arms: tuple[str, ...]
    regions: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many comparisons these are."""
        return prod(len(getattr(self, name + "s")) for name in _CELL)


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of evidence with the closing that made it, and when that was."""

    closing: int
    closed_at: datetime | None
    row: EvidenceRow


async def latest(connection: AsyncConnection, policy: str, chosen: Chosen) -> tuple[Seen, ...]:
    """Return the latest row of each chosen comparison that a look has touched."""
    return tuple(_seen(row) for row in await connection.execute(_latest(policy, chosen)))


async def history(
    connection: AsyncConnection, policy: str, chosen: Chosen, *, limit: int | None = None
) -> tuple[Seen, ...]:
    """Return every row of the chosen comparisons, in the order of the log; at most `limit` of them."""
    evidence, look = schema.evidence, schema.look
    same = [evidence.c[name].in_(getattr(chosen, name + "s")) for name in _CELL]
    query = (
        select(evidence, look.c.closed_at)
        .join(look, (look.c.policy == evidence.c.policy) & (look.c.closing == evidence.c.closing), isouter=True)
        .where(evidence.c.policy == policy, *same)
        .order_by(evidence.c.closing, evidence.c.row)
        .limit(limit)
    )
    return tuple(_seen(row) for row in await connection.execute(query))


def _latest(policy: str, chosen: Chosen) -> Select[Any]:
    """Return the query that probes the index once per combination."""
    evidence, look = schema.evidence, schema.look
    asked = {name: _listed(name, getattr(chosen, name + "s")) for name in _CELL}
    same = [evidence.c[name] == each.c.value for name, each in asked.items()]
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
    return func.unnest(cast(list(values), ARRAY(Text))).table_valued("value").render_derived(name=name + "s")


def _seen(row: Row[Any]) -> Seen:
    values = {str(name): value for name, value in row._mapping.items()}  # noqa: SLF001  (public in SQLAlchemy)
    offsets = (values.pop("first_offset"), values.pop("last_offset"))
    closing, closed_at = values.pop("closing"), values.pop("closed_at")
    values.pop("row")
    return Seen(closing, closed_at, msgspec.convert({**values, "offsets": offsets}, EvidenceRow))


async def tested_together(
    connection: AsyncConnection, policy: str, family: Sequence[Chosen], *, minimum_cell: int
) -> tuple[int, int]:
    """Return how many comparisons of a family have enough people on both sides, and how many findings stand."""
    tested = standing = 0
    for chosen in family:
        rows = _latest(policy, chosen).subquery()
        enough = (rows.c.n_a >= minimum_cell) & (rows.c.n_b >= minimum_cell)
        row = (await connection.execute(select(func.count().filter(enough), func.count(rows.c.stands)))).one()
        tested, standing = tested + row[0], standing + row[1]
    return tested, standing
