"""Keeps what is stored as long as it may be kept: old refused bytes and counts of old deliveries are deleted.

Refused bytes that stay are encrypted with the key in use.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.errors import LeerlusError
from infra.at_rest import Keyring
from infra.postgres.delivery_tallies import delete_old_deliveries
from infra.postgres.engine import connected
from infra.postgres.retention import AT_ONCE, delete_old_bytes, encrypt_anew

LOOK_EVERY_S = 3600.0

DELIVERIES_KEPT = timedelta(days=400)
"""How long it is known what became of a delivery, from its last record on: a year and a month to look back."""

MOST_NAMED = 10
"""Damaged records of which a line of the log says what is wrong."""

_log = structlog.get_logger(__name__)


class Retention:
    """Looks now and then for bytes that have been kept long enough.

    Args:
        engine: The store.
        keyring: The keys of the quarantine.
        keep_days: How long bytes are kept.
    """

    def __init__(self, engine: AsyncEngine, keyring: Keyring, *, keep_days: int) -> None:
        self._engine = engine
        self._keyring = keyring
        self._kept = timedelta(days=keep_days)

    async def watch(self) -> None:
        """Look for as long as the event loop runs; what fails is tried again the next time."""
        while True:
            for task in (self.purge, self.forget, self.renew):
                try:
                    await task()
                except (LeerlusError, SQLAlchemyError, OSError) as error:
                    _log.warning("quarantine_not_kept", task=task.__name__, problem=str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def purge(self) -> int:
        """Delete the bytes of records that were refused longer ago than is kept; returns of how many."""
        n_records = await self._all(lambda connection: delete_old_bytes(connection, self._kept))
        if n_records:
            _log.info("refused_bytes_deleted", records=n_records)
        return n_records

    async def forget(self) -> int:
        """Delete what became of deliveries of too long ago; returns how many rows."""
        n_rows = await self._all(lambda connection: delete_old_deliveries(connection, DELIVERIES_KEPT))
        if n_rows:
            _log.info("old_deliveries_deleted", rows=n_rows)
        return n_rows

    async def renew(self) -> int:
        """Encrypt with the key in use what is under another one; returns how many records.

        A record that was damaged is left as it is, and named in the log.
        """
        n_records, damaged = 0, list[str]()
        after: int | None = 0
        while after is not None:
            async with connected(self._engine) as connection, connection.begin():
                found = await encrypt_anew(connection, self._keyring, after=after)
            n_records, after = n_records + found.n_records, found.last
            damaged += found.damaged
        if damaged:
            _log.warning("refused_bytes_damaged", records=len(damaged), problems=damaged[:MOST_NAMED])
        if n_records:
            _log.info("refused_bytes_encrypted_anew", records=n_records, key=self._keyring.current)
        return n_records

    async def _all(self, task: Callable[[AsyncConnection], Awaitable[int]]) -> int:
        """Do a task bit by bit, in a transaction each, so that nobody waits for long."""
        total, n_records = 0, AT_ONCE
        while n_records == AT_ONCE:
            async with connected(self._engine) as connection, connection.begin():
                n_records = await task(connection)
            total += n_records
        return total
