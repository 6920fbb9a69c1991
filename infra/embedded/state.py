"""The state directory: what lies where, who may read it, and whether it is ours."""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from contracts.errors import InfrastructureError, SettingsError
from infra.embedded.ports import PortBook
from infra.embedded.process import Command, Process

FORMAT = "leerlus state 1\n"
_FORMAT_FILE = "FORMAT"
_SECRETS = "secrets"
_NEEDED_BYTES = 1 << 30
_PRIVATE, _PASSABLE = 0o700, 0o711


class StateDirectory:
    """A state directory that exists and is of this version.

    Attributes:
        path: The directory itself; when root owns it others may pass through but not look, since PostgreSQL must.
        logs: Output of every process.
        run: Process files.
        ports: Its ports.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "logs"
        self.run = path / "run"
        self.ports = PortBook(path / "ports.json")

    @classmethod
    def open(cls, path: Path) -> "StateDirectory":
        """Return the state directory, made if it does not exist.

        Raises:
            SettingsError: If it belongs to another version or to something else.
            InfrastructureError: If it cannot be written, or less than 1 GiB is free.
        """
        claim(path)
        state = cls(path)
        try:
            for folder in (state.logs, state.run, path / _SECRETS):
                folder.mkdir(mode=_PRIVATE, exist_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from error
        _check_room(path)
        return state

    def folder(self, name: str) -> Path:
        """Return a private folder in it, made if it does not exist."""
        path = self.path / name
        path.mkdir(mode=_PRIVATE, exist_ok=True)
        return path

    def secret(self, name: str) -> str:
        """Return a random password that only the owner of the directory can read, the same at every start."""
        return kept_secret(self.path, name)

    def process(self, command: Command) -> Process:
        """Return the process of a command with its log and process file in this directory."""
        return Process(command, log=self.logs / f"{command.name}.log", pid_file=self.run / f"{command.name}.json")


def kept_secret(path: Path, name: str) -> str:
    """Return a random password of a state directory, made once, also when several processes ask at the same time.

    Raises:
        SettingsError: If the directory belongs to another version or to something else.
        InfrastructureError: If it cannot be written.
    """
    claim(path)
    file = path / _SECRETS / name
    try:
        file.parent.mkdir(mode=_PRIVATE, exist_ok=True)
        if not file.exists():
            _make_secret(file)
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise _unwritable(path, error) from error


def _make_secret(file: Path) -> None:
    """Make a file that is whole when it is there; of several processes the first one's stays."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(secrets.token_urlsafe(24))
    with suppress(FileExistsError):
        file.hardlink_to(part)
    part.unlink()


def claim(path: Path) -> None:
    """Make a state directory, or make sure that one that exists is ours; several processes may do so at once.

    Raises:
        SettingsError: If it belongs to another version or to something else.
        InfrastructureError: If it cannot be written.
    """
    try:
        _make(path)
        _mark(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> InfrastructureError:
    return InfrastructureError(
        f"{path} cannot be made or written ({error}): set LEERLUS_STATE_DIR to a directory of your own"
    )


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(exist_ok=True)
    if path.stat().st_uid == os.geteuid():
        path.chmod(_PASSABLE if os.geteuid() == 0 else _PRIVATE)


def _mark(path: Path) -> None:
    marker = path / _FORMAT_FILE
    foreign = sorted(entry.name for entry in path.iterdir() if not entry.name.startswith(_FORMAT_FILE))
    if marker.exists():
        found = marker.read_text(encoding="utf-8")
        if found != FORMAT:
            raise SettingsError(
                f"{path} was written by another version of this program (format {found.strip()!r}, this one reads "
                f"{FORMAT.strip()!r}): use that version, or set LEERLUS_STATE_DIR to another directory"
            )
        return
    if foreign:
        raise SettingsError(
            f"{path} holds something else ({', '.join(foreign[:3])}): set LEERLUS_STATE_DIR to a new directory"
        )
    part = path / f"{_FORMAT_FILE}.{os.getpid()}"
    part.write_text(FORMAT, encoding="utf-8")
    part.replace(marker)


def _check_room(path: Path) -> None:
    free = shutil.disk_usage(path).free
    if free < _NEEDED_BYTES:
        raise InfrastructureError(
            f"only {free / (1 << 20):.0f} MiB are free where {path} lies; at least {_NEEDED_BYTES >> 20} MiB are "
            "needed: make room, or set LEERLUS_STATE_DIR to a directory elsewhere"
        )
