"""What the inspector found, in the store: written in its transaction, read by commands and pages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, case, delete, or_, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.quality import QualityResult
from infra.postgres.quality_schema import quality_batch, quality_document, quality_result, quality_state

KEPT = timedelta(days=365)
"""How long it is known which micro-batches were checked."""

_SERIES = ("rule", "indicator", "arm", "region", "group")
_CHECKED = ("plan_version", "last_offset", "checked_at")
_RESULT = ("severity", "outcome", "look", "n", "figure", "bound", "why")


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """A micro-batch of a policy that was checked.

    Attributes:
        first_offset, last_offset: Its first and last record in the partition.
        n_records: How many there are, rounded; None below the plan's smallest cell.
        n_passed, n_failed, n_could_not_run, n_not_applicable: Results by outcome.
    """

    policy: str
    plan_version: int
    partition: int
    first_offset: int
    last_offset: int
    n_records: int | None
    n_passed: int
    n_failed: int
    n_could_not_run: int
    n_not_applicable: int
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class LatestResult:
    """The latest result of a rule in a cell, and since when it has been so."""

    policy: str
    result: QualityResult
    plan_version: int
    last_offset: int
    since: datetime
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """The last validation of a frame, as Great Expectations wrote it, without values and small counts."""

    policy: str
    frame: str
    expectations: Sequence[dict[str, object]]
    document: dict[str, Any]
    first_offset: int
    last_offset: int
    checked_at: datetime


# --- what the inspector remembers ----------------------------------------------------------------------------------


async def load_states(connection: AsyncConnection, partitions: Collection[int]) -> Mapping[int, Mapping[str, bytes]]:
    """Return the state of every policy, by partition and policy."""
    found = await connection.execute(select(quality_state).where(quality_state.c.partition.in_(partitions)))
    states: dict[int, dict[str, bytes]] = {partition: {} for partition in partitions}
    for row in found:
        states[row.partition][row.policy] = row.data
    return states


async def save_states(connection: AsyncConnection, partition: int, states: Mapping[str, bytes]) -> None:
    """Write the states of policies, each in place of the one before."""
    rows = [{"policy": policy, "partition": partition, "data": data} for policy, data in sorted(states.items())]
    if rows:
        made = insert(quality_state)
        replaced = {"data": made.excluded.data, "partition": made.excluded.partition}
        await connection.execute(made.on_conflict_do_update(index_elements=["policy"], set_=replaced), rows)


# --- results -------------------------------------------------------------------------------------------------------


async def save_batch(connection: AsyncConnection, batch: CheckedBatch) -> None:
    """Note that a micro-batch was checked; that it is noted twice is refused. Notes of a year ago are forgotten."""
    values = {name: getattr(batch, name) for name in CheckedBatch.__slots__}
    await connection.execute(insert(quality_batch).values(values))
    noted = quality_batch.c
    is_old = (noted.policy == batch.policy) & (noted.checked_at < batch.checked_at - KEPT)
    await connection.execute(delete(quality_batch).where(is_old))


async def save_results(
    connection: AsyncConnection,
    policy: str,
    results: Iterable[QualityResult],
    *,
    plan_version: int,
    last_offset: int,
    now: datetime,
) -> None:
    """Write the latest results; what cannot be judged now does not take the place of what was judged before."""
    of_batch = {"policy": policy, "plan_version": plan_version, "last_offset": last_offset, "since": now}
    rows = [_row(result) | of_batch | {"checked_at": now} for result in _latest(results)]
    if rows:
        await connection.execute(_upsert(), rows)


def _latest(results: Iterable[QualityResult]) -> Iterable[QualityResult]:
    """Return the last result of each series, one that was judged before one that was not."""
    ordered = sorted(results, key=lambda each: each.outcome != "not_applicable")
    return {each.series: each for each in ordered}.values()


def _row(result: QualityResult) -> dict[str, object]:
    return {name: getattr(result, name) for name in (*_SERIES, *_RESULT)}


def _upsert() -> Insert:
    made, known = insert(quality_result), quality_result.c
    new = made.excluded
    replaced: dict[str, ColumnElement[Any]] = {name: new[name] for name in (*_RESULT, *_CHECKED)}
    replaced["since"] = case((known.outcome == new.outcome, known.since), else_=new.since)
    is_news = or_(
        new.outcome != "not_applicable",
        known.outcome == "not_applicable",
        known.plan_version != new.plan_version,
    )
    return made.on_conflict_do_update(index_elements=["policy", *_SERIES], set_=replaced, where=is_news)


async def latest_results(
    connection: AsyncConnection, policy: str | None = None, *, indicator: str | None = None
) -> list[LatestResult]:
    """Return the latest result of each rule in each cell, by policy, indicator, rule and cell.

    Args:
        connection: Any.
        policy: Only this policy; None for all.
        indicator: Only this indicator; None for all.
    """
    known = quality_result.c
    query = select(quality_result).order_by(
        known.policy, known.indicator, known.rule, known.arm, known.region, known.group
    )
    if policy is not None:
        query = query.where(known.policy == policy)
    if indicator is not None:
        query = query.where(known.indicator == indicator)
    return [_stored(row) for row in (await connection.execute(query)).mappings()]


def _stored(row: RowMapping) -> LatestResult:
    result = QualityResult(**{name: row[name] for name in (*_SERIES, *_RESULT)})
    return LatestResult(row["policy"], result, row["plan_version"], row["last_offset"], row["since"], row["checked_at"])


async def newest_batches(connection: AsyncConnection, policy: str, *, limit: int) -> list[CheckedBatch]:
    """Return the micro-batches of a policy that were checked last, the newest first."""
    query = select(quality_batch).where(quality_batch.c.policy == policy)
    query = query.order_by(quality_batch.c.checked_at.desc(), quality_batch.c.first_offset.desc()).limit(limit)
    return [CheckedBatch(**row) for row in (await connection.execute(query)).mappings()]


# --- documents -----------------------------------------------------------------------------------------------------


async def save_documents(connection: AsyncConnection, documents: Sequence[StoredDocument]) -> None:
    """Keep the last validation of each frame of a policy."""
    rows = [_values(each) for each in documents]
    if rows:
        made = insert(quality_document)
        names = ("expectations", "document", "first_offset", "last_offset", "checked_at")
        replaced = {name: made.excluded[name] for name in names}
        await connection.execute(made.on_conflict_do_update(index_elements=["policy", "frame"], set_=replaced), rows)


def _values(document: StoredDocument) -> dict[str, object]:
    return {name: getattr(document, name) for name in StoredDocument.__slots__}


async def documents(connection: AsyncConnection, policy: str) -> list[StoredDocument]:
    """Return the last validation of each frame of a policy."""
    query = select(quality_document).where(quality_document.c.policy == policy).order_by(quality_document.c.frame)
    return [StoredDocument(**row) for row in (await connection.execute(query)).mappings()]
