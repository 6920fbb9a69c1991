"""Which process it was: named so that a reused process id is never taken for it."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import InfrastructureError

_POLL_S = 0.02
_STAT_STATE, _STAT_START = 0, 19  # fields of /proc/PID/stat counted after the closing bracket of the name


@dataclass(frozen=True, slots=True)
class Mark:
    """Names one process for all time: its id and when it started, so that a reused id is not taken for it."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """Return whether this very process still runs."""
        return started_at(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it still runs.

        Raises:
            InfrastructureError: If it belongs to another user.
        """
        with self._reached():
            if self.is_alive():
                os.kill(self.pid, number)

    def send_to_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and what it started, if it still runs and leads its group.

        Raises:
            InfrastructureError: If it belongs to another user.
        """
        with self._reached():
            if self.is_alive() and os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except ProcessLookupError:  # it ended this very moment
            return
        except PermissionError as error:
            raise InfrastructureError(f"process {self.pid} belongs to another user: stop it as that user") from error


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
        if not has_ended(mark, timeout_s):
            mark.send_to_group(signal.SIGKILL)
            has_ended(mark, timeout_s)
    pid_file.unlink(missing_ok=True)


def has_ended(mark: Mark, timeout_s: float) -> bool:
    """Return whether a process that is not our child ends within a time."""
    deadline = time.monotonic() + timeout_s
    while mark.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
