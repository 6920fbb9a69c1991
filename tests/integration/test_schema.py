"""The migrated database: equal to the schema of the code, and closed to whom it should be."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade as alembic_upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from contracts.errors import SettingsError
from infra.at_rest import Keyring
from infra.postgres import delivery_tallies, quality_schema, supplier_tables, upgrade  # noqa: F401  (their tables are of the schema too)
from infra.postgres.address import sqlalchemy_url
from infra.postgres.engine import migrate, open_engine
from infra.postgres.kept import kept_bytes
from infra.postgres.quarantine import Sent
from infra.postgres.refusals import Wanted
from infra.postgres.schema import metadata
from services.retention import Retention


def test_the_migrated_database_equals_the_schema_of_the_code(database):
    engine = create_engine(sqlalchemy_url(database.owner_dsn))
    with engine.connect() as connection:
        options = {
            "include_schemas": True,
            "include_name": lambda name, kind, _: kind != "schema" or name == metadata.schema,
            "include_object": lambda _, name, kind, __, ___: (kind, name) != ("table", "alembic_version"),
            "compare_type": True,
            "compare_server_default": True,
        }
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    assert found == []


def test_migrating_again_changes_nothing_and_two_at_once_wait_for_each_other(database):
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute("DROP SCHEMA leerlus, reporting CASCADE")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, [database.owner_dsn] * 3))
    with psycopg.connect(database.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM leerlus.alembic_version").fetchone() == (1,)


def test_an_error_while_migrating_names_no_value_that_was_sent(database, monkeypatch):
    def fail(connection):
        connection.execute(text("SELECT CAST(:key AS text), 1 / 0"), {"key": "a secret"})

    monkeypatch.setattr("infra.postgres.upgrade._upgrade", fail)
    with pytest.raises(DBAPIError) as caught:
        migrate(database.owner_dsn)
    assert "division by zero" in str(caught.value)
    assert "a secret" not in str(caught.value)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database):
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute("UPDATE leerlus.alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match=r"has schema version 9999; this program knows versions up to 0006"):
        migrate(database.owner_dsn)


def test_the_service_writes_rows_but_makes_and_changes_no_tables(database):
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO leerlus.installation VALUES ('test', '\\x00')")
        for statement in (
            "CREATE TABLE leerlus.mine (a int)",
            "ALTER TABLE leerlus.outbox ADD COLUMN a int",
            "DROP TABLE leerlus.outbox",
            "TRUNCATE leerlus.outbox",
            "UPDATE leerlus.alembic_version SET version_num = '0'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_reader_sees_the_reporting_views_and_nothing_else(database):
    with psycopg.connect(database.reader_dsn, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM reporting.evidence_latest").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM reporting.open_signals").fetchone() == (0,)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("30s",)
        for table in metadata.sorted_tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT 1 FROM {table.fullname}")


def test_evidence_of_the_schema_before_is_kept(database):
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute("DROP SCHEMA leerlus, reporting CASCADE")
    _migrate_to(database, "0001")
    cells = {"closing": 1, "row": 0, "region": "all", "n_a": 40, "k_a": 20, "n_b": 41, "k_b": 21, "state": "watching"}
    engine = create_engine(sqlalchemy_url(database.owner_dsn))
    with engine.begin() as connection:
        connection.execute(text(EVIDENCE), cells)
    migrate(database.owner_dsn)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT n_a, k_a, placebos FROM leerlus.evidence")).one() == (40, 20.0, None)
    engine.dispose()


def _migrate_to(database, version):
    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    engine = create_engine(sqlalchemy_url(database.owner_dsn))
    with engine.begin() as connection:
        upgrade._make_schemas(connection)
        config.attributes["connection"] = connection
        alembic_upgrade(config, version)
    engine.dispose()


EVIDENCE = """
INSERT INTO leerlus.evidence (policy, closing, row, plan_version, plan_sha256, claim, indicator, arm, region, "group",
    look, look_index, first_offset, last_offset, n_a, k_a, n_b, k_b, log_e_worse, log_e_better, guarantee, state)
VALUES ('p', :closing, :row, 1, 'sha', 'gap', 'work', 'all', :region, 'young', '2024-01', 1, 0, 9,
    :n_a, :k_a, :n_b, :k_b, 1.23456, 0, 'exact', :state)
