"""Pauses of policy signals in the store: begun and ended by the inspector, told of by the judge."""

from collections.abc import Collection, Mapping, Sequence
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
