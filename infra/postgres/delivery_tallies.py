"""What became of a delivery's records, added up per supplier, delivery and policy."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    RowMapping,
    Table,
    Text,
    delete,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.period import Grain, Period, period_of
from infra.postgres.schema import metadata
from infra.postgres.storable import storable

AT_ONCE = 1_000
"""Rows that a transaction deletes."""

delivery_tally = Table(
    "delivery_tally",
    metadata,
    Column("supplier", Text, primary_key=True),  # '' where the gateway named none
    Column("upload", Text, primary_key=True),
    Column("policy", Text, primary_key=True),  # '' where it could not be read
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("received", BigInteger, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("again", BigInteger, nullable=False),  # received records that were sent again from quarantine
    Column("arrived_at", DateTime(timezone=True)),  # when the last of the others did
    Column("earliest", DATERANGE),  # first and last period of what was counted
    Column("latest", DATERANGE),
    Column("last_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("delivery_tally_by_time", "last_at"),
    Index("delivery_tally_by_supplier", "supplier", "last_at"),
)


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What became of a delivery's records of one policy; received = counted + duplicate + quarantined.

    Attributes:
        supplier, policy: None where it is not known or could not be read.
        again: Records that were sent again from quarantine; they are among the received.
        arrived_at: When the last of the others arrived; None where none did, or nothing says when.
        earliest, latest: First and last period of the observations that were counted.
    """

    supplier: str | None
    upload: str
    policy: str | None
    received: int
    counted: int
    duplicate: int
    quarantined: int
    again: int = 0
    arrived_at: datetime | None = None
    earliest: Period | None = None
    latest: Period | None = None


_COUNTS = ("received", "counted", "duplicate", "quarantined", "again")


async def add_deliveries(connection: AsyncConnection, partition: int, outcomes: Iterable[DeliveryOutcome]) -> None:
    """Add up what became of the records of each delivery; of one there may be several."""
    rows = [_row(partition, each) for each in outcomes]
    if not rows:
        return
    stored, adding = delivery_tally.c, insert(delivery_tally)
    new = adding.excluded
    changed = {
        **{name: stored[name] + new[name] for name in _COUNTS},
        "arrived_at": func.greatest(stored.arrived_at, new.arrived_at),
        "earliest": func.least(stored.earliest, new.earliest),
        "latest": func.greatest(stored.latest, new.latest),
        "last_at": func.now(),
    }
    await connection.execute(adding.on_conflict_do_update(constraint=delivery_tally.primary_key, set_=changed), rows)


def _row(partition: int, outcome: DeliveryOutcome) -> dict[str, object]:
    return {
        **{name: getattr(outcome, name) for name in _COUNTS},
        "partition": partition,
        "supplier": storable(outcome.supplier or ""),
        "upload": storable(outcome.upload),
        "policy": storable(outcome.policy or ""),
        "arrived_at": outcome.arrived_at,
        "earliest": _range(outcome.earliest),
        "latest": _range(outcome.latest),
    }


def _range(period: Period | None) -> "Range[date] | None":
    return None if period is None else Range(period.start, period.end)


@dataclass(frozen=True, slots=True)
class DeliveryTotal:
    """What became of a delivery's records of all policies; fields as of `DeliveryOutcome`.

    Attributes:
        last_at: When the last of them was accounted for.
    """

    received: int
    counted: int
    duplicate: int
    quarantined: int
    again: int
    arrived_at: datetime | None
    earliest: Period | None
    latest: Period | None
    last_at: datetime

    @property
    def is_whole(self) -> bool:
        """Whether its records were counted when they came first; of an older delivery only what was sent again is."""
        return self.received > self.again


async def newest_uploads(
    connection: AsyncConnection, supplier: str | None, *, most: int
) -> tuple[tuple[str, str], ...]:
    """Return (supplier, upload) of the rows that changed last; None for every supplier."""
    query = select(delivery_tally.c.supplier, delivery_tally.c.upload).where(delivery_tally.c.supplier != "")
    if supplier is not None:
        query = query.where(delivery_tally.c.supplier == supplier)
    rows = await connection.execute(query.order_by(delivery_tally.c.last_at.desc()).limit(most))
    return tuple({(row.supplier, row.upload): None for row in rows})


async def delivery_totals(
    connection: AsyncConnection, names: Collection[tuple[str, str]]
) -> dict[tuple[str, str], DeliveryTotal]:
    """Return what became of these deliveries, by (supplier, upload)."""
    columns = [delivery_tally.c[each.name] for each in fields(DeliveryTotal)]
    name = (delivery_tally.c.supplier, delivery_tally.c.upload)
    query = select(*name, *columns).where(
        name[0].in_({each for each, _ in names}), name[1].in_({each for _, each in names})
    )
    found: dict[tuple[str, str], DeliveryTotal] = {}
    for row in (await connection.execute(query)).mappings():
        one, total = (row["supplier"], row["upload"]), _total(row)
        found[one] = _together(found[one], total) if one in found else total
    return found


def _total(row: RowMapping) -> DeliveryTotal:
    given = {each.name: row[each.name] for each in fields(DeliveryTotal)}
    return DeliveryTotal(**given | {"earliest": _period(row["earliest"]), "latest": _period(row["latest"])})


def _together(one: DeliveryTotal, other: DeliveryTotal) -> DeliveryTotal:
    arrivals = [each.arrived_at for each in (one, other) if each.arrived_at is not None]
    return DeliveryTotal(
        **{name: getattr(one, name) + getattr(other, name) for name in _COUNTS},
        arrived_at=max(arrivals, default=None),
        earliest=min((each.earliest for each in (one, other) if each.earliest is not None), default=None),
        latest=max((each.latest for each in (one, other) if each.latest is not None), default=None),
        last_at=max(one.last_at, other.last_at),
    )


_GRAINS = ((1, Grain.DAY), (7, Grain.WEEK), (31, Grain.MONTH), (92, Grain.QUARTER), (366, Grain.YEAR))
"""The longest that a period of each grain lasts (days)."""


def _period(stored: "Range[date] | None") -> Period | None:
    if stored is None or stored.lower is None or stored.upper is None:
        return None
    days = (stored.upper - stored.lower).days
    return period_of(stored.lower, next(grain for longest, grain in _GRAINS if days <= longest))


async def delete_old_deliveries(connection: AsyncConnection, kept: timedelta) -> int:
    """Delete rows, at most `AT_ONCE`, that have not changed for longer; returns how many."""
    own = tuple(delivery_tally.primary_key.columns)
    old = (
        select(*own)
        .where(delivery_tally.c.last_at < func.now() - kept)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return (await connection.execute(delete(delivery_tally).where(tuple_(*own).in_(old)))).rowcount
