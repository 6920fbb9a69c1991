"""What happens to the bytes of refused records in time: encrypted anew with the key in use, and deleted in the end."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import InfrastructureError
from infra.at_rest import Keyring
from infra.postgres.quarantine import place_of
from infra.postgres.schema import quarantine as stored

AT_ONCE = 1_000
"""Records of which a transaction deletes or encrypts the bytes."""

_NOT_SEALED = ""


async def delete_old_bytes(connection: AsyncConnection, kept: timedelta) -> int:
    """Delete the bytes of the oldest records, at most `AT_ONCE`, that were refused longer ago; returns of how many.

    Place and reasons stay.
    """
    old = (
        select(stored.c.id)
        .where(stored.c.sealed.is_not(None), stored.c.stored_at < func.now() - kept)
        .order_by(stored.c.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    gone = update(stored).where(stored.c.id.in_(old.scalar_subquery())).values(sealed=None, key_id=None)
    return (await connection.execute(gone)).rowcount


@dataclass(frozen=True, slots=True)
class EncryptedAnew:
    """What was encrypted with the key in use.

    Attributes:
        n_records: How many records.
        damaged: What is wrong with those that cannot be read, and were left as they are.
        last: Number of the last record that was looked at; None if there are no more.
    """

    n_records: int
    damaged: tuple[str, ...]
    last: int | None


async def encrypt_anew(connection: AsyncConnection, keyring: Keyring, *, after: int = 0) -> EncryptedAnew:
    """Encrypt what is not under the key in use, at most `AT_ONCE` records with a number above `after`.

    What a key sealed that is not on the ring is left as it is.
    """
    rows = (await connection.execute(_under_others(keyring, after))).all()
    changed, damaged = [], []
    for row in rows:
        place = place_of(row.partition, row.offset)
        try:
            data = keyring.open(row.sealed, key_id=row.key_id, place=place) if row.key_id != _NOT_SEALED else row.sealed
        except InfrastructureError as error:
            damaged.append(str(error))
        else:
            changed.append({"number": row.id, "data": keyring.seal(data, place=place)})
    if changed:
        written = update(stored).where(stored.c.id == bindparam("number"))
        await connection.execute(written.values(sealed=bindparam("data"), key_id=keyring.current), changed)
    return EncryptedAnew(len(changed), tuple(damaged), rows[-1].id if len(rows) == AT_ONCE else None)


def _under_others(keyring: Keyring, after: int) -> Select[tuple[int, int, int, bytes, str]]:
    columns = (stored.c.id, stored.c.partition, stored.c.offset, stored.c.sealed, stored.c.key_id)
    others = [_NOT_SEALED, *(each for each in keyring.ids if each != keyring.current)]
    return (
        select(*columns)
        .where(stored.c.sealed.is_not(None), stored.c.key_id.in_(others), stored.c.id > after)
        .order_by(stored.c.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
