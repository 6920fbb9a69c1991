"""Notices to offices: something happened that an office must know.

A channel is a place where notices are found before they are made. The one there is keeps a plain text file for each
office, a line a notice, for the office's own tools to pick up.
"""

import asyncio
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from contracts.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Notice:
    """What an office must know; the id is made from what happened, the text is one line."""

    id: UUID
    office: str
    text: str


class Channel(Protocol):
    """A place to leave notices."""

    async def find(self, notice: Notice) -> str | None:
        """Return where the notice is, None if it was not left yet."""
        ...

    async def leave(self, notice: Notice) -> str:
        """Leave the notice and return where.

        Raises:
            Unavailable: If the place does not answer.
        """
        ...


class OfficeFiles:
    """A text file for each office.

    Args:
        folder: Where the files are; it is made if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def find(self, notice: Notice) -> str | None:
        """Return the file that has the notice, None if it has not; one that was cut off by a crash does not count."""
        with self._translated(notice):
            return await asyncio.to_thread(self._find, notice)

    async def leave(self, notice: Notice) -> str:
        """Append the notice to its office's file; it is on disk when this returns."""
        with self._translated(notice):
            return await asyncio.to_thread(self._leave, notice)

    def _find(self, notice: Notice) -> str | None:
        path = self._path(notice.office)
        if not path.exists():
            return None
        with path.open(encoding="utf-8") as lines:
            return str(path) if any(line.endswith(_ending(notice)) for line in lines) else None

    def _leave(self, notice: Notice) -> str:
        path = self._path(notice.office)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            cut_off = b"" if _ends_with_line(file) else b"\n"
            file.write(cut_off + " ".join(notice.text.split()).encode() + _ending(notice).encode())
            file.flush()
            os.fsync(file.fileno())
        return str(path)

    def _path(self, office: str) -> Path:
        plain = unicodedata.normalize("NFKD", office).encode("ascii", "ignore").decode().lower()
        return self._folder / f"{re.sub(r'[^a-z0-9]+', '-', plain).strip('-') or 'office'}.txt"

    @contextmanager
    def _translated(self, notice: Notice) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(f"{self._path(notice.office)} cannot be read or written: {error}") from error


def _ending(notice: Notice) -> str:
    """Return how the notice's line ends: whole lines only are recognised."""
    return f" [{notice.id}]\n"


def _ends_with_line(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
