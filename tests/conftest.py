"""What all tests share: real servers started by the code behind `leerlus up`, and the time that each tier takes.

Servers start when the first test asks for them and serve the whole run. `settings` points at them with a database of
its own; `fresh_service` is a Kafka and a PostgreSQL that no other test has touched.
"""

import itertools
import os
import random
import shutil
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from infra.embedded.kafka import Kafka
from infra.embedded.mlflow import Mlflow
from infra.embedded.postgres import Postgres
from infra.embedded.progress import silent
from infra.embedded.roles import BOOTSTRAP, DATABASE, OWNER, READER, SERVICE, create_database
from infra.embedded.server import stop, wait_until_ready
from infra.embedded.state import StateDirectory
from infra.settings import load_settings

TIERS = ("unit", "property", "conformance", "integration", "e2e")
_KEPT_VARIABLES = ("LEERLUS_CACHE_DIR", "LEERLUS_KAFKA__MAVEN")
_START_TIMEOUT_S = 120
_numbers = itertools.count(1)


# --- servers of the whole run ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def state_directory():
    """State directory of the servers that the whole run shares."""
    with temporary_state_directory() as path:
        yield StateDirectory.open(path)


@pytest.fixture(scope="session")
def kafka(state_directory):
    """The shared broker, with our topics; its log holds what other tests wrote."""
    with started(Kafka(state_directory, cache_dir=load_settings().cache_dir)) as server:
        ensure_topics(server)
        yield server


@pytest.fixture(scope="session")
def postgres(state_directory):
    """The shared database server."""
    with started(Postgres(state_directory)) as server:
        yield server


@pytest.fixture(scope="session")
def mlflow(state_directory):
    """The shared tracking server: half a gigabyte and some seconds, so only for tests about tracking."""
    with started(Mlflow(state_directory)) as server:
        yield server


# --- databases -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Database:
    """One database with our schema in it, by the address of each role."""

    name: str
    owner_dsn: str
    dsn: str
    reader_dsn: str

    def as_settings(self):
        """The section of the settings that points at it."""
        return {"owner_dsn": self.owner_dsn, "dsn": self.dsn, "reader_dsn": self.reader_dsn}


@pytest.fixture(scope="session")
def migrated_template(postgres):
    """Name of a migrated database to copy; nobody connects to it."""
    with bootstrap(postgres) as connection:
        create_database(connection, "leerlus_template")
    migrate(database_of(postgres, "leerlus_template"))
    return "leerlus_template"


@pytest.fixture
def database(postgres, migrated_template):
    """A database that only this test uses."""
    with copied_database(postgres, migrated_template) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def module_database(postgres, migrated_template):
    """A database that only the tests of this module use."""
    with copied_database(postgres, migrated_template) as fresh:
        yield fresh


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(request, tmp_path, kafka, database):
    """Settings for the shared broker and a database of this test's own; MLflow too if the test asks for `mlflow`."""
    tracking = {"uri": request.getfixturevalue("mlflow").address} if "mlflow" in request.fixturenames else {}
    return load_settings(
        state_dir=tmp_path, kafka={"bootstrap": kafka.address}, postgres=database.as_settings(), mlflow=tracking
    )


@pytest.fixture
def own_state_dir():
    """Path for a state directory of this test's own, not yet made, that PostgreSQL's user can reach."""
    with temporary_state_directory() as path:
        yield path


@dataclass(frozen=True)
class FreshService:
    """Servers of one test's own, to be stopped, killed and started again at will through `server.process`."""

    settings: object
    state: StateDirectory
    kafka: Kafka
    postgres: Postgres


@pytest.fixture
def fresh_service():
    """A Kafka and a PostgreSQL of this test's own, with empty topics and tables; ready in about three seconds."""
    with temporary_state_directory() as path:
        state = StateDirectory.open(path)
        servers = Kafka(state, cache_dir=load_settings().cache_dir), Postgres(state)
        with started(*servers):
            kafka, postgres = servers
            ensure_topics(kafka)
            own = database_of(postgres, DATABASE)
            migrate(own)
            settings = load_settings(state_dir=path, kafka={"bootstrap": kafka.address}, postgres=own.as_settings())
            yield FreshService(settings, state, kafka, postgres)


@pytest.fixture
def clean_topics(kafka):
    """Our topics in the shared broker, emptied by making them anew: their ids change and offsets start at 0."""
    recreate_topics(kafka)
    return kafka


# --- how these are made ----------------------------------------------------------------------------------------------


