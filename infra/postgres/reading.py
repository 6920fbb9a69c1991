"""What the pages and the API read beside evidence: plans, looks, signals, and what became of the records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, ColumnElement, RowMapping, ScalarSelect, Select, case, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import Claim, Direction
from contracts.plan import Plan
from contracts.plan_reader import plan_of_canonical
from contracts.readings import DataWarning, Inequality
from contracts.signal import Severity
from infra.postgres import schema


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """The plan of a policy as the service knows it; `is_accepted` once its registration was read from the log."""

    plan: Plan
    is_accepted: bool
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class ClosedLook:
    """A look that closed, and what it said beside its evidence."""

    closing: int
    indicator: str
    look: str
    look_index: int
    n_counted: int
    closed_at: datetime | None
    warnings: tuple[DataWarning, ...] = ()
    inequality: tuple[Inequality, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the records of a policy so far; `last_at` is None before the first."""

    received: int
    counted: int
    duplicate: int
    quarantined: int
    n_suppliers: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredSignal:
    """A signal as it is now."""

    id: UUID
    number: str
    policy: str
    plan_version: int
    claim: Claim
    indicator: str
    other_indicator: str | None
    arm: str
    region: str
    group: str
    direction: Direction
    severity: Severity
    state: str
    owner_office: str
    owner_table: str | None
    decide_before: datetime
    first_closing: int
    last_closing: int
    raised_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SignalEvent:
    """One moment in the life of a signal, with the figures it spoke of."""

    number: int
    event: str
    severity: str
    closing: int
    slots: dict[str, Any] | None
    happened_at: datetime


async def plans_to_show(connection: AsyncConnection) -> tuple[StoredPlan, ...]:
    """Return one plan per policy, by id: the version by which its last look was closed.

    A version comes into force only with the first record of its time that is counted. Before the first look it is the
    oldest version that the log has accepted, and before that the newest stored.
    """
    table = schema.plan.c
    is_accepted = table.accepted_at_offset.is_not(None)
    chosen = (
        select(table.canonical, table.accepted_at_offset, table.stored_at)
        .ext(distinct_on(table.policy))
        .order_by(
            table.policy,
            (table.version == _version_of_last_look()).desc().nulls_last(),
            is_accepted.desc(),
            case((is_accepted, table.version), else_=-table.version),
        )
    )
    return tuple(
        StoredPlan(_plan(row.canonical), row.accepted_at_offset is not None, row.stored_at)
        for row in await connection.execute(chosen)
    )


def _version_of_last_look() -> ScalarSelect[Any]:
    """Return the version by which the last look of the plan's policy was closed, NULL before the first."""
    look, policy = schema.look.c, schema.plan.c.policy
    last = select(look.plan_version).where(look.policy == policy).order_by(look.closing.desc()).limit(1)
    return last.correlate(schema.plan).scalar_subquery()


async def plan_by_version(connection: AsyncConnection, policy: str, version: int) -> Plan | None:
    """Return one version of a policy's plan, None where there is none."""
    table = schema.plan.c
    query = select(table.canonical).where(table.policy == policy, table.version == version)
    canonical = (await connection.execute(query)).scalar_one_or_none()
    return None if canonical is None else _plan(canonical)


@lru_cache(maxsize=256)
def _plan(canonical: bytes) -> Plan:
    return plan_of_canonical(canonical)


async def newest_looks(connection: AsyncConnection, policy: str, *, limit: int) -> tuple[ClosedLook, ...]:
    """Return the looks that closed last, the newest first."""
    table = schema.look.c
    columns = (table[name] for name in ClosedLook.__slots__)
    query = select(*columns).where(table.policy == policy).order_by(table.closing.desc()).limit(limit)
    return tuple(_closed_look(row) for row in (await connection.execute(query)).mappings())


async def last_looks(connection: AsyncConnection, policy: str) -> tuple[ClosedLook, ...]:
    """Return the last look of every indicator."""
    table = schema.look.c
    columns = (table[name] for name in ClosedLook.__slots__)
    last = select(*columns).ext(distinct_on(table.indicator)).where(table.policy == policy)
    found = await connection.execute(last.order_by(table.indicator, table.closing.desc()))
    return tuple(_closed_look(row) for row in found.mappings())


def _closed_look(row: RowMapping) -> ClosedLook:
    said = {
        "warnings": msgspec.convert(row["warnings"], tuple[DataWarning, ...]),
        "inequality": msgspec.convert(row["inequality"], tuple[Inequality, ...]),
    }
    return ClosedLook(**{**row, **said})


async def delivered(connection: AsyncConnection, policy: str) -> Delivered:
    """Return what became of the records of a policy; '' for those that named none that could be read."""
    table = schema.tally.c
    counts = (table.received, table.counted, table.duplicate, table.quarantined)
    sums: list[ColumnElement[Any]] = [cast(func.coalesce(func.sum(column), 0), BigInteger) for column in counts]
    suppliers = func.count(table.supplier.distinct()).filter(table.supplier != "")
    query = select(*sums, suppliers, func.max(table.last_at)).where(table.policy == policy)
    values: tuple[Any, ...] = tuple((await connection.execute(query)).one())
    return Delivered(*values)


async def signals(connection: AsyncConnection, *, policy: str | None, state: str | None) -> tuple[StoredSignal, ...]:
    """Return signals, the newest first; None for any policy or any state."""
    table = schema.signal.c
    wanted = [column == value for column, value in ((table.policy, policy), (table.state, state)) if value is not None]
    query = _signals().where(*wanted).order_by(table.raised_at.desc(), table.number.desc())
    return tuple(StoredSignal(*row) for row in await connection.execute(query))


async def signal(connection: AsyncConnection, number: str) -> StoredSignal | None:
    """Return the signal with this number, None where there is none."""
    row = (await connection.execute(_signals().where(schema.signal.c.number == number))).one_or_none()
    return None if row is None else StoredSignal(*row)


def _signals() -> Select[Any]:
    return select(*(schema.signal.c[name] for name in StoredSignal.__slots__))


async def signal_events(connection: AsyncConnection, signal_id: UUID) -> tuple[SignalEvent, ...]:
    """Return what happened to a signal, in order."""
    table = schema.signal_event.c
    columns = (table[name] for name in SignalEvent.__slots__)
    query = select(*columns).where(table.signal == signal_id).order_by(table.number)
    return tuple(SignalEvent(*row) for row in await connection.execute(query))


async def versions(connection: AsyncConnection, policies: Sequence[str]) -> dict[str, str]:
    """Return per policy a word that changes whenever its board does: with a look, a signal or a plan."""
    found = {}
    for policy in policies:
        closing = select(func.max(schema.look.c.closing)).where(schema.look.c.policy == policy)
        changed = select(func.max(schema.signal.c.changed_at)).where(schema.signal.c.policy == policy)
        plan = select(func.max(schema.plan.c.version)).where(schema.plan.c.policy == policy)
        row = (await connection.execute(select(*(each.scalar_subquery() for each in (closing, changed, plan))))).one()
        found[policy] = "-".join(_word(value) for value in row)
    return found


def _word(value: datetime | int | None) -> str:
    if isinstance(value, datetime):
        return str(int(value.timestamp() * 1_000_000))
    return "0" if value is None else str(value)


async def is_demonstration(connection: AsyncConnection) -> bool:
    """Return whether this installation was made to show how it works, by the row `demonstration`."""
    table = schema.installation.c
    found = select(table.name).where(table.name == "demonstration")
    return (await connection.execute(found)).first() is not None
