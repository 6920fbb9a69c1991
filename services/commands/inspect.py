"""`leerlus inspect`: what the inspector found in the data of a policy."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import POOLED
from contracts.quality import Pause, QualityResult
from infra.postgres.pauses import open_pauses
from infra.postgres.quality import LatestResult, StoredDocument, documents, latest_results
from infra.settings import load_settings
from services.commands.refusals import counted
from services.commands.store import ask
from services.commands.terminal import EXIT_CODES, ExitCode, leave, result, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=f"Look at the quality of the data: what the inspector checked, and what failed.\n\n{EXIT_CODES}",
)

_OUTCOMES = ("failed", "could_not_run", "passed", "not_applicable")
_Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command("list")
def list_policies(*, as_json: _Json = False) -> None:
    """List the policies whose data were checked: how many results there are of each kind, and what is paused.

    **Examples**

        leerlus inspect list

    **Exit codes**: 0 listed (also when there is none), 2 wrong use, 3 PostgreSQL does not answer.
    """
    found = ask(load_settings().need_postgres(), _by_policy)
    if as_json:
        _write(each | {"checked_at": each["checked_at"]} for each in found)
    elif found:
        table = Table(
            "policy", "checked", *(name.replace("_", " ") for name in _OUTCOMES), "paused", box=None, pad_edge=False
        )
        for each in found:
            counts = (str(each[name]) for name in _OUTCOMES)
            table.add_row(str(each["policy"]), _moment(each["checked_at"]), *counts, str(each["paused"]))
        result().print(table)
    say(f"{counted(len(found), 'policy', 'policies')} checked")


@app.command()
def show(
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="The id of its plan.")],
    *,
    failing: Annotated[bool, typer.Option("--failing", help="Only what failed or could not run.")] = False,
    as_json: _Json = False,
) -> None:
    """Show the latest result of every rule: for each indicator, and for arms, regions and groups where it failed.

    A figure is a share of records, or what the rule counts; none is shown from which a small count could be told.
    While a critical rule fails no policy signal about the series is told.

    **Examples**

        leerlus inspect show trust-trial
        leerlus inspect show trust-trial --failing --json

    **Exit codes**: 0 shown, 1 nothing of this policy was checked, 2 wrong use, 3 PostgreSQL does not answer.
    """
    dsn = load_settings().need_postgres()
    found = ask(dsn, lambda connection: latest_results(connection, policy))
    if not found:
        say(f"nothing of a policy {policy!r} was checked yet; `leerlus inspect list` shows which were")
        leave(ExitCode.REFUSED)
    chosen = [each for each in found if not failing or each.result.outcome in {"failed", "could_not_run"}]
    if as_json:
        _write(_flat(each) for each in chosen)
    elif chosen:
        result().print(_table(chosen))
    for pause in ask(dsn, lambda connection: open_pauses(connection, policy)):
        say(f"signals about {_cell(pause)} are paused: {pause.series.rule} fails{_sent_by(pause)}")
    n_failed = sum(each.result.outcome == "failed" for each in found)
    say(f"{n_failed} of {counted(len(found), 'result')} failed")


@app.command()
def docs(
    *,
    policy: Annotated[str, typer.Option(metavar="ID", help="The id of its plan.")],
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the pages go; made if it is missing.")],
) -> None:
    """Write Great Expectations' own Data Docs of the last checks of a policy, without values and small counts.

    **Examples**

        leerlus inspect docs --policy trust-trial --output data-docs

    **Exit codes**: 0 written, 1 nothing of this policy was checked, 2 wrong use, 3 PostgreSQL does not answer.
    """
    found = ask(load_settings().need_postgres(), lambda connection: documents(connection, policy))
    if not found:
        say(f"nothing of a policy {policy!r} was checked yet; `leerlus inspect list` shows which were")
        leave(ExitCode.REFUSED)
    output.mkdir(parents=True, exist_ok=True)
    say(f"written: {asyncio.run(_write_docs(found, output.absolute()))}")


async def _write_docs(found: Sequence[StoredDocument], output: Path) -> str:
    from infra.expectations import Page, Worker  # noqa: PLC0415  (a process pool: the other commands need none)

    pages = [
        Page(
            suite=f"{each.policy} {each.frame}",
            expectations=each.expectations,
            document=each.document,
            run=f"offsets {each.first_offset} to {each.last_offset}",
            at=each.checked_at,
        )
        for each in found
    ]
    worker = Worker()
    try:
        return await worker.write_docs(pages, str(output))
    finally:
        worker.close()


async def _by_policy(connection: AsyncConnection) -> list[dict[str, object]]:
    by_policy: dict[str, list[LatestResult]] = {}
    for each in await latest_results(connection):
        by_policy.setdefault(each.policy, []).append(each)
    return [
        {
            "policy": policy,
            "checked_at": max(each.checked_at for each in results),
            **{name: Counter(each.result.outcome for each in results)[name] for name in _OUTCOMES},  # type: ignore[index]
            "paused": len(await open_pauses(connection, policy)),
        }
        for policy, results in by_policy.items()
    ]


def _table(found: Sequence[LatestResult]) -> Table:
    names = ("rule", "about", "outcome", "seen", "allowed", "records", "look", "since")
    table = Table(*names, box=None, pad_edge=False)
    for each in found:
        found_now = each.result
        outcome = found_now.outcome.replace("_", " ") + (f": {found_now.why}" if found_now.why else "")
        figures = (_number(found_now.figure), _number(found_now.bound), _number(found_now.n))
        rule = f"{found_now.rule} ({found_now.severity})"
        table.add_row(rule, _cell(found_now), outcome, *figures, found_now.look or "", _moment(each.since))
    return table


def _cell(found: QualityResult | Pause) -> str:
    """Return what a result or a pause is about, in words."""
    cell = found.series.cell
    parts = [f"{name} {value}" for name in ("arm", "region", "group") if (value := getattr(cell, name)) != POOLED]
    return ", ".join(["every indicator" if cell.indicator == POOLED else cell.indicator, *parts])


def _sent_by(pause: Pause) -> str:
    return f" in what {', '.join(pause.suppliers)} sent" if pause.suppliers else ""


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _moment(when: object) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}" if isinstance(when, datetime) else ""


def _flat(each: LatestResult) -> dict[str, object]:
    facts = {"policy": each.policy, "plan_version": each.plan_version, "last_offset": each.last_offset}
    return {**facts, **msgspec.to_builtins(each.result), "since": each.since, "checked_at": each.checked_at}


def _write(rows: Iterable[dict[str, object]]) -> None:
    for row in rows:
        sys.stdout.buffer.write(msgspec.json.encode(row) + b"\n")
    sys.stdout.buffer.flush()
