"""The roles and the database inside the embedded PostgreSQL.

Only the bootstrap role is a superuser, used to make the others and for nothing else. The owner owns the database and
its schemas and migrates; the service reads and writes rows; Grafana's role reads what the migrations grant it, the
`reporting` schema.
"""

from collections.abc import Mapping

import psycopg
from psycopg import sql

BOOTSTRAP = "leerlus_bootstrap"
OWNER = "leerlus_owner"
SERVICE = "leerlus_service"
READER = "grafana_reader"
DATABASE = "leerlus"

_PLAIN = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
_READER_HABITS = {"default_transaction_read_only": "on", "statement_timeout": "30s", "search_path": "reporting"}


def create_roles(connection: psycopg.Connection[tuple[object, ...]], passwords: Mapping[str, str]) -> None:
    """Make the roles and the database where they are missing, and set the passwords anew.

    Args:
        connection: As the bootstrap role, in autocommit mode: a database is not made in a transaction.
        passwords: Password of each role.
    """
    present = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, password in passwords.items():
        verb = sql.SQL("ALTER" if role in present else "CREATE")
        connection.execute(
            sql.SQL("{} ROLE {} {} PASSWORD {}").format(verb, sql.Identifier(role), _PLAIN, sql.Literal(password))
        )
    for name, value in _READER_HABITS.items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                sql.Identifier(READER), sql.Identifier(name), sql.Literal(value)
            )
        )
    for name in ("postgres", "template1"):
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
        create_database(connection, DATABASE)


def create_database(
    connection: psycopg.Connection[tuple[object, ...]], name: str, *, template: str = "template1"
) -> None:
    """Make a database that the owner owns and only our roles enter.

    Args:
        connection: As the bootstrap role, in autocommit mode.
        name: Name of the database.
        template: Database to copy; nobody may be connected to it.
    """
    database, roles = sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, (SERVICE, READER)))
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            database, sql.Identifier(OWNER), sql.Identifier(template)
        )
    )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, roles))
