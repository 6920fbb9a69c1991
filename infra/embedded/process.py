"""One child process: started in a session of its own, remembered in a file, stopped for certain."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import InfrastructureError
from infra.embedded.marks import Mark, has_ended, mark_of, read_mark, write_mark

_LAUNCH = Path(__file__).with_name("launch.py")
_TAIL_BYTES = 4000
_LOG_BYTES = 20_000_000


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
        try:
            write_mark(self.pid_file, mark_of(self._popen.pid))
        except Exception:  # what is not remembered would be started a second time beside itself
            self._popen.kill()
            self._popen.wait()
            raise

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
            return has_ended(mark, timeout_s)
        try:
            self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True
