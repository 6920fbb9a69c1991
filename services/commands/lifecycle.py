"""`leerlus up`, `down` and `status`: the servers and services of this machine."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from infra.log import configure_logging
from infra.settings import load_settings
from services.commands.steps import Steps
from services.commands.terminal import ExitCode, leave, result, say
from services.supervisor import Part, Running, Status
from services.supervisor import detach as detach_supervisor
from services.supervisor import down as stop_everything
from services.supervisor import status as present_status
from services.supervisor import up as run_everything

_MEGABYTE = 1_000_000


def up(
    *, detach: Annotated[bool, typer.Option("--detach", "-d", help="Go on in the background and return.")] = False
) -> None:
    """Start Kafka, PostgreSQL, MLflow and the services, and keep them alive.

    What the settings name (`LEERLUS_KAFKA__BOOTSTRAP`, `LEERLUS_POSTGRES__DSN`, `LEERLUS_MLFLOW__URI`) is used as it
    is; the rest is started here, listens on this machine only and keeps its data in the state directory
    (`LEERLUS_STATE_DIR`). A service that ends is started again. Ctrl-C stops everything in order.

    **Examples**

        leerlus up
        leerlus up --detach && leerlus status
        LEERLUS_KAFKA__BOOTSTRAP=kafka.example.org:9092 leerlus up

    **Exit codes**: 0 stopped in order, 2 a setting does not fit or it runs already, 3 a server could not be started.
    """
    settings = load_settings()
    if detach:
        with Steps() as steps:
            found = detach_supervisor(settings, progress=steps)
        _show(found.parts)
        return
    configure_logging(settings.log)
    with Steps() as steps:
        run_everything(settings, progress=steps, on_ready=_say_ready)
    say("stopped")


def down() -> None:
    """Stop everything that `leerlus up` started on the state directory; the data stay.

    **Examples**

        leerlus down

    **Exit codes**: 0 stopped, 1 nothing was running.
    """
    with Steps() as steps:
        was_running = stop_everything(load_settings(), progress=steps)
    if not was_running:
        say("nothing was running")
        leave(ExitCode.REFUSED)


def status(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Show what runs on the state directory, where it answers and what it takes.

    **Examples**

        leerlus status
        leerlus status --json

    **Exit codes**: 0 everything runs, 1 nothing runs or a part does not.
    """
    found = present_status(load_settings())
    if as_json:
        result().print(json.dumps(asdict(found), default=str))
    elif found.supervisor is None:
        say(f"nothing runs on {found.state_dir}; `leerlus up` starts it")
    else:
        _show(found.parts)
        say(f"supervisor: process {found.supervisor}; data, logs and passwords: {found.state_dir}")
    if not _all_run(found):
        leave(ExitCode.REFUSED)


def _all_run(found: Status) -> bool:
    return found.supervisor is not None and all(part.state in {"ready", "configured"} for part in found.parts)


def _say_ready(service: Running) -> None:
    for part in service.parts():
        if part.kind == "services" and part.address:
            say(f"{part.name}: {part.address}", style="bold")
    say("everything runs; Ctrl-C stops it")


def _show(parts: tuple[Part, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("part", "state", "address", "process", "MB", "restarts", "message"):
        table.add_column(heading)
    for part in parts:
        memory = f"{part.memory_bytes / _MEGABYTE:.0f}" if part.memory_bytes else ""
        pid = "" if part.pid is None else str(part.pid)
        message = part.message.partition("\n")[0]
        table.add_row(part.name, part.state, part.address, pid, memory, str(part.restarts), message)
    result().print(table)
