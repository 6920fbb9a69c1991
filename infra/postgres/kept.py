"""The bytes of refused records, as they are read again; one that was damaged stops none of the others."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import InfrastructureError
from infra.at_rest import Keyring
from infra.postgres.quarantine import Sent, place_of
from infra.postgres.refusals import Wanted
from infra.postgres.schema import quarantine as stored


@dataclass(frozen=True, slots=True)
class Kept:
    """A refused record with its bytes: what was sent, and what it is known by."""

    id: int
    partition: int
    offset: int
    policy: str | None
    replays: int
    sent: Sent


@dataclass(frozen=True, slots=True)
class Damaged:
    """A refused record whose bytes cannot be read any more: its number, and what is wrong with them."""

    id: int
    problem: str


Found: TypeAlias = Kept | Damaged


async def kept_bytes(connection: AsyncConnection, wanted: Wanted, keyring: Keyring, *, limit: int) -> list[Found]:
    """Return refused records with their bytes, the oldest first; those of which the bytes are gone are left out.

    Raises:
        SettingsError: If a record was encrypted with a key that is not on the ring.
    """
    columns = ("id", "partition", "offset", "policy", "replays", "sealed", "key_id")
    query = select(*(stored.c[name] for name in columns)).where(*wanted.kept().conditions())
    rows = await connection.execute(query.order_by(stored.c.id).limit(limit))
    return [_found(row, keyring) for row in rows.all()]


def _found(row: Row[Any], keyring: Keyring) -> Found:
    place = place_of(row.partition, row.offset)
    try:
        sent = msgspec.json.decode(keyring.open(row.sealed, key_id=row.key_id, place=place), type=Sent)
    except InfrastructureError as error:
        return Damaged(row.id, str(error))
    return Kept(row.id, row.partition, row.offset, row.policy, row.replays, sent)
