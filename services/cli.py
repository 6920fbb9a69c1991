"""The command `leerlus`: where everything is put together."""

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from contracts.errors import ContractError, InfrastructureError, LeerlusError, PlanError, SettingsError
from services.commands import (
    contract,
    demo,
    inspect,
    lifecycle,
    plan,
    programme,
    quarantine,
    replay,
    run,
    send,
    supplier,
    verdicts,
)
from services.commands.record_files import FORMS
from services.commands.terminal import EXIT_CODES, ExitCode, say

_DEBUG = "--debug"

app = typer.Typer(
    name="leerlus",
    rich_markup_mode="markdown",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings are read from LEERLUS_... variables and from what a running `leerlus up` wrote down.",
)
app.command()(demo.demo)
app.add_typer(plan.app, name="plan")
app.add_typer(contract.app, name="contract")
app.command(epilog=FORMS)(send.send)
app.command(epilog=FORMS)(replay.replay)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(supplier.app, name="supplier")
app.add_typer(inspect.app, name="inspect")
app.command()(verdicts.verdicts)
app.command()(programme.programme)
app.command()(lifecycle.up)
app.command()(lifecycle.status)
app.command()(lifecycle.down)
app.command()(run.run)


@app.callback(help=f"Let public policy learn while it runs: evidence for every group, arm and region.\n\n{EXIT_CODES}")
def _leerlus(
    *,
    debug: Annotated[bool, typer.Option(_DEBUG, help="Show where an error arose; may stand anywhere.")] = False,
) -> None:
    """Take the options that every command has; `main` has dealt with them."""


def main() -> NoReturn:
    """Run the command of this process and end it."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; an error becomes a message and a code."""
    is_debugged = _DEBUG in arguments
    try:
        app([argument for argument in arguments if argument != _DEBUG], prog_name="leerlus")
    except SystemExit as ending:
        return _code_of(ending)
    except LeerlusError as error:
        if is_debugged:
            raise
        say(_message(error), style="red")
        return int(_code_for(error))
    except Exception as error:
        if is_debugged:
            raise
        say(f"a fault of Leerlus itself: {type(error).__name__}: {error}\n{_DEBUG} shows where it arose", style="red")
        return int(ExitCode.FAULT)
    return int(ExitCode.DONE)


def _code_of(ending: SystemExit) -> int:
    return ending.code if isinstance(ending.code, int) else int(ending.code is not None)


def _message(error: LeerlusError) -> str:
    if isinstance(error, PlanError):
        return f"{error}\n{len(error.problems)} {'mistake' if len(error.problems) == 1 else 'mistakes'}"
    return str(error)


def _code_for(error: LeerlusError) -> ExitCode:
    if isinstance(error, PlanError | ContractError):
        return ExitCode.REFUSED
    if isinstance(error, SettingsError):
        return ExitCode.WRONG_USE
    return ExitCode.UNREACHABLE if isinstance(error, InfrastructureError) else ExitCode.REFUSED
