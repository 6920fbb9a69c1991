"""The registered plans: canonical bytes and their digest, which never change, and the text they came from."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import LogBroken, PlanError, Problem
from contracts.plan import Plan
from contracts.plan_reader import plan_of_canonical
from infra.postgres.schema import plan as stored

_COLUMNS = select(stored.c.sha256, stored.c.canonical)


async def store_plan(connection: AsyncConnection, plan: Plan, source: str) -> None:
    """Store a plan; storing the same one again changes nothing.

    Args:
        connection: Within the caller's transaction.
        plan: The checked plan.
        source: The text as registered.

    Raises:
        PlanError: If this version of the policy is stored with other content.
    """
    row = {
        "policy": plan.id,
        "version": plan.version,
        "sha256": plan.sha256,
        "canonical": plan.canonical,
        "source": source,
    }
    await connection.execute(insert(stored).values(row).on_conflict_do_nothing())
    same_version = (stored.c.policy == plan.id) & (stored.c.version == plan.version)
    found = await connection.scalar(select(stored.c.sha256).where(same_version))
    if found != plan.sha256:
        message = (
            f"version {plan.version} of {plan.id} is registered with digest {found}, this text has {plan.sha256}: "
            "a registered plan is frozen; raise `version` and say why in `supersedes_reason`"
        )
        raise PlanError([Problem("version", None, message)])


async def load_plans(connection: AsyncConnection) -> Mapping[str, Plan]:
    """Return every stored plan by its digest."""
    return _by_digest((await connection.execute(_COLUMNS)).all())


async def find_plans(connection: AsyncConnection, digests: Collection[str]) -> Mapping[str, Plan]:
    """Return those of the named plans that are stored, by digest."""
    return _by_digest((await connection.execute(_COLUMNS.where(stored.c.sha256.in_(digests)))).all())


async def load_plan(connection: AsyncConnection, sha256: str) -> Plan:
    """Return the plan with this digest.

    Raises:
        LogBroken: If it is not stored, although the log says that it was registered.
    """
    found = await find_plans(connection, [sha256])
    if sha256 not in found:
        raise LogBroken(f"no stored plan has the digest {sha256}, which the log names: is this the log's database?")
    return found[sha256]


async def mark_accepted(connection: AsyncConnection, sha256: str, *, offset: int) -> None:
    """Note where in the log the evaluator read the plan's registration; the first time counts."""
    unread = (stored.c.sha256 == sha256) & stored.c.accepted_at_offset.is_(None)
    await connection.execute(stored.update().where(unread).values(accepted_at_offset=offset))


def _by_digest(rows: Iterable[Row[*tuple[Any, ...]]]) -> Mapping[str, Plan]:
    return {row.sha256: plan_of_canonical(row.canonical) for row in rows}
