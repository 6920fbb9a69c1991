"""The register of plans, as people look into it: which versions there are, and the text of each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.schema import plan as stored


@dataclass(frozen=True, slots=True)
class Registered:
    """One version of a policy's plan.

    Attributes:
        policy, version, sha256: Which plan.
        stored_at: When it was stored.
        accepted_at_offset: Where in the log the evaluator read its registration; None before that.
    """

    policy: str
    version: int
    sha256: str
    stored_at: datetime
    accepted_at_offset: int | None


async def digests(connection: AsyncConnection) -> frozenset[str]:
    """Return the digest of every stored plan."""
    return frozenset(await connection.scalars(select(stored.c.sha256)))


async def registered(connection: AsyncConnection) -> tuple[Registered, ...]:
    """Return every version of every plan, by policy and version."""
    columns = (stored.c[name] for name in Registered.__slots__)
    query = select(*columns).order_by(stored.c.policy, stored.c.version)
    return tuple(Registered(*row) for row in await connection.execute(query))


async def source_of(connection: AsyncConnection, policy: str, version: int | None) -> str | None:
    """Return the text of a plan as it was registered; None if there is none.

    Args:
        connection: Any.
        policy: The plan's id.
        version: Which one; None for the newest.
    """
    query = select(stored.c.source).where(stored.c.policy == policy).order_by(stored.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(stored.c.version == version)
    return (await connection.execute(query)).scalar_one_or_none()
