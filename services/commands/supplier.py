"""`leerlus supplier`: who may deliver to the gateway, for which policies, and with which keys."""

from datetime import timedelta
from typing import Annotated, NoReturn

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.suppliers import (
    Supplier,
    add_supplier,
    all_keys,
    all_suppliers,
    change_supplier,
    keep_key,
    let_expire,
    revoke,
)
from infra.settings import load_settings
from infra.supplier_keys import Key, new_key
from services.commands.refusals import counted
from services.commands.store import ask
from services.commands.supplier_lists import print_suppliers
from services.commands.supplier_options import (
    Days,
    EveryPolicy,
    Lines,
    Name,
    OthersName,
    Policies,
    Requests,
    lifetime_of,
    scope_of,
)
from services.commands.terminal import EXIT_CODES, ExitCode, leave, result, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=f"Say who may deliver to the gateway, for which policies, and with which keys.\n\n{EXIT_CODES}",
)


@app.command()
def add(
    name: OthersName,
    *,
    policy: Policies = None,
    every_policy: EveryPolicy = False,
    team: Annotated[bool, typer.Option("--team", help="It is the evaluation team: it may close looks.")] = False,
    lines: Lines = None,
    requests: Requests = None,
    days: Days = None,
) -> None:
    """Add a supplier, and print its first key: it is shown this once, and kept nowhere.

    Records of other policies than those named are refused. The evaluation team is not held to a rate.

    **Examples**

        leerlus supplier add school-7 --policy trust-trial
        leerlus supplier add evaluation --every-policy --team --days 365

    **Exit codes**: 0 added, 1 there is one of this name, 2 wrong use, 3 PostgreSQL does not answer.
    """
    scope = scope_of(policy, every_policy=every_policy)
    added, key = Supplier(name, scope, team, lines, requests), new_key()

    async def keep(connection: AsyncConnection) -> bool:
        is_new = await add_supplier(connection, added)
        if is_new:
            await keep_key(connection, name, key, lifetime=lifetime_of(days))
        return is_new

    if not ask(load_settings().need_postgres(), keep):
        say(f"there is a supplier {name}; `leerlus supplier key {name}` makes another key for it")
        leave(ExitCode.REFUSED)
    _show(key, name)


@app.command("key")
def make_key(
    name: OthersName,
    *,
    days: Days = None,
    overlap: Annotated[
        int | None,
        typer.Option("--overlap", min=0, metavar="HOURS", help="Let the keys it had end after so many hours."),
    ] = None,
) -> None:
    """Make another key for a supplier, and print it: it is shown this once, and kept nowhere.

    Without `--overlap` the keys it had stay good.

    **Examples**

        leerlus supplier key school-7 --overlap 48
        leerlus supplier key school-7 --days 90

    **Exit codes**: 0 made, 1 there is no such supplier, 2 wrong use, 3 PostgreSQL does not answer.
    """
    key = new_key()

    async def keep(connection: AsyncConnection) -> int | None:
        if name not in await all_suppliers(connection):
            return None
        await keep_key(connection, name, key, lifetime=lifetime_of(days))
        if overlap is None:
            return 0
        return await let_expire(connection, name, overlap=timedelta(hours=overlap), but=key.id)

    ending = ask(load_settings().need_postgres(), keep)
    if ending is None:
        _leave_unknown(name)
    _show(key, name)
    if overlap is not None:
        say(f"{counted(ending, 'older key')} will end within {counted(overlap, 'hour')}")


@app.command("list")
def list_suppliers(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """List suppliers with their keys: what each begins with, when it was made and last used, and whether it is good.

    **Examples**

        leerlus supplier list
        leerlus supplier list --json

    **Exit codes**: 0 listed, 1 there is none, 2 wrong use, 3 PostgreSQL does not answer.
    """
    dsn = load_settings().need_postgres()
    known = ask(dsn, all_suppliers)
    if not known:
        say("there is no supplier; `leerlus supplier add NAME` adds one")
        leave(ExitCode.REFUSED)
    print_suppliers(known.values(), ask(dsn, all_keys), as_json=as_json)


@app.command()
def change(
    name: OthersName,
    *,
    policy: Policies = None,
    every_policy: EveryPolicy = False,
    lines: Lines = None,
    requests: Requests = None,
) -> None:
    """Change for which policies a supplier may deliver, and how much; what is not named stays.

    **Examples**

        leerlus supplier change school-7 --policy trust-trial --policy star
        leerlus supplier change school-7 --lines 20000

    **Exit codes**: 0 changed, 1 there is no such supplier, 2 wrong use, 3 PostgreSQL does not answer.
    """
    changes: dict[str, object] = {}
    if policy or every_policy:
        scope = scope_of(policy, every_policy=every_policy)
        changes["policies"] = None if scope is None else list(scope)
    limits = {"lines_a_minute": lines, "requests_a_minute": requests}
    changes |= {limit: value for limit, value in limits.items() if value is not None}
    if not changes:
        raise typer.BadParameter("name at least one thing to change")
    if not ask(load_settings().need_postgres(), lambda connection: change_supplier(connection, name, changes)):
        _leave_unknown(name)
    say(f"{name} is changed")


@app.command("revoke")
def revoke_keys(
    name: Name,
    *,
    key: Annotated[list[str] | None, typer.Option("--key", metavar="ID", help="Which key; can be repeated.")] = None,
    every_key: Annotated[bool, typer.Option("--every-key", help="All keys of the supplier.")] = False,
) -> None:
    """Revoke keys of a supplier: within two seconds the gateway refuses them.

    **Examples**

        leerlus supplier revoke school-7 --key 5d41402a
        leerlus supplier revoke school-7 --every-key

    **Exit codes**: 0 revoked, 1 no such key was good, 2 wrong use, 3 PostgreSQL does not answer.
    """
    if bool(key) == every_key:
        raise typer.BadParameter("name the keys with --key, or all of them with --every-key")
    ids = None if every_key else key
    revoked = ask(load_settings().need_postgres(), lambda connection: revoke(connection, name, ids=ids))
    if not revoked:
        say(f"{name} has no such key that is good; `leerlus supplier list` shows which there are")
        leave(ExitCode.REFUSED)
    say(f"revoked: {', '.join(revoked)}")


def _show(key: Key, name: str) -> None:
    result().print(key.text)
    say(f"this is key {key.id} of {name}: give it to them over a safe way, it is not shown again")


def _leave_unknown(name: str) -> NoReturn:
    say(f"there is no supplier {name}; `leerlus supplier list` shows which there are")
    leave(ExitCode.REFUSED)