"""


def test_the_views_hold_back_small_cells_and_round_the_rest(database):
    engine = create_engine(sqlalchemy_url(database.owner_dsn))
    cells = [
        {"closing": 1, "row": 0, "region": "all", "n_a": 40, "n_b": 41, "state": "watching"},
        {"closing": 2, "row": 0, "region": "all", "n_a": 101, "n_b": 102, "state": "standing"},
        {"closing": 2, "row": 1, "region": "small", "n_a": 14, "n_b": 200, "state": "watching"},
        {"closing": 2, "row": 2, "region": "early", "n_a": 50, "n_b": 50, "state": "too_early"},
        {"closing": 2, "row": 3, "region": "few events", "n_a": 50, "n_b": 50, "state": "watching", "k_b": 14},
        {"closing": 2, "row": 4, "region": "few others", "n_a": 50, "n_b": 50, "state": "watching", "k_a": 36},
    ]
    cells = [{"k_a": each["n_a"] // 2, "k_b": each["n_b"] // 2} | each for each in cells]
    with engine.begin() as connection:
        document = b'{"disclosure":{"minimum_cell":15,"round_to":10}}'
        connection.execute(
            text("INSERT INTO leerlus.plan VALUES ('p', 1, 'sha', :document, '')"), {"document": document}
        )
        connection.execute(text(EVIDENCE), cells)
    engine.dispose()
    with psycopg.connect(database.reader_dsn) as connection:
        rows = connection.execute(
            "SELECT region, n_a, k_a, n_b, log_e_worse, state FROM reporting.evidence_latest"
        ).fetchall()
    assert rows == [("all", 100, 50, 100, 1.23, "standing")]


def test_the_views_know_levels_values_and_what_is_of_all_indicators(database):
    """A level has no reference; of values the people count, and their mean is shown instead of events."""
    document = (
        b'{"disclosure":{"minimum_cell":15,"round_to":10},'
        b'"indicators":[{"id":"work","type":"binary"},{"id":"hours","type":"continuous"}]}'
    )
    rows = [
        ("level", "work", 0, 0, 100, 40),
        ("level", "work", 0, 0, 14, 7),
        ("level", "work", 0, 0, 100, 14),
        ("effect", "hours", 50, 1234.5, 50, 2),
        ("effect", "hours", 50, 1234.5, 14, 2),
        ("cumulation", "all", 50, 3, 50, 2),
    ]
    insert = EVIDENCE.replace("'gap', 'work'", ":claim, :indicator").replace("'young'", ":row")
    names = ("claim", "indicator", "n_a", "k_a", "n_b", "k_b")
    cells = [
        dict(zip(names, row, strict=True)) | {"closing": 1, "row": place, "region": "all", "state": "watching"}
        for place, row in enumerate(rows)
    ]
    engine = create_engine(sqlalchemy_url(database.owner_dsn))
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO leerlus.plan VALUES ('p', 1, 'sha', :document, '')"), {"document": document}
        )
        connection.execute(text(insert), cells)
    engine.dispose()
    with psycopg.connect(database.reader_dsn) as connection:
        shown = connection.execute(
            'SELECT claim, n_a, k_a, k_b, mean_a, mean_b FROM reporting.evidence_latest ORDER BY "group"'
        ).fetchall()
    assert shown == [
        ("level", 0, 0, 40, None, 0.4),
        ("effect", 50, None, None, 24.69, 0.04),
        ("cumulation", 50, None, None, None, None),
    ]


def test_refused_records_of_the_schema_before_keep_their_bytes_and_are_encrypted(database):
    """They lie unencrypted until a service that has the key looks."""
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute("DROP SCHEMA leerlus, reporting CASCADE")
    _migrate_to(database, "0002")
    value, headers = bytes(range(256)) * 2, '[["leerlus-line", "Nw=="]]'
    insert = (
        'INSERT INTO leerlus.quarantine (partition, "offset", reasons, key, value, headers) '
        "VALUES (3, 7, '[]', %s, %s, %s), (3, 8, '[]', NULL, '', '[]')"
    )
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute(insert, (b"key", value, headers))
    migrate(database.owner_dsn)
    keyring = Keyring("a-key-of-the-test-" * 2)

    async def encrypted():
        engine = open_engine(database.dsn)
        try:
            n_records = await Retention(engine, keyring, keep_days=30).renew()
            async with engine.connect() as connection:
                return n_records, await kept_bytes(connection, Wanted(), keyring, limit=9)
        finally:
            await engine.dispose()

    n_records, kept = asyncio.run(encrypted())
    assert n_records == 2
    assert [each.sent for each in kept] == [Sent(b"key", value, (("leerlus-line", b"7"),)), Sent(None, b"", ())]
