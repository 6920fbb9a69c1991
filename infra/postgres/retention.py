"""What happens to the bytes of refused records in time: encrypted anew with the key in use, and deleted in the end."""

from datetime import timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

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


async def encrypt_anew(connection: AsyncConnection, keyring: Keyring) -> int:
    """Encrypt what is not under the key in use, at most `AT_ONCE` records; returns how many.

    What a key sealed that is not on the ring is left as it is.
    """
    columns = (stored.c.id, stored.c.partition, stored.c.offset, stored.c.sealed, stored.c.key_id)
    others = [_NOT_SEALED, *(each for each in keyring.ids if each != keyring.current)]
    query = (
        select(*columns)
        .where(stored.c.sealed.is_not(None), stored.c.key_id.in_(others))
        .order_by(stored.c.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    changed = []
    for row in (await connection.execute(query)).all():
        place = place_of(row.partition, row.offset)
        data = keyring.open(row.sealed, key_id=row.key_id, place=place) if row.key_id != _NOT_SEALED else row.sealed
        changed.append({"number": row.id, "data": keyring.seal(data, place=place)})
    if changed:
        written = update(stored).where(stored.c.id == bindparam("number"))
        await connection.execute(written.values(sealed=bindparam("data"), key_id=keyring.current), changed)
    return len(changed)
