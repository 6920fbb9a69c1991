"""Brings a database to the schema of this code, and says who may do what in it."""

from pathlib import Path

import structlog
from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from contracts.errors import SettingsError, Unavailable
from infra.postgres.address import sqlalchemy_url

SERVICE = "leerlus_service"
READER = "grafana_reader"

_SCHEMAS = ("leerlus", "reporting")
_LOCK = 0x6C656572  # any number that no other program in this database uses
_READER_TIMEOUT = "30s"

_log = structlog.get_logger("postgres")


def migrate(owner_dsn: str, *, service_role: str = SERVICE, reader_role: str = READER) -> None:
    """Bring the database to the schema of this code and grant the roles their rights; does nothing the second time.

    Whoever migrates at the same time waits. Everything happens in one transaction, or not at all.

    Args:
        owner_dsn: Address of the role that owns the schemas.
        service_role: Reads and writes rows; may be absent.
        reader_role: Reads the `reporting` schema; may be absent.

    Raises:
        SettingsError: If the database was made by a newer version of this program.
        Unavailable: If the server does not answer.
    """
    engine = create_engine(sqlalchemy_url(owner_dsn), hide_parameters=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            _make_schemas(connection)
            _upgrade(connection)
            _grant(connection, service_role, reader_role)
    except OperationalError as error:
        raise Unavailable(f"PostgreSQL does not answer: {error.orig}") from error
    finally:
        engine.dispose()


def _make_schemas(connection: Connection) -> None:
    present = set(connection.scalars(text("SELECT nspname FROM pg_namespace")))
    for schema in _SCHEMAS:
        if schema not in present:
            connection.execute(text(f"CREATE SCHEMA {schema}"))


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    _refuse_newer(connection, ScriptDirectory.from_config(config))
    upgrade(config, "head")


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    found = MigrationContext.configure(connection, opts={"version_table_schema": _SCHEMAS[0]}).get_current_revision()
    known = [script.revision for script in scripts.walk_revisions()]
    if found is not None and found not in known:
        raise SettingsError(
            f"the database has schema version {found}; this program knows versions up to {known[0]}: "
            "run the newer program that made it, or restore a backup from before"
        )


def _grant(connection: Connection, service_role: str, reader_role: str) -> None:
    present = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    quoted = connection.dialect.identifier_preparer.quote
    if service_role in present:
        _run(connection, _SERVICE_RIGHTS, quoted(service_role))
    if reader_role in present:
        _run(connection, _READER_RIGHTS, quoted(reader_role))
        _limit_reader(connection, quoted(reader_role))


_SERVICE_RIGHTS = (
    "GRANT USAGE ON SCHEMA leerlus, reporting TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA leerlus TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA leerlus TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON leerlus.alembic_version FROM {role}",
)
_READER_RIGHTS = (
    "GRANT USAGE ON SCHEMA reporting TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {role}",
)


def _run(connection: Connection, statements: tuple[str, ...], role: str) -> None:
    for statement in statements:
        connection.execute(text(statement.format(role=role)))


def _limit_reader(connection: Connection, role: str) -> None:
    """End Grafana's long queries. The owner may do so only where it administers the role; else it is said."""
    statement = f"ALTER ROLE {role} SET statement_timeout = '{_READER_TIMEOUT}'"
    if _has_timeout(connection, role):
        return
    try:
        with connection.begin_nested():
            connection.execute(text(statement))
    except DBAPIError:
        _log.warning("reader_without_timeout", role=role, advice=f"run as an administrator: {statement}")


def _has_timeout(connection: Connection, role: str) -> bool:
    found = connection.scalar(
        text(
            "SELECT true FROM pg_roles, unnest(rolconfig) AS setting "
            "WHERE quote_ident(rolname) = :role AND setting LIKE 'statement_timeout=%'"
        ),
        {"role": role},
    )
    return bool(found)