@contextmanager
def temporary_state_directory():
    """A path for a state directory that PostgreSQL's user can reach, removed afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="leerlus-test-"))
    parent.chmod(0o711)
    try:
        yield parent / "state"
    finally:
        shutil.rmtree(parent)


@contextmanager
def started(*servers):
    """Servers that are ready, stopped afterwards; yields the first."""
    try:
        for server in servers:
            server.start(silent)
        wait_until_ready(servers, silent, timeout_s=_START_TIMEOUT_S)
        yield servers[0]
    finally:
        for server in reversed(servers):
            stop(server)


@contextmanager
def bootstrap(postgres, *, database="postgres"):
    """A connection as the only superuser."""
    with psycopg.connect(postgres.dsn(BOOTSTRAP, database=database), autocommit=True) as connection:
        yield connection


@contextmanager
def copied_database(postgres, template):
    """A copy of a database, dropped afterwards."""
    name = f"leerlus_{next(_numbers)}"
    with bootstrap(postgres) as connection:
        create_database(connection, name, template=template)
    yield database_of(postgres, name)
    with bootstrap(postgres) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def database_of(postgres, name):
    """The addresses of a database."""
    owner, service, reader = (postgres.dsn(role, database=name) for role in (OWNER, SERVICE, READER))
    return Database(name, owner, service, reader)


def migrate(database):
    """Bring a database to the schema of this code."""
    from infra.postgres.engine import migrate as migrate_schema  # noqa: PLC0415  (only where a test needs a database)

    migrate_schema(database.owner_dsn)


def ensure_topics(kafka):
    """Make our topics where they are missing."""
    from infra.kafka.admin import ensure_topics as ensure  # noqa: PLC0415

    ensure(kafka.address)


def recreate_topics(kafka):
    """Delete every topic that is not Kafka's own, wait until they are gone, and make ours."""
    from kafka import KafkaAdminClient  # noqa: PLC0415

    admin = KafkaAdminClient(bootstrap_servers=kafka.address)
    try:
        names = [name for name in admin.list_topics() if not name.startswith("__")]
        if names:
            admin.delete_topics(names)
        deadline = time.monotonic() + 20
        while set(names) & set(admin.list_topics()):
            assert time.monotonic() < deadline, f"topics {names} are still there"
            time.sleep(0.05)
    finally:
        admin.close()
    ensure_topics(kafka)


# --- the run ---------------------------------------------------------------------------------------------------------


TOLERATED_WARNINGS = (
    "ignore:(read_text|open_text) is deprecated:DeprecationWarning",  # kafka-python reads its schemas so
)


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, default=1, help="chooses the moments at which the fault tests strike")


@pytest.fixture
def chosen(request):
    """Random choices of a fault test; the same seed strikes at the same moments."""
    return random.Random(request.config.getoption("--seed"))


def pytest_configure(config):
    """Keep the developer's own settings out of the tests, and name the warnings that are not ours to mend."""
    for warning in TOLERATED_WARNINGS:
        config.addinivalue_line("filterwarnings", warning)
    for name in tuple(os.environ):
        if name.startswith("LEERLUS_") and name not in _KEPT_VARIABLES:
            del os.environ[name]
    config.stash[_SECONDS] = defaultdict(float)
    config.stash[_COUNTS] = defaultdict(int)


_SECONDS = pytest.StashKey()
_COUNTS = pytest.StashKey()


def pytest_collection_modifyitems(items):
    """Run the tiers from the fast to the slow, so that the cheapest failure comes first."""
    items.sort(key=lambda item: _order(tier_of(item.nodeid)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Add what every phase of a test took to its tier."""
    report = yield
    tier = tier_of(item.nodeid)
    item.config.stash[_SECONDS][tier] += report.duration
    item.config.stash[_COUNTS][tier] += report.when == "call"
    return report


def pytest_terminal_summary(terminalreporter, config):
    """Print the time of each tier."""
    seconds, counts = config.stash[_SECONDS], config.stash[_COUNTS]
    if seconds:
        terminalreporter.section("time of each tier")
        for tier in sorted(seconds, key=_order):
            terminalreporter.line(f"{tier:<12} {counts[tier]:>5} tests {seconds[tier]:>8.1f} s")
        terminalreporter.line(f"{'all':<12} {sum(counts.values()):>5} tests {sum(seconds.values()):>8.1f} s")


def tier_of(nodeid):
    """The folder under tests/ that a test lies in."""
    parts = Path(nodeid.split("::")[0]).parts
    return next((part for part in parts if part in TIERS), "other")


def _order(tier):
    return TIERS.index(tier) if tier in TIERS else len(TIERS)
