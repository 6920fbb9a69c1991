"""`leerlus plan`: what is watched, for whom, and by which rules."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from contracts.plan_reader import notes, read_plan
from infra.postgres.registry import registered, source_of
from infra.settings import load_settings
from services.commands.input_files import STANDARD_INPUT, readable
from services.commands.store import ask
from services.commands.terminal import EXIT_CODES, ExitCode, leave, result, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=f"Check, register and show plans: what is watched, for whom, and by which rules.\n\n{EXIT_CODES}",
)

PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN", help="The plan (YAML); - is standard input.", callback=readable)
]


@app.command()
def check(file: PlanFile) -> None:
    """Check a plan; nothing is registered.

    Every mistake is printed with its line, its place and what is allowed there. A plan without mistakes is answered
    with its id, version and digest on standard output, and with advice about what it means.

    **Examples**

        leerlus plan check examples/resume/plan.yaml
        leerlus plan check - < plan.yaml

    **Exit codes**: 0 the plan can be registered, 1 it has mistakes, 2 wrong use.
    """
    plan = read_plan(read_text(file))
    result().print(f"{plan.id} {plan.version} {plan.sha256}")
    for note in notes(plan):
        say(f"note: {note}")


@app.command()
def register(file: PlanFile) -> None:
    """Register a plan: from here on its policy can be delivered for, and the plan is frozen.

    The plan is stored and its registration goes into the policy's log, so that a replay finds the same plan at the
    same place. A change is a new version with a reason (`version`, `supersedes_reason`). Registering the same plan
    again changes nothing.

    **Examples**

        leerlus plan register examples/resume/plan.yaml

    **Exit codes**: 0 registered, 1 the plan has mistakes or differs from what is registered, 2 wrong use, 3 a server
    does not answer.
    """
    from services.registering import register_plan  # noqa: PLC0415  (Kafka's client; `check` need not wait for it)

    text = read_text(file)
    plan, settings = read_plan(text), load_settings()
    asyncio.run(register_plan(plan, text, dsn=settings.need_postgres(), bootstrap=settings.need_kafka()))
    result().print(f"{plan.id} {plan.version} {plan.sha256}")


@app.command()
def show(
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="Id of the plan.")],
    *,
    version: Annotated[int | None, typer.Option(help="Which version; the newest when left out.", min=1)] = None,
) -> None:
    """Show a registered plan as it was written.

    **Examples**

        leerlus plan show resume-audit
        leerlus plan show resume-audit --version 1 > plan.yaml

    **Exit codes**: 0 shown, 1 there is none, 2 wrong use, 3 PostgreSQL does not answer.
    """
    text = ask(load_settings().need_postgres(), lambda connection: source_of(connection, policy, version))
    if text is None:
        which = policy if version is None else f"{policy}, version {version},"
        say(f"no plan {which} is registered; `leerlus plan list` shows which are")
        leave(ExitCode.REFUSED)
    sys.stdout.write(text)


@app.command("list")
def list_plans(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """List the registered plans, and where in the log each took effect.

    **Examples**

        leerlus plan list
        leerlus plan list --json

    **Exit codes**: 0 listed, 1 there is none, 2 wrong use, 3 PostgreSQL does not answer.
    """
    found = ask(load_settings().need_postgres(), registered)
    if not found:
        say("no plan is registered; `leerlus plan register PLAN` does so")
        leave(ExitCode.REFUSED)
    if as_json:
        for each in found:
            sys.stdout.write(json.dumps(asdict(each), default=str) + "\n")
        return
    table = Table("policy", "version", "registered", "read at offset", "digest", box=None, pad_edge=False)
    for each in found:
        offset = "not yet" if each.accepted_at_offset is None else str(each.accepted_at_offset)
        table.add_row(each.policy, str(each.version), f"{each.stored_at:%Y-%m-%d %H:%M}", offset, each.sha256)
    result().print(table)


def read_text(file: Path) -> str:
    """Return the text of a file, or of standard input for `-`."""
    return sys.stdin.read() if file == STANDARD_INPUT else file.read_text(encoding="utf-8")
