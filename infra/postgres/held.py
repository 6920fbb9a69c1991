"""Findings that a pause holds back, inside the judge's transaction."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.signal import Subject, Verdict
from infra.postgres.quality_schema import quality_held


async def held_subjects(connection: AsyncConnection, policy: str) -> list[Subject]:
    """Return what the findings are about that are held back in a policy."""
    query = select(quality_held.c.subject).where(quality_held.c.policy == policy).order_by(quality_held.c.signal)
    return [Subject(**subject) for subject in await connection.scalars(query)]


async def hold(
    connection: AsyncConnection, policy: str, closing: int, verdicts: Iterable[Verdict], *, now: datetime
) -> None:
    """Keep what is held back at a closing in place of what was before; an older closing changes nothing."""
    before = delete(quality_held).where(quality_held.c.policy == policy, quality_held.c.closing < closing)
    await connection.execute(before)
    rows = [
        {
            "signal": each.signal.subject.id,
            "policy": policy,
            "subject": asdict(each.signal.subject),
            "severity": each.signal.severity,
            "closing": closing,
            "held_at": now,
        }
        for each in verdicts
    ]
    if rows:
        await connection.execute(insert(quality_held).on_conflict_do_nothing(), rows)


async def count_held(connection: AsyncConnection, policy: str) -> int:
    """Return how many findings of a policy are held back."""
    query = select(func.count()).select_from(quality_held).where(quality_held.c.policy == policy)
    return int(await connection.scalar(query) or 0)
