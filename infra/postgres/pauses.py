"""Pauses of policy signals in the store: begun and ended by the inspector, told of by the judge."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.plan import Plan
from contracts.quality import Cell, Pause, Series
from infra.postgres.quality_schema import quality_pause


async def begin_pauses(
    connection: AsyncConnection, plan: Plan, begun: Mapping[UUID, Series], *, suppliers: Sequence[str], now: datetime
) -> None:
    """Write pauses that begin, by id; one that is there already stays as it is."""
    facts = {"policy": plan.id, "plan_version": plan.version, "suppliers": list(suppliers), "began_at": now}
    rows = [{"id": identity, **_series(series), **facts} for identity, series in begun.items()]
    if rows:
        await connection.execute(insert(quality_pause).on_conflict_do_nothing(), rows)


async def end_pauses(connection: AsyncConnection, policy: str, ended: Collection[Series], *, now: datetime) -> None:
    """Note that the pauses of these series end."""
    for series in ended:
        is_it = [quality_pause.c[name] == value for name, value in _series(series).items()]
        open_one = quality_pause.update().where(
            quality_pause.c.policy == policy, quality_pause.c.ended_at.is_(None), *is_it
        )
        await connection.execute(open_one.values(ended_at=now))


async def open_pauses(connection: AsyncConnection, policy: str) -> list[Pause]:
    """Return the pauses of a policy that last."""
    query = select(quality_pause).where(quality_pause.c.policy == policy, quality_pause.c.ended_at.is_(None))
    found = await connection.execute(query.order_by(quality_pause.c.began_at, quality_pause.c.id))
    return [_pause(row) for row in found.mappings()]


def _series(series: Series) -> dict[str, str]:
    cell = series.cell
    return {
        "rule": series.rule,
        "indicator": cell.indicator,
        "arm": cell.arm,
        "region": cell.region,
        "group": cell.group,
    }


def _pause(row: RowMapping) -> Pause:
    cell = Cell(row["indicator"], row["arm"], row["region"], row["group"])
    return Pause(row["id"], row["policy"], Series(row["rule"], cell), tuple(row["suppliers"]))


@dataclass(frozen=True, slots=True)
class PauseToTell:
    """A pause of which something is to be told.

    Attributes:
        is_told: Whether its data signal was raised.
        is_over: Whether it ended.
    """

    pause: Pause
    plan_version: int
    is_told: bool
    is_over: bool


async def pauses_to_tell(connection: AsyncConnection) -> list[PauseToTell]:
    """Return the pauses that began or ended and of which that was not told; locked until the transaction ends."""
    known = quality_pause.c
    is_due = known.withdrawn_at.is_(None) & (known.told_at.is_(None) | known.ended_at.is_not(None))
    query = select(quality_pause).where(is_due).order_by(known.began_at, known.id)
    found = await connection.execute(query.with_for_update(skip_locked=True))
    return [
        PauseToTell(_pause(row), row["plan_version"], row["told_at"] is not None, row["ended_at"] is not None)
        for row in found.mappings()
    ]


async def mark_told(connection: AsyncConnection, told: Collection[PauseToTell], *, now: datetime) -> None:
    """Note that these were told."""
    for each in told:
        over = {"withdrawn_at": now} if each.is_over else {}
        told_at = {} if each.is_told else {"told_at": now}
        known = quality_pause.update().where(quality_pause.c.id == each.pause.id)
        await connection.execute(known.values(**told_at, **over))
