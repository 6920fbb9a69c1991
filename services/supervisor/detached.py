"""`leerlus up --detach`: a supervisor of its own that reports back until everything runs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, TextIO

import services
from contracts.errors import InfrastructureError, LeerlusError
from infra.embedded.progress import Progress, Step
from infra.embedded.state import StateDirectory
from infra.log import configure_logging
from infra.setting_sections import LogSettings
from infra.settings import Settings, load_settings
from services.supervisor.commands import up
from services.supervisor.groups import GROUPS, Group
from services.supervisor.report import Status, status
from services.supervisor.sequence import Running

_LOG = "supervisor.log"


def detach(settings: Settings, *, groups: Sequence[Group] = GROUPS, progress: Progress) -> Status:
    """Start a supervisor that goes on when this process ends, and return when everything runs.

    Args:
        settings: From `load_settings`; what was given as an argument is handed on.
        groups: Services that share a process, each.
        progress: Called with each `Step`, as by `up`.

    Returns:
        What runs, as `leerlus status` shows it.

    Raises:
        InfrastructureError: If it did not come up; the message is the one that `up` would have given.
    """
    configured = settings.configured()
    log = StateDirectory.open(configured.state_dir).logs / _LOG
    order = {"settings": {**configured.revealed(), "state_dir": str(configured.state_dir)}, "groups": list(groups)}
    with log.open("ab") as errors, _own_process(errors) as child:
        _write(child.stdin, order)
        failure = _listen(child.stdout, progress)
        if failure is not None:
            child.wait()
            raise InfrastructureError(failure)
        child.returncode = 0  # it goes on without us: not a child to wait for
    return status(configured)


@contextmanager
def _own_process(errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the other process; it is ended if we are interrupted before it runs by itself."""
    child = subprocess.Popen(
        [sys.executable, "-m", "services.supervisor"],
        cwd=Path(services.__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    )
    try:
        with child.stdin or nullcontext(), child.stdout or nullcontext():
            yield child
    except BaseException:
        child.terminate()
        child.wait()
        raise


def _write(pipe: IO[bytes] | None, order: object) -> None:
    if pipe is not None:
        pipe.write(json.dumps(order).encode())
        pipe.close()


def _listen(pipe: IO[bytes] | None, progress: Progress) -> str | None:
    """Pass on the steps until everything runs; returns why it does not, if so."""
    for line in pipe or ():
        told = json.loads(line)
        if "step" in told:
            progress(Step(**told["step"]))
        elif "failed" in told:
            return str(told["failed"])
        else:
            return None
    return "the supervisor ended without a word: see supervisor.log in the logs of the state directory"


def main() -> None:
    """Be that supervisor: settings from standard input, steps to standard output until everything runs."""
    order = json.load(sys.stdin)
    listener = _only_for_messages()
    settings = load_settings(**order["settings"])
    configure_logging(LogSettings(level=settings.log.level, format="json"))

    def tell(**message: object) -> None:
        with suppress(ValueError, BrokenPipeError):  # closed by us, or by a listener that has gone
            listener.write(json.dumps(message) + "\n")

    def let_go(_service: Running) -> None:
        tell(running=True)
        listener.close()

    groups = [tuple(group) for group in order["groups"]]
    try:
        up(settings, groups=groups, progress=lambda step: tell(step=asdict(step)), on_ready=let_go)
    except LeerlusError as error:
        tell(failed=str(error))
        sys.exit(1)


def _only_for_messages() -> TextIO:
    """Return standard output for messages alone; what anything else prints goes to the log from now on."""
    listener = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1, encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return listener
