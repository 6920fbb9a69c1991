"""Records from files: NDJSON as it is, CSV as observations or enrolments, Parquet as observations, one a row."""

import gzip
import io
import json
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple, cast

import typer

from contracts.csv_rows import TableError, rows_of
from contracts.errors import Reason
from services.commands.input_files import STANDARD_INPUT, readable

FORMS = """\
**Files**

- `.ndjson`, `.jsonl` or `-` (standard input): one record a line; empty lines are passed over
- `.csv`: observations or enrolments, columns named as in the contract, separated by `,` or `;`; groups separated by
  `|`; an empty cell is a field left out
- `.parquet`: observations, columns named as in the contract
- `.gz` after any of these
"""


class Place(NamedTuple):
    """Where a record stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Line(NamedTuple):
    """A record and the line (Parquet: row), from 1, where it ends."""

    number: int
    value: bytes


class Records:
    """The records of several files in order, remembering where each stands.

    Args:
        files: What to read, in order.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._starts: list[int] = []
        self._lines = array("Q")

    def __len__(self) -> int:
        """Number of records read so far."""
        return len(self._lines)

    def __iter__(self) -> Iterator[bytes]:
        for file in self._files:
            self._starts.append(len(self._lines))
            for line in read_lines(file):
                self._lines.append(line.number)
                yield line.value

    def place(self, number: int) -> Place:
        """Return where a record stands; `number` counts from 0 over all files."""
        index = max(i for i, start in enumerate(self._starts) if start <= number)
        return Place(str(self._files[index]), self._lines[number])


def read_lines(file: Path) -> Iterator[Line]:
    """Return the records of a file in order.

    Raises:
        TableError: If it is a CSV file that cannot be read, or whose columns nobody knows.
    """
    reader = _READERS[_form(file)]
    if file == STANDARD_INPUT:
        yield from reader(sys.stdin.buffer)
        return
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
        try:
            yield from reader(cast("IO[bytes]", stream))
        except TableError as error:
            place = str(Place(str(file), error.line))
            reasons = [Reason(each.code, place, each.message) for each in error.reasons]
            raise TableError(error.line, reasons) from error


def refuse_other_forms(files: list[Path]) -> list[Path]:
    """Return the files, or refuse one that cannot be read or whose name does not tell what is in it.

    Raises:
        typer.BadParameter: Saying what is allowed.
    """
    for file in map(readable, files):
        if _form(file) not in _READERS:
            known = ", ".join(form for form in _READERS if form != str(STANDARD_INPUT))
            raise typer.BadParameter(f"{file} does not tell what is in it; allowed are {known} (and .gz after them)")
    return files


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="Records, read in this order.",
        callback=refuse_other_forms,
    ),
]


def _form(file: Path) -> str:
    if file == STANDARD_INPUT:
        return str(file)
    return (file.with_suffix("") if file.suffix == ".gz" else file).suffix


def _ndjson(stream: IO[bytes]) -> Iterator[Line]:
    for number, line in enumerate(stream, start=1):
        if value := line.strip(b"\r\n"):
            yield Line(number, value)


def _csv(stream: IO[bytes]) -> Iterator[Line]:
    """Read rows as records; bytes that are no UTF-8 are handed on, so that the contract can refuse them."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from (Line(*row) for row in rows_of(text))
    finally:
        text.detach()


def _parquet(stream: IO[bytes]) -> Iterator[Line]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (large, and only for this form)

    number = 0
    for batch in ParquetFile(stream).iter_batches():
        for row in batch.to_pylist():
            number += 1
            yield Line(number, _encoded({name: value for name, value in row.items() if value is not None}))


def _encoded(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, default=_text).encode("utf-8", "surrogateescape")


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


_READERS: dict[str, Callable[[IO[bytes]], Iterator[Line]]] = {
    "-": _ndjson,
    ".ndjson": _ndjson,
    ".jsonl": _ndjson,
    ".csv": _csv,
    ".parquet": _parquet,
}
