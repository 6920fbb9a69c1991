"""`leerlus send`: deliver records from files."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.decoder import policy_of
from contracts.errors import Reason
from infra.settings import Settings, load_settings
from infra.supplier import LINE_BYTES, Refused, Supplier
from services.commands.record_files import Files, Line, Place, read_lines
from services.commands.refusals import counted, say_refused
from services.commands.routes import Route, straight_to_kafka
from services.commands.terminal import ExitCode, leave, remarks, say
from services.supervisor.groups import service_address

_BATCH_LINES = 1_000
_BATCH_BYTES = 1_000_000


@dataclass(slots=True)
class _Sent:
    """What became of the records so far, as far as the way in can tell."""

    accepted: int = 0
    refused: int = 0
    policies: set[str] = field(default_factory=set)


def send(
    files: Files,
    *,
    close: Annotated[bool, typer.Option("--close", help="Then close the open looks of every policy sent.")] = False,
    kafka: Annotated[bool, typer.Option("--kafka", help="Send straight to Kafka, past the gateway.")] = False,
) -> None:
    """Deliver records and say which are refused.

    Each request waits for Kafka before the next one leaves, so the records of a policy keep their order. Every record
    goes into the log, refused ones too: the evaluator quarantines them. Sending a file again does no harm; what
    arrives twice is counted once. Who delivers is told by the key for the gateway: the one that `leerlus up` made, or
    `LEERLUS_GATEWAY__KEY`.

    **Examples**

        leerlus send january.ndjson february.csv
        leerlus send last.parquet --close
        zcat archive.ndjson.gz | leerlus send --kafka -

    **Exit codes**: 0 every record was accepted, 1 some were refused, 2 wrong use, 3 gateway or Kafka does not answer.
    """
    settings, sent = load_settings(), _Sent()
    with _way_in(settings, kafka=kafka) as route, _progress() as progress:
        for file in files:
            _send_file(file, route, sent, progress)
        for policy in sorted(sent.policies) if close else ():
            route.close_looks(policy)
            say(f"the open looks of {policy} are closed")
    say(f"{counted(sent.accepted + sent.refused, 'record')}: {sent.accepted:,} accepted, {sent.refused:,} refused")
    if sent.refused:
        leave(ExitCode.REFUSED)


def _way_in(settings: Settings, *, kafka: bool) -> AbstractContextManager[Route]:
    if kafka:
        return straight_to_kafka(settings.need_kafka())
    return Supplier(service_address("gateway", settings), key=settings.need_gateway_key())


def _progress() -> Progress:
    console = remarks()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _send_file(file: Path, route: Route, sent: _Sent, progress: Progress) -> None:
    upload, task = uuid4(), progress.add_task(file.name, total=None)
    for batch in _batches(_sendable(file, sent)):
        answer = route.deliver(batch, upload=upload)
        for refused in answer.refused:
            _say(file, refused, sent)
        sent.accepted += answer.accepted
        not_taken = {refused.line for refused in answer.refused}
        sent.policies |= {policy_of(line.value) or "" for line in batch if line.number not in not_taken} - {""}
        progress.advance(task, len(batch))


def _say(file: Path, refused: Refused, sent: _Sent) -> None:
    sent.refused += 1
    say_refused(Place(str(file), refused.line), refused.reasons)


def _sendable(file: Path, sent: _Sent) -> Iterator[Line]:
    """Return the lines that may be sent; one that no gateway takes is refused here."""
    for line in read_lines(file):
        if len(line.value) > LINE_BYTES:
            message = f"{len(line.value):,} bytes; allowed are {LINE_BYTES:,}. It was not sent."
            _say(file, Refused(line.number, (Reason("too_long", "", message),)), sent)
        else:
            yield line


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line.value) + 1
        if len(batch) >= _BATCH_LINES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
