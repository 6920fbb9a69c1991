"""What runs, as the supervisor writes it down and `leerlus status` reads it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import psutil

from infra.embedded.marks import Mark
from infra.settings import Settings
from services.supervisor.lock import supervisor_of

PartState = Literal["starting", "ready", "configured", "waiting", "given_up", "stopped"]
_FILE = "status.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One server or one group of services.

    Attributes:
        name: `kafka`, `postgres`, `mlflow`, or the services of a group joined by `+`.
        kind: Whose program it is.
        state: `configured`: the organisation's own server, used as it is; `waiting`: ended, and started again soon;
            `given_up`: ended at the same place too often.
        address: Where it answers, without secrets; empty where nothing is served.
        pid: Its process, None if it does not run.
        restarts: How often it was started again.
        message: Why it does not run, for a person to read.
        memory_bytes: What it and its children take now.
    """

    name: str
    kind: Literal["server", "services"]
    state: PartState
    address: str = ""
    pid: int | None = None
    restarts: int = 0
    message: str = ""
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """What runs on a state directory.

    Attributes:
        state_dir: Where data, logs and passwords are.
        supervisor: Process of `leerlus up`; None if it does not run.
        parts: Servers first, then services; empty if nothing runs.
    """

    state_dir: Path
    supervisor: int | None
    parts: tuple[Part, ...]


def write_report(state_dir: Path, parts: Iterable[Part]) -> None:
    """Write down the parts, whole or not at all."""
    path = state_dir / _FILE
    part = path.with_suffix(".part")
    part.write_text(json.dumps([asdict(one) for one in parts]), encoding="utf-8")
    part.replace(path)


def remove_report(state_dir: Path) -> None:
    """Forget the parts: nothing runs any more."""
    (state_dir / _FILE).unlink(missing_ok=True)


def status(settings: Settings) -> Status:
    """Return what runs on the state directory; asks the machine, not the servers, so that it answers at once."""
    supervisor = supervisor_of(settings.state_dir)
    if supervisor is None:
        return Status(settings.state_dir, None, ())
    return Status(settings.state_dir, supervisor.pid, tuple(map(_measured, _read_report(settings.state_dir))))


def pid_of(mark: Mark | None) -> int | None:
    """Return the process id of a mark."""
    return mark.pid if mark is not None else None


def _read_report(state_dir: Path) -> list[Part]:
    try:
        written = json.loads((state_dir / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [Part(**one) for one in written]


def _measured(part: Part) -> Part:
    return replace(part, memory_bytes=_memory(part.pid))


def _memory(pid: int | None) -> int:
    if pid is None:
        return 0
    try:
        process = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0
