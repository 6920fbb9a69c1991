"""`leerlus quarantine`: the records that were refused."""

import sys
from datetime import timedelta
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from infra.at_rest import keyring_of
from infra.postgres.kept import Damaged, kept_bytes
from infra.postgres.refusals import Quarantined, Wanted, count_refusals, newest_refusals, refusal
from infra.postgres.retention import delete_old_bytes
from infra.postgres.setting_aside import ask_to_set_aside
from infra.settings import load_settings
from services.commands import quarantine_filter as only
from services.commands.quarantine_replay import replay
from services.commands.refusals import counted
from services.commands.store import ask
from services.commands.terminal import EXIT_CODES, ExitCode, leave, result, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=f"Look at the records that were refused, and send them again: kept with every reason, counted nowhere.\n\n"
    f"{EXIT_CODES}",
)
app.command()(replay)


@app.command("list")
def list_refused(
    *,
    policy: only.Policy = None,
    indicator: only.Indicator = None,
    supplier: only.Supplier = None,
    upload: only.Upload = None,
    reason: only.Code = None,
    place: only.Field = None,
    since: only.Since = None,
    until: only.Until = None,
    replayed: only.Replayed = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, without the bytes.")] = False,
) -> None:
    """List refused records, the newest last, with every reason.

    **Examples**

        leerlus quarantine list
        leerlus quarantine list --policy resume-audit --json
        leerlus quarantine list --supplier school-7 --reason unknown_arm --since 2026-01-01 --not-replayed

    **Exit codes**: 0 listed (also when there is none), 2 wrong use, 3 PostgreSQL does not answer.
    """
    wanted = Wanted(
        policy=policy,
        indicator=indicator,
        supplier=supplier,
        upload=upload,
        code=reason,
        place=place,
        since=only.in_utc(since),
        until=only.in_utc(until),
        replayed=replayed,
    )
    dsn = load_settings().need_postgres()
    found = ask(dsn, lambda connection: newest_refusals(connection, wanted, limit=limit))
    if as_json:
        for each in found:
            sys.stdout.buffer.write(msgspec.json.encode(each) + b"\n")
    elif found:
        result().print(_table(found))
    total = ask(dsn, lambda connection: count_refusals(connection, wanted))
    shown = f"; the newest {len(found):,} are shown" if len(found) < total else ""
    say(f"{counted(total, 'record')} refused{shown}")


@app.command()
def show(number: Annotated[int, typer.Argument(metavar="NUMBER", help="From `leerlus quarantine list`.")]) -> None:
    """Show one refused record: its reasons on standard error, its bytes as they were sent on standard output.

    The bytes are decrypted with the key of the quarantine; after `LEERLUS_QUARANTINE__KEEP_DAYS` they are gone.

    **Examples**

        leerlus quarantine show 12 > record.json

    **Exit codes**: 0 shown, 1 there is none with this number or its bytes are gone, 2 wrong use, 3 PostgreSQL does
    not answer.
    """
    settings = load_settings()
    dsn = settings.need_postgres()
    found = ask(dsn, lambda connection: refusal(connection, number))
    if found is None:
        say(f"no refused record has the number {number}; `leerlus quarantine list` shows which there are")
        leave(ExitCode.REFUSED)
    say(f"partition {found.partition}, offset {found.offset}; {_origin(found)}")
    say(f"refused by {_contract(found)}{_since_then(found)}")
    for reason in found.reasons:
        say(str(reason))
    this, keyring = Wanted(after=number - 1, up_to=number), keyring_of(settings)
    kept = ask(dsn, lambda connection: kept_bytes(connection, this, keyring, limit=1))
    if not kept:
        say("its bytes were kept long enough and are deleted")
        leave(ExitCode.REFUSED)
    if isinstance(kept[0], Damaged):
        say(kept[0].problem)
        leave(ExitCode.REFUSED)
    sys.stdout.buffer.write(kept[0].sent.value + b"\n")


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


@app.command()
def purge(
    *,
    older_than: Annotated[
        int | None,
        typer.Option(min=0, metavar="DAYS", help="Delete what was refused longer ago than this; 0 deletes all."),
    ] = None,
) -> None:
    """Delete the bytes of records that were refused longer ago than `LEERLUS_QUARANTINE__KEEP_DAYS` (30).

    Place and reasons stay. The evaluator does the same every hour. The records themselves stay in the log for the 30
    days that Kafka keeps them, and in backups for as long as those are kept.

    **Examples**

        leerlus quarantine purge
        leerlus quarantine purge --older-than 7
        leerlus quarantine purge --older-than 0

    **Exit codes**: 0 deleted (also when there was nothing), 2 wrong use, 3 PostgreSQL does not answer.
    """
    settings = load_settings()
    kept = timedelta(days=settings.quarantine.keep_days if older_than is None else older_than)
    dsn, total = settings.need_postgres(), 0
    while n_records := ask(dsn, lambda connection: delete_old_bytes(connection, kept)):
        total += n_records
    say(f"the bytes of {counted(total, 'record')} are deleted, refused more than {kept.days} days ago")


def _table(found: tuple[Quarantined, ...]) -> Table:
    table = Table("number", "arrived", "policy", "from", "reasons", "sent again", box=None, pad_edge=False)
    for each in found:
        arrived = "" if each.arrived_at is None else f"{each.arrived_at:%Y-%m-%d %H:%M:%S}"
        reasons = "\n".join(map(str, each.reasons))
        table.add_row(str(each.id), arrived, each.policy or "", _origin(each), reasons, _became(each))
    return table


def _origin(refused: Quarantined) -> str:
    if refused.supplier is None:
        return "straight to Kafka"
    return f"{refused.supplier}, line {refused.line}"


def _became(refused: Quarantined) -> str:
    """Return what became of a record when it was sent again; a dash if it was not."""
    if refused.counted_at is not None:
        return "counted"
    return {"duplicate": "duplicate", "refused": "refused again"}.get(refused.outcome or "", "-")


def _contract(refused: Quarantined) -> str:
    if refused.contract is None:
        return "a contract that was not noted"
    return f"{refused.contract}@{refused.contract_version} (sha256 {refused.contract_sha256})"


def _since_then(refused: Quarantined) -> str:
    if refused.replayed_at is None:
        return ""
    when = f"{refused.replayed_at:%Y-%m-%d %H:%M}"
    return f"; sent again {counted(refused.replays, 'time')}, the last time {when}: {_became(refused)}"
