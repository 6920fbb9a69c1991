"""The supplier board: what became of each supplier's records, why they were refused, and what came of them later."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import Reason

MOST_LOOKED_AT = 20_000
"""Refused records, the newest first, of which the reasons are counted."""

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a supplier's records of one policy; received = counted + duplicate + quarantined.

    Attributes:
        supplier: '' for whoever sends straight to Kafka.
        policy: '' where none that is registered could be read.
        last_at: When the last of them was accounted for.
    """

    supplier: str
    policy: str
    received: int
    counted: int
    duplicate: int
    quarantined: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class InQuarantine:
    """A supplier's refused records of one policy, and what was sent again.

    Attributes:
        refused: Records that were ever put there.
        open: Those that were neither counted nor a duplicate since.
        oldest_open_at: When the oldest of these arrived; None where there is none.
        sent_again: Records that were sent again; each is one of the next three.
        counted_again, duplicate_again, refused_again: What became of them.
        last_sent_at: When the last was.
    """

    supplier: str
    policy: str
    refused: int
    open: int
    oldest_open_at: datetime | None
    sent_again: int
    counted_again: int
    duplicate_again: int
    refused_again: int
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a supplier's open records of one policy have a reason; a record may have several.

    Attributes:
        code, place: Which reason, and about which field; places in a list are one.
        n: Records that have it.
    """

    supplier: str
    policy: str
    code: str
    place: str
    n: int
    oldest_at: datetime
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class LastRefusal:
    """The record of a supplier that was refused last."""

    supplier: str
    policy: str
    reasons: tuple[Reason, ...]
    upload: str | None
    line: int | None
    contract: str | None
    contract_version: str | None
    at: datetime


_OPEN = "counted_at IS NULL AND coalesce(outcome, '') <> 'duplicate'"
_OF = "(CAST(:policy AS text) IS NULL OR policy = :policy)"
_WHO = "coalesce(supplier, '') AS supplier, coalesce(policy, '') AS policy"
_AT = "coalesce(arrived_at, stored_at)"

_DELIVERED = text(
    "SELECT supplier, policy, sum(received)::bigint AS received, sum(counted)::bigint AS counted, "
    "sum(duplicate)::bigint AS duplicate, sum(quarantined)::bigint AS quarantined, max(last_at) AS last_at "
    f"FROM leerlus.tally WHERE {_OF} GROUP BY supplier, policy ORDER BY supplier, policy"
)

_IN_QUARANTINE = text(
    f"SELECT {_WHO}, count(*) AS refused, count(*) FILTER (WHERE {_OPEN}) AS open, "
    f"min({_AT}) FILTER (WHERE {_OPEN}) AS oldest_open_at, count(*) FILTER (WHERE replays > 0) AS sent_again, "
    "count(*) FILTER (WHERE replays > 0 AND outcome = 'counted') AS counted_again, "
    "count(*) FILTER (WHERE replays > 0 AND outcome = 'duplicate') AS duplicate_again, "
    "count(*) FILTER (WHERE replays > 0 AND outcome = 'refused') AS refused_again, "
    "max(replayed_at) AS last_sent_at "
    f"FROM leerlus.quarantine WHERE {_OF} GROUP BY 1, 2 ORDER BY 1, 2"
)

_REASONS = text(
    "WITH newest AS (SELECT id, supplier, policy, reasons, "
    f"{_AT} AS at FROM leerlus.quarantine WHERE {_OPEN} AND {_OF} ORDER BY id DESC LIMIT :most) "
    f"SELECT {_WHO}, reason->>'code' AS code, regexp_replace(reason->>'place', '\\[[0-9]+\\]', '[]', 'g') AS place, "
    "count(DISTINCT id) AS n, min(at) AS oldest_at, max(at) AS newest_at "
    "FROM newest CROSS JOIN jsonb_array_elements(reasons) AS reason GROUP BY 1, 2, 3, 4 ORDER BY n DESC, 3, 4, 1, 2"
)

_ONE = "SELECT * FROM leerlus.quarantine AS q WHERE {of} AND " + _OF + " ORDER BY q.id DESC LIMIT 1"
_LAST = text(
    f"SELECT {_WHO}, reasons, upload, line, contract, contract_version, {_AT} AS at FROM ("
    "SELECT found.* FROM (SELECT DISTINCT supplier AS name FROM leerlus.tally WHERE supplier <> '') AS known "
    f"CROSS JOIN LATERAL ({_ONE.format(of='q.supplier = known.name')}) AS found "
    f"UNION ALL ({_ONE.format(of='q.supplier IS NULL')})) AS last ORDER BY 1"
)


async def delivered(connection: AsyncConnection, policy: str | None = None) -> tuple[Delivered, ...]:
    """Return what became of all records, by supplier and policy; None for every policy."""
    return await _read(connection, _DELIVERED, Delivered, policy=policy)


async def in_quarantine(connection: AsyncConnection, policy: str | None = None) -> tuple[InQuarantine, ...]:
    """Return how refused records stand, by supplier and policy; None for every policy."""
    return await _read(connection, _IN_QUARANTINE, InQuarantine, policy=policy)


async def open_reasons(
    connection: AsyncConnection, policy: str | None = None, *, most: int = MOST_LOOKED_AT
) -> tuple[ReasonCount, ...]:
    """Return the reasons of the records that are still refused, the most frequent first.

    Args:
        connection: Any.
        policy: Only of this policy; None for all.
        most: How many records are looked at, the newest first.
    """
    return await _read(connection, _REASONS, ReasonCount, policy=policy, most=most)


async def last_refusals(connection: AsyncConnection, policy: str | None = None) -> dict[str, LastRefusal]:
    """Return the last refusal of each supplier that has one, by supplier; None for every policy."""
    rows = await connection.execute(_LAST, {"policy": policy})
    found = [dict(row) for row in rows.mappings()]
    return {
        row["supplier"]: LastRefusal(**row | {"reasons": tuple(Reason(**each) for each in row["reasons"])})
        for row in found
    }


async def _read(
    connection: AsyncConnection, query: TextClause, kind: type[_Record], **asked: Any
) -> tuple[_Record, ...]:
    return tuple(kind(**row) for row in (await connection.execute(query, asked)).mappings())
