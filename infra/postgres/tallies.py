"""What became of all records, added up per policy and supplier."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.storable import storable


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a number of records; received = counted + duplicate + quarantined."""

    received: int
    counted: int
    duplicate: int
    quarantined: int

    def plus(self, other: "Outcome") -> "Outcome":
        """Return both together."""
        return Outcome(
            self.received + other.received,
            self.counted + other.counted,
            self.duplicate + other.duplicate,
            self.quarantined + other.quarantined,
        )


_ADD = text(
    "INSERT INTO leerlus.tally AS stored (partition, policy, supplier, received, counted, duplicate, quarantined) "
    "VALUES (:partition, :policy, :supplier, :received, :counted, :duplicate, :quarantined) "
    "ON CONFLICT (partition, policy, supplier) DO UPDATE SET received = stored.received + excluded.received, "
    "counted = stored.counted + excluded.counted, duplicate = stored.duplicate + excluded.duplicate, "
    "quarantined = stored.quarantined + excluded.quarantined, last_at = now()"
)


_SILENT = text(
    "SELECT policy FROM leerlus.tally GROUP BY policy HAVING max(last_at) < now() - CAST(:since AS interval)"
)


async def add_outcomes(
    connection: AsyncConnection, partition: int, outcomes: Mapping[tuple[str | None, str | None], Outcome]
) -> None:
    """Add up what became of the records of each (policy, supplier); None where it could not be read or is not known."""
    added: dict[tuple[str, str], Outcome] = {}
    for (policy, supplier), outcome in outcomes.items():
        place = (storable(policy or ""), storable(supplier or ""))
        added[place] = outcome.plus(added[place]) if place in added else outcome
    rows = [
        {"partition": partition, "policy": policy, "supplier": supplier, **asdict(outcome)}
        for (policy, supplier), outcome in added.items()
    ]
    if rows:
        await connection.execute(_ADD, rows)


async def silent_policies(connection: AsyncConnection, since: timedelta) -> set[str]:
    """Return the policies of which no record has been dealt with for so long, by the database's clock."""
    return set(await connection.scalars(_SILENT, {"since": since}))
