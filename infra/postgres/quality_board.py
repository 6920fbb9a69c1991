"""How the data of a policy stand: what its looks counted, what is remembered of its records, and what is paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.quality import Cell, Series
from infra.postgres.quality_schema import quality_held, quality_pause, quality_state
from infra.postgres.schema import look

_MOST_LOOKS = 10_000


@dataclass(frozen=True, slots=True)
class LookCount:
    """How many observations a look counted."""

    indicator: str
    look: str
    look_index: int
    n_counted: int


@dataclass(frozen=True, slots=True)
class OpenPause:
    """A pause of policy signals that lasts.

    Attributes:
        series: The rule that failed, and the cell.
        suppliers: Who sent the records that were judged.
    """

    policy: str
    series: Series
    suppliers: tuple[str, ...]
    began_at: datetime


async def look_counts(connection: AsyncConnection, policy: str) -> tuple[LookCount, ...]:
    """Return what the looks of a policy counted, in the order in which they closed; of very many the last."""
    columns = (look.c[name] for name in LookCount.__slots__)
    query = select(*columns).where(look.c.policy == policy).order_by(look.c.closing.desc()).limit(_MOST_LOOKS)
    return tuple(reversed([LookCount(*row) for row in await connection.execute(query)]))


async def remembered(connection: AsyncConnection, policy: str) -> bytes | None:
    """Return what the inspector remembers of a policy, as it wrote it; None where it has seen nothing."""
    query = select(quality_state.c.data).where(quality_state.c.policy == policy)
    found = await connection.scalar(query)
    return None if found is None else bytes(found)


async def pauses_now(connection: AsyncConnection, policy: str | None) -> tuple[OpenPause, ...]:
    """Return the pauses of a policy that last, the oldest first; None for every policy."""
    query = select(quality_pause).where(quality_pause.c.ended_at.is_(None))
    if policy is not None:
        query = query.where(quality_pause.c.policy == policy)
    found = await connection.execute(query.order_by(quality_pause.c.began_at, quality_pause.c.id))
    return tuple(
        OpenPause(
            row["policy"],
            Series(row["rule"], Cell(row["indicator"], row["arm"], row["region"], row["group"])),
            tuple(row["suppliers"]),
            row["began_at"],
        )
        for row in found.mappings()
    )


async def n_held_back(connection: AsyncConnection, policy: str) -> int:
    """Return how many findings of a policy wait until a pause is over."""
    query = select(func.count()).select_from(quality_held).where(quality_held.c.policy == policy)
    return int(await connection.scalar(query) or 0)


_VERSION = text(
    "SELECT (SELECT coalesce(sum(received), 0) FROM leerlus.tally), "
    "(SELECT coalesce(max(id), 0) FROM leerlus.quarantine), "
    "(SELECT coalesce(max(extract(epoch FROM checked_at)), 0)::bigint FROM leerlus.quality_result), "
    "(SELECT count(*) FROM leerlus.quality_pause WHERE ended_at IS NULL)"
)


async def data_version(connection: AsyncConnection) -> str:
    """Return a word that changes whenever something about the data does."""
    return "-".join(str(value) for value in (await connection.execute(_VERSION)).one())


async def data_versions(connection: AsyncConnection, names: Sequence[str]) -> dict[str, str]:
    """Return that word for each listener's name; all data are one."""
    return dict.fromkeys(names, await data_version(connection))
