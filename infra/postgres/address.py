"""A PostgreSQL address as people write it, in the form that SQLAlchemy wants."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from contracts.errors import SettingsError

_SCHEMES = ("postgresql", "postgres")


def sqlalchemy_url(dsn: str) -> URL:
    """Return the address with the driver that we use.

    Raises:
        SettingsError: If it is no PostgreSQL address; the message shows nothing of it, since it holds a password.
    """
    try:
        url = make_url(dsn)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "the address of PostgreSQL is not readable; wanted: postgresql://user:password@host:port/database"
        ) from None
    if url.drivername not in _SCHEMES:
        raise SettingsError(f"the address of PostgreSQL starts with {url.drivername}://; allowed is postgresql://")
    return url.set(drivername="postgresql+psycopg")
