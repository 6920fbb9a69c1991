"""What became of the records of one policy, supplier by supplier."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.schema import tally

NO_SUPPLIER = ""
"""Whoever sends straight to Kafka: markers, registrations, and records past the gateway."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Records received; each is one of the other three."""

    received: int = 0
    counted: int = 0
    duplicate: int = 0
    quarantined: int = 0

    def since(self, before: "Counts") -> "Counts":
        """Return what was added."""
        names = Counts.__slots__
        return Counts(*(getattr(self, name) - getattr(before, name) for name in names))


async def delivered_by(connection: AsyncConnection, policy: str) -> dict[str, Counts]:
    """Return what became of a policy's records so far, by supplier."""
    columns = (tally.c[name] for name in ("supplier", *Counts.__slots__))
    rows = await connection.execute(select(*columns).where(tally.c.policy == policy))
    return {row.supplier: Counts(*row[1:]) for row in rows}
