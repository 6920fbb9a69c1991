import pytest

from contracts.errors import SettingsError
from infra.postgres.address import sqlalchemy_url


def test_an_address_keeps_everything_and_gets_our_driver():
    url = sqlalchemy_url("postgresql://me:s%40cret@db.example:5433/store?sslmode=require")
    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "me",
        "s@cret",
        "db.example",
        5433,
        "store",
    )
    assert url.query == {"sslmode": "require"}


@pytest.mark.parametrize(
    "address", ["nonsense-secret", "mysql://me:secret@host/db", "postgresql://me:secret@host:port/x"]
)
def test_another_address_is_refused_without_showing_its_password(address):
    with pytest.raises(SettingsError, match="the address of PostgreSQL") as refused:
        sqlalchemy_url(address)
    assert "secret" not in str(refused.value)
