"""Whose key a request bears: read from the store at most a second ago, so that a revoked key ends at once."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import Unavailable
from infra.postgres.engine import connected
from infra.postgres.suppliers import StoredKey, Supplier, all_keys, all_suppliers, note_use
from infra.supplier_keys import read_key
from services.gateway.problems import Problem

FRESH_S = 1.0
_USE_NOTED_EVERY_S = 60.0
_TRUSTED_S = 600.0
"""How long the keys last read are good while the store does not answer: nobody can revoke one meanwhile either."""

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="leerlus"'}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who sends a request, as its key says.

    Attributes:
        key: The public part of the key.
        supplier: Whose it is, and what it may.
    """

    key: str
    supplier: Supplier


class KnownKeys:
    """The keys, as they are in the store.

    Args:
        engine: Where they are stored.
        clock: The present in seconds, on a clock that never goes back.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._keys: dict[str, StoredKey] = {}
        self._suppliers: Mapping[str, Supplier] = {}
        self._read_at_s = self._ask_again_at_s = float("-inf")
        self._used_at_s: dict[str, float] = {}
        self._reading = asyncio.Lock()

    async def holder(self, authorization: str | None) -> Holder:
        """Return who sends a request with this `Authorization` header.

        Raises:
            Problem: If it bears no key that is valid now.
            Unavailable: If the store does not answer, and has not for too long.
        """
        scheme, _, written = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise _refused("no-key")
        key = read_key(written.strip())
        if key is None:
            raise _refused("unknown-key")
        stored = await self._stored(key.id)
        if stored is None or not key.fits(stored.sha256):
            raise _refused("unknown-key")
        if not stored.is_valid(datetime.now(UTC)):
            raise _refused("expired-key" if stored.revoked_at is None else "revoked-key", key=key.id)
        await self._note_use(key.id)
        return Holder(key.id, self._suppliers[stored.supplier])

    async def _stored(self, key: str) -> StoredKey | None:
        """Return what is kept of a key; one that is not known may just have been made, so the store is asked anew."""
        now_s = self._clock()
        await self._read(since_s=now_s - FRESH_S)
        if key not in self._keys:
            await self._read(since_s=now_s)
        return self._keys.get(key)

    async def _read(self, *, since_s: float) -> None:
        """See to it that the keys were read since then; all who wait for it share one reading."""
        if self._read_at_s < since_s:
            async with self._reading:
                if self._read_at_s < since_s and self._clock() >= self._ask_again_at_s:
                    await self._try_to_read()
        if self._clock() - self._read_at_s > _TRUSTED_S:
            raise Unavailable("the keys of suppliers could not be read")

    async def _try_to_read(self) -> None:
        started_s = self._clock()
        try:
            await self._read_now()
        except Unavailable as error:
            self._ask_again_at_s = self._clock() + FRESH_S
            _log.warning("keys_not_read", problem=str(error))
        else:
            self._read_at_s = started_s

    async def _read_now(self) -> None:
        async with connected(self._engine) as connection:
            keys = await all_keys(connection)
            self._suppliers = await all_suppliers(connection)  # after the keys: each has its supplier
        self._keys = {each.id: each for each in keys}

    async def _note_use(self, key: str) -> None:
        """Note in the store that a key is used, once a minute; that it cannot be noted holds up nobody."""
        if self._clock() - self._used_at_s.get(key, float("-inf")) < _USE_NOTED_EVERY_S:
            return
        self._used_at_s[key] = self._clock()
        try:
            async with connected(self._engine) as connection, connection.begin():
                await note_use(connection, key)
        except Unavailable as error:
            _log.warning("use_of_key_not_noted", key=key, problem=str(error))


def _refused(name: str, *, key: str = "") -> Problem:
    return Problem(name, headers=_CHALLENGE, key=key)
