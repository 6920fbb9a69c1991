"""Files that a command reads; `-` is standard input."""

import os
from pathlib import Path

import typer

STANDARD_INPUT = Path("-")


def readable(file: Path) -> Path:
    """Return the file, or refuse one that cannot be read.

    Raises:
        typer.BadParameter: If it is not there, no file, or not ours to read.
    """
    if file == STANDARD_INPUT:
        return file
    if not file.exists():
        raise typer.BadParameter(f"{file} does not exist")
    if file.is_dir():
        raise typer.BadParameter(f"{file} is a folder; expected a file")
    if not os.access(file, os.R_OK):
        raise typer.BadParameter(f"{file} may not be read by this user")
    return file
