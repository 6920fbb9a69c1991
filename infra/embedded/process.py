"""One child process: started in a session of its own, remembered in a file, stopped for certain."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import InfrastructureError

_LAUNCH = Path(__file__).with_name("launch.py")
_POLL_S = 0.02
_TAIL_BYTES = 4000
_LOG_BYTES = 20_000_000
_STAT_STATE, _STAT_START = 0, 19  # fields of /proc/PID/stat counted after the closing bracket of the name


@dataclass(frozen=True, slots=True)
class Identity:
    """An unprivileged user to run a program as; it needs no entry in the system's list of users."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Command:
    """What to start.

    Attributes:
        name: The part it belongs to, such as `kafka`; names its log and its process file.
        arguments: Absolute path of the program and its arguments.
        environment: The whole environment; nothing is inherited.
        folder: Working directory.
        identity: User to become; None stays the present one.
        stop_signal: Asks the program to end in good order.
        death_signal: Sent by the kernel when the process that started it dies.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    identity: Identity | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Mark:
    """Names one process for all time: its id and when it started, so that a reused id is not taken for it."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """Return whether this very process still runs."""
        return started_at(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it still runs."""
        if self.is_alive():
            os.kill(self.pid, number)

    def send_to_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and what it started, if it still runs and leads its group."""
        if self.is_alive() and os.getpgid(self.pid) == self.pid:
            os.killpg(self.pid, number)


def started_at(pid: int) -> str | None:
    """Return the boot and the clock tick at which a process started; None if it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[_STAT_STATE] in "ZX":
        return None
    return f"{_boot_id()}:{fields[_STAT_START]}"


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def mark_of(pid: int) -> Mark:
    """Return the mark of a running process.

    Raises:
        InfrastructureError: If it does not run.
    """
    started = started_at(pid)
    if started is None:
        raise InfrastructureError(f"process {pid} does not run")
    return Mark(pid, started)


def write_mark(path: Path, mark: Mark) -> None:
    """Keep a mark in a file, whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"pid": mark.pid, "started": mark.started}), encoding="utf-8")
    part.replace(path)


def read_mark(path: Path) -> Mark | None:
    """Return the mark in a file if that very process still runs."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        mark = Mark(int(kept["pid"]), str(kept["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return mark if mark.is_alive() else None


def stop_left_over(pid_file: Path, *, timeout_s: float) -> None:
    """Stop a process that an earlier supervisor left, if it still runs, and forget it.

    The interrupt is the one signal that each of our programs takes as a request to end in good order.
    """
    mark = read_mark(pid_file)
    if mark is not None:
        mark.send(signal.SIGINT)
        if not _has_ended(mark, timeout_s):
            mark.send_to_group(signal.SIGKILL)
            _has_ended(mark, timeout_s)
    pid_file.unlink(missing_ok=True)


def _has_ended(mark: Mark, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while mark.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


class Process:
    """A program that runs, or ran, under this state directory.

    Start it from a thread that lives as long as the program should: the kernel counts the death of the starting thread
    as the parent's.

    Args:
        command: What to start.
        log: File that its output is appended to.
        pid_file: File that remembers it.
    """

    def __init__(self, command: Command, *, log: Path, pid_file: Path) -> None:
        self.command = command
        self.log = log
        self.pid_file = pid_file
        self._popen: subprocess.Popen[bytes] | None = None
        self._is_asked = False
        self._log_start = 0

    def start(self) -> None:
        """Start the program.

        Raises:
            InfrastructureError: If it runs already, or this is not Linux.
        """
        if sys.platform != "linux":
            raise InfrastructureError(
                f"{self.command.name} can be started by this program on Linux only: set the LEERLUS_ variables to "
                "servers of your own, such as those of docker-compose.yml"
            )
        running = read_mark(self.pid_file)
        if running is not None:
            raise InfrastructureError(f"{self.command.name} runs already (process {running.pid})")
        self._is_asked = False
        self._turn_log()
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._popen = subprocess.Popen(  # noqa: S603  (the command is our own)
                self._launch(),
                env=dict(self.command.environment),
                cwd=self.command.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        write_mark(self.pid_file, mark_of(self._popen.pid))

    def _launch(self) -> list[str]:
        who = self.command.identity or Identity(-1, -1)
        numbers = (os.getpid(), int(self.command.death_signal), who.uid, who.gid)
        return [sys.executable, "-I", "-S", str(_LAUNCH), *map(str, numbers), *self.command.arguments]

    @property
    def mark(self) -> Mark | None:
        """The running process, None if it does not run."""
        self.exit_code()
        return read_mark(self.pid_file)

    def exit_code(self) -> int | None:
        """Return how the program ended; None while it runs, or if it was not started here."""
        return self._popen.poll() if self._popen is not None else None

    def log_tail(self) -> str:
        """Return the last lines that the program has written since its start."""
        with self.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, size - _TAIL_BYTES))
            return log.read().decode("utf-8", errors="replace").strip()

    def _turn_log(self) -> None:
        """Put a long log aside, as the only earlier one that is kept."""
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))

    def ask_to_stop(self) -> None:
        """Ask the program to end, once: a second request would make some of them hurry."""
        mark = self.mark
        if mark is not None and not self._is_asked:
            self._is_asked = True
            mark.send(self.command.stop_signal)

    def stop(self, *, timeout_s: float) -> None:
        """Ask the program to end, and wait; after the time-out kill it with all that it started."""
        self.ask_to_stop()
        mark = self.mark
        if mark is not None and not self._wait(mark, timeout_s):
            mark.send_to_group(signal.SIGKILL)
            self._wait(mark, timeout_s)
        self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill the program with all that it started, as a power cut would."""
        mark = self.mark
        if mark is not None:
            mark.send_to_group(signal.SIGKILL)
            self._wait(mark, timeout_s=10)

    def _wait(self, mark: Mark, timeout_s: float) -> bool:
        """Return whether the program has ended within a time; a child is then reaped too.

        A child is waited for as a child: of a program with threads the first one may be gone, and with it the state
        in /proc, while others still run.
        """
        if self._popen is None:
            return _has_ended(mark, timeout_s)
        try:
            self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True
