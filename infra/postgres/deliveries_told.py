"""Single deliveries, as far as they are remembered: what became of their lines, and which were refused.

The evaluator counts what became of a delivery's lines. Of a delivery that came before it did so, only the lines in
quarantine are known. How many lines a delivery has in all says the gateway's answer, which is kept for a while where
the supplier gave the delivery a name.
"""

import asyncio
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.delivery_tallies import DeliveryTotal, delivery_totals, newest_uploads

_MOST_PARTS = 4_000
"""Answers that are read at once: a delivery in more parts is told without the number of its lines."""

_MOST_ROWS = 2_000
"""Tallies of deliveries and policies that are looked at, the newest first."""


@dataclass(frozen=True, slots=True)
class ToldDelivery:
    """A delivery of a supplier.

    Attributes:
        upload: The id that its lines bear.
        total: What became of its lines; None where they came before that was counted.
        lines: Lines that it has, over all its parts; None where not every answer is kept, as is the next.
        refused_at_once: Those that the gateway's checks refused.
        refused: Lines that the evaluator put in quarantine until now.
        counted_later, duplicate_later: Those of them that were counted, or a duplicate, when they were sent again.
        too_late: Those of them that came after what the plan waits for.
        last_at: When the last line came that was not sent again.
    """

    supplier: str
    upload: str
    total: DeliveryTotal | None
    lines: int | None
    refused_at_once: int | None
    refused: int
    counted_later: int
    duplicate_later: int
    too_late: int
    last_at: datetime

    @property
    def quarantined(self) -> int:
        """How often a line was refused, again or for the first time; where that is not known, lines in quarantine."""
        return self.refused if self.total is None else self.total.quarantined

    @property
    def is_under_way(self) -> bool:
        """Whether lines that the gateway took or refused are not judged yet."""
        if self.total is not None and self.lines is not None:
            return self.total.received - self.total.again < self.lines
        return self.refused_at_once is not None and self.refused < self.refused_at_once


class _Answer(msgspec.Struct):
    """The head of an answer to a delivery."""

    upload: str
    received: int
    refused: int


@dataclass(slots=True)
class _Answered:
    """The answers to the parts of a delivery, by their first line."""

    parts: list[tuple[int, _Answer]]
    last_at: datetime

    @property
    def is_whole(self) -> bool:
        """Whether the parts follow each other from the first line on; of an older one the answer may be deleted."""
        next_line = 1
        for first_line, part in sorted(self.parts, key=itemgetter(0)):
            if first_line != next_line:
                return False
            next_line += part.received
        return True


@dataclass(frozen=True, slots=True)
class _Refused:
    n: int
    counted_later: int
    duplicate_later: int
    too_late: int
    last_at: datetime


_OF = "(CAST(:supplier AS text) IS NULL OR supplier = :supplier)"
_NAMES = text(
    "WITH newest AS (SELECT supplier, name, count(*) AS n_parts, max(answered_at) AS last_at "
    f"FROM leerlus.delivery_answer WHERE {_OF} GROUP BY supplier, name ORDER BY last_at DESC LIMIT :limit) "
    "SELECT supplier, name FROM (SELECT supplier, name, sum(n_parts) OVER (ORDER BY last_at DESC) AS n FROM newest) "
    "AS counted WHERE n <= :most"
)
_ANSWERS = text(
    "SELECT supplier, first_line, answer, answered_at FROM leerlus.delivery_answer "
    "WHERE supplier = ANY(:suppliers) AND name = ANY(:names)"
)
_NEWEST = text(
    "SELECT DISTINCT supplier, upload FROM (SELECT supplier, upload FROM leerlus.quarantine "
    f"WHERE upload IS NOT NULL AND supplier IS NOT NULL AND {_OF} ORDER BY id DESC LIMIT 2000) AS newest"
)
_REFUSED = text(
    "SELECT supplier, upload, count(*) AS n, "
    "count(*) FILTER (WHERE counted_at IS NOT NULL) AS counted_later, "
    "count(*) FILTER (WHERE counted_at IS NULL AND outcome = 'duplicate') AS duplicate_later, "
    'count(*) FILTER (WHERE reasons @> \'[{"code": "too_late"}]\') AS too_late, '
    "max(coalesce(arrived_at, stored_at)) AS last_at FROM leerlus.quarantine "
    "WHERE supplier = ANY(:suppliers) AND upload = ANY(:uploads) GROUP BY supplier, upload"
)


