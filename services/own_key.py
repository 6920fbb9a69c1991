"""The key with which the commands of this machine deliver: made by `leerlus up`, known to the gateway."""

import asyncio

from contracts.errors import SettingsError
from infra.postgres.engine import connected, open_engine
from infra.postgres.suppliers import keep_own_key
from infra.supplier_keys import Key, read_key


def keep(text: str, *, dsn: str) -> None:
    """Let the gateway know the key; doing it again changes nothing, nor does it bring back a key that was revoked.

    Args:
        text: The key.
        dsn: Address of the store.

    Raises:
        SettingsError: If this is no key.
        Unavailable: If PostgreSQL does not answer.
    """
    key = read_key(text)
    if key is None:
        raise SettingsError("the key for the gateway in the state directory is none: remove secrets/gateway_key")
    asyncio.run(_keep(key, dsn))


async def _keep(key: Key, dsn: str) -> None:
    engine = open_engine(dsn)
    try:
        async with connected(engine) as connection, connection.begin():
            await keep_own_key(connection, key)
    finally:
        await engine.dispose()
