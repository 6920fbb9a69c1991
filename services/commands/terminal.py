"""How the command line speaks: exit codes, and the two streams."""

import sys
from enum import IntEnum
from typing import NoReturn

import typer
from rich.console import Console

_WIDTH_WITHOUT_TERMINAL = 160


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    REFUSED = 1
    WRONG_USE = 2
    UNREACHABLE = 3
    FAULT = 4
    INTERRUPTED = 130


EXIT_CODES = """\
**Exit codes**

- 0: done
- 1: something was refused or not found
- 2: wrong use: an argument or a setting does not fit
- 3: a server does not answer
- 4: a fault of Leerlus itself
"""


def remarks() -> Console:
    """Return the console for what is said about a result: standard error."""
    return _console(is_error=True)


def result() -> Console:
    """Return the console for what was asked for: standard output."""
    return _console(is_error=False)


def say(text: str, *, style: str | None = None) -> None:
    """Say a line about the result."""
    remarks().print(text, style=style)


def leave(code: ExitCode) -> NoReturn:
    """End the command with this code."""
    raise typer.Exit(int(code))


def _console(*, is_error: bool) -> Console:
    """Return a console that takes text as it is: words in brackets are no markup, and long lines are not cut."""
    stream = sys.stderr if is_error else sys.stdout
    width = None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(stderr=is_error, width=width, markup=False, emoji=False, highlight=False, soft_wrap=True)