async def newest_deliveries(
    connection: AsyncConnection, supplier: str | None = None, *, limit: int
) -> tuple[ToldDelivery, ...]:
    """Return the deliveries that came last, the newest first.

    Args:
        connection: Any.
        supplier: Only of this supplier; None for all.
        limit: At most so many.
    """
    answered = await _answered(connection, supplier, limit=limit)
    names = {(row.supplier, row.upload) for row in await connection.execute(_NEWEST, {"supplier": supplier})}
    names |= answered.keys() | set(await newest_uploads(connection, supplier, most=_MOST_ROWS))
    refused, totals = await _refused(connection, names), await delivery_totals(connection, names)
    known = answered.keys() | refused.keys() | totals.keys()
    told = [_told(name, answered.get(name), refused.get(name), totals.get(name)) for name in known]
    return tuple(sorted(told, key=lambda each: (each.last_at, each.upload), reverse=True)[:limit])


async def _answered(
    connection: AsyncConnection, supplier: str | None, *, limit: int
) -> dict[tuple[str, str], _Answered]:
    asked = {"supplier": supplier, "limit": limit, "most": _MOST_PARTS}
    names = (await connection.execute(_NAMES, asked)).all()
    chosen = {"suppliers": [row.supplier for row in names], "names": [row.name for row in names]}
    rows = (await connection.execute(_ANSWERS, chosen)).all()
    heads = await asyncio.to_thread(lambda: [_head(bytes(row.answer)) for row in rows])
    found: dict[tuple[str, str], _Answered] = {}
    for row, head in zip(rows, heads, strict=True):
        known = found.setdefault((row.supplier, head.upload), _Answered([], row.answered_at))
        known.parts.append((row.first_line, head))
        known.last_at = max(known.last_at, row.answered_at)
    return found


def _head(answer: bytes) -> _Answer:
    """Return the counts of an answer; what it says of each line is skipped."""
    return msgspec.json.decode(zlib.decompress(answer), type=_Answer)


async def _refused(
    connection: AsyncConnection, names: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], _Refused]:
    asked = {"suppliers": sorted({name for name, _ in names}), "uploads": sorted({upload for _, upload in names})}
    rows = (await connection.execute(_REFUSED, asked)).all()
    return {(row.supplier, row.upload): _Refused(*row[2:]) for row in rows}


def _told(
    name: tuple[str, str], answered: _Answered | None, refused: _Refused | None, total: DeliveryTotal | None
) -> ToldDelivery:
    parts = [part for _, part in answered.parts] if answered is not None and answered.is_whole else None
    return ToldDelivery(
        *name,
        total=total if total is not None and total.is_whole else None,
        lines=None if parts is None else sum(each.received for each in parts),
        refused_at_once=None if parts is None else sum(each.refused for each in parts),
        refused=0 if refused is None else refused.n,
        counted_later=0 if refused is None else refused.counted_later,
        duplicate_later=0 if refused is None else refused.duplicate_later,
        too_late=0 if refused is None else refused.too_late,
        last_at=_last_came(answered, refused, total),
    )


def _last_came(answered: _Answered | None, refused: _Refused | None, total: DeliveryTotal | None) -> datetime:
    times = [each.last_at for each in (answered, refused) if each is not None]
    if total is not None and (total.arrived_at is not None or not times):
        times.append(total.arrived_at or total.last_at)
    return max(times)
