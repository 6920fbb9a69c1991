"""Who may deliver: suppliers and their keys."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.supplier_tables import supplier as suppliers
from infra.postgres.supplier_tables import supplier_key as keys
from infra.supplier_keys import OWN_SUPPLIER, Key


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who delivers.

    Attributes:
        name: Known to the log, the tallies and the quarantine.
        policies: What it may deliver for; None for every policy.
        is_team: Whether it is the evaluation team, which may close looks and is not held to a rate.
        lines_a_minute, requests_a_minute: Its own limits; None for the gateway's.
    """

    name: str
    policies: tuple[str, ...] | None = None
    is_team: bool = False
    lines_a_minute: int | None = None
    requests_a_minute: int | None = None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What is kept of a key.

    Attributes:
        id: Its public part.
        supplier: Whose it is.
        sha256: Of the whole key.
        created_at, expires_at, revoked_at, last_used_at: Its life; None where that did not happen.
    """

    id: str
    supplier: str
    sha256: bytes
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Say whether it opens the gateway."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


async def add_supplier(connection: AsyncConnection, added: Supplier) -> bool:
    """Add a supplier without keys; returns whether there was none of this name."""
    row = {name: getattr(added, name) for name in Supplier.__slots__}
    row["policies"] = None if added.policies is None else list(added.policies)
    statement = insert(suppliers).values(row).on_conflict_do_nothing().returning(suppliers.c.name)
    return await connection.scalar(statement) is not None


async def change_supplier(connection: AsyncConnection, name: str, changes: Mapping[str, object]) -> bool:
    """Change what a supplier may; returns whether there is one of this name.

    Args:
        connection: Within the caller's transaction.
        name: Which supplier.
        changes: New values by the names of `Supplier`, at least one.
    """
    statement = update(suppliers).where(suppliers.c.name == name).values(**changes).returning(suppliers.c.name)
    return await connection.scalar(statement) is not None


async def all_suppliers(connection: AsyncConnection) -> Mapping[str, Supplier]:
    """Return every supplier by name."""
    columns = [suppliers.c[name] for name in Supplier.__slots__]
    rows = (await connection.execute(select(*columns).order_by(suppliers.c.name))).all()
    return {
        name: Supplier(name, None if policies is None else tuple(policies), *rest) for name, policies, *rest in rows
    }


async def all_keys(connection: AsyncConnection) -> Sequence[StoredKey]:
    """Return what is kept of every key, by supplier, the oldest first."""
    columns = [keys.c[name] for name in StoredKey.__slots__]
    query = select(*columns).order_by(keys.c.supplier, keys.c.created_at)
    return [StoredKey(*row) for row in await connection.execute(query)]


async def keep_key(connection: AsyncConnection, supplier: str, key: Key, *, lifetime: timedelta | None = None) -> None:
    """Keep a key of a supplier, to expire after `lifetime`; one that is kept already stays as it is."""
    row = {"id": key.id, "supplier": supplier, "sha256": key.sha256}
    expires = {} if lifetime is None else {"expires_at": func.now() + lifetime}
    await connection.execute(insert(keys).values(**row, **expires).on_conflict_do_nothing())


async def keep_own_key(connection: AsyncConnection, key: Key) -> None:
    """Keep the key with which commands of this installation deliver and close looks, for every policy."""
    await add_supplier(connection, Supplier(OWN_SUPPLIER, is_team=True))
    await keep_key(connection, OWN_SUPPLIER, key)


async def let_expire(connection: AsyncConnection, supplier: str, *, overlap: timedelta, but: str) -> int:
    """Let every other valid key of a supplier end after `overlap`, none later than before; returns how many.

    Args:
        connection: Within the caller's transaction.
        supplier: Whose.
        overlap: How long they and the new one are good.
        but: The new one.
    """
    ends = func.least(keys.c.expires_at, func.now() + overlap)  # of PostgreSQL, which passes over null
    is_other = (keys.c.supplier == supplier) & (keys.c.id != but) & _is_valid()
    return len(
        (await connection.execute(update(keys).where(is_other).values(expires_at=ends).returning(keys.c.id))).all()
    )


async def revoke(connection: AsyncConnection, supplier: str, *, ids: Collection[str] | None) -> Sequence[str]:
    """Revoke keys of a supplier; returns those that were valid.

    Args:
        connection: Within the caller's transaction.
        supplier: Whose.
        ids: Which; None for all.
    """
    chosen = (keys.c.supplier == supplier) & _is_valid()
    if ids is not None:
        chosen &= keys.c.id.in_(ids)
    statement = update(keys).where(chosen).values(revoked_at=func.now()).returning(keys.c.id)
    return (await connection.scalars(statement)).all()


async def note_use(connection: AsyncConnection, key: str) -> None:
    """Note that a key is used now."""
    await connection.execute(update(keys).where(keys.c.id == key).values(last_used_at=func.now()))


def _is_valid() -> ColumnElement[bool]:
    return keys.c.revoked_at.is_(None) & (keys.c.expires_at.is_(None) | (keys.c.expires_at > func.now()))
