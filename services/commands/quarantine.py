"""`leerlus quarantine`: the records that were refused."""

import sys
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from infra.postgres.refusals import Quarantined, count_refusals, newest_refusals, refusal
from infra.postgres.setting_aside import ask_to_set_aside
from infra.settings import load_settings
from services.commands.refusals import counted
from services.commands.store import ask
from services.commands.terminal import EXIT_CODES, ExitCode, leave, result, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=f"Look at the records that were refused: kept with every reason, counted nowhere.\n\n{EXIT_CODES}",
)


@app.command("list")
def list_refused(
    *,
    policy: Annotated[str | None, typer.Option(metavar="ID", help="Only records that name this policy.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, without the bytes.")] = False,
) -> None:
    """List refused records, the newest last, with every reason.

    **Examples**

        leerlus quarantine list
        leerlus quarantine list --policy resume-audit --json

    **Exit codes**: 0 listed (also when there is none), 2 wrong use, 3 PostgreSQL does not answer.
    """
    dsn = load_settings().need_postgres()
    found = ask(dsn, lambda connection: newest_refusals(connection, policy=policy, limit=limit))
    if as_json:
        for each in found:
            sys.stdout.buffer.write(msgspec.json.encode(_without_bytes(each)) + b"\n")
    elif found:
        result().print(_table(found))
    total = ask(dsn, lambda connection: count_refusals(connection, policy=policy))
    shown = f"; the newest {len(found):,} are shown" if len(found) < total else ""
    say(f"{counted(total, 'record')} refused{shown}")


@app.command()
def show(number: Annotated[int, typer.Argument(metavar="NUMBER", help="From `leerlus quarantine list`.")]) -> None:
    """Show one refused record: its reasons on standard error, its bytes as they were sent on standard output.

    **Examples**

        leerlus quarantine show 12 > record.json

    **Exit codes**: 0 shown, 1 there is none with this number, 2 wrong use, 3 PostgreSQL does not answer.
    """
    found = ask(load_settings().need_postgres(), lambda connection: refusal(connection, number))
    if found is None:
        say(f"no refused record has the number {number}; `leerlus quarantine list` shows which there are")
        leave(ExitCode.REFUSED)
    say(f"partition {found.partition}, offset {found.offset}; {_origin(found)}")
    for reason in found.reasons:
        say(str(reason))
    sys.stdout.buffer.write(found.value + b"\n")


@app.command("set-aside")
def set_aside(
    partition: Annotated[int, typer.Argument(min=0, metavar="PARTITION", help="Of the observations topic.")],
    offset: Annotated[int, typer.Argument(min=0, metavar="OFFSET", help="The record's, from the error message.")],
) -> None:
    """Have one record quarantined unread, because reading it stops the evaluator.

    The evaluator stops when a fault of its own at one record came back three times, and names the record. Set aside,
    it is kept in quarantine with the reason `internal_error`, and everything after it is read when the service is
    started again. A record that was read already stays as it is.

    **Examples**

        leerlus quarantine set-aside 3 18204

    **Exit codes**: 0 noted, 2 wrong use, 3 PostgreSQL does not answer.
    """
    dsn = load_settings().need_postgres()
    ask(dsn, lambda connection: ask_to_set_aside(connection, partition=partition, offset=offset))
    say(f"the record at offset {offset} of partition {partition} will be set aside when the evaluator starts again")


def _without_bytes(refused: Quarantined) -> dict[str, object]:
    return {name: getattr(refused, name) for name in Quarantined.__slots__ if name != "value"}


def _table(found: tuple[Quarantined, ...]) -> Table:
    table = Table("number", "arrived", "policy", "from", "reasons", box=None, pad_edge=False)
    for each in found:
        arrived = "" if each.arrived_at is None else f"{each.arrived_at:%Y-%m-%d %H:%M:%S}"
        reasons = "\n".join(map(str, each.reasons))
        table.add_row(str(each.id), arrived, each.policy or "", _origin(each), reasons)
    return table


def _origin(refused: Quarantined) -> str:
    if refused.supplier is None:
        return "straight to Kafka"
    return f"{refused.supplier}, line {refused.line}"
