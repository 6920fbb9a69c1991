"""Rows of a CSV file as the records that they stand for: one JSON object a row, with the contract's own field names.

Columns are named as in the contract of observations, or of enrolments; they are separated by `,` or `;`, ids of groups
by `|`. An empty cell is a field left out, a row of empty cells is passed over. What a row gets wrong is for its
contract to say; here only a table that cannot be read, or whose columns nobody knows, is refused.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING

from contracts.errors import ContractError, Reason
from contracts.odcs import load_contract
from contracts.odcs_model import Property
from contracts.wording import listed, shown

if TYPE_CHECKING:
    from _csv import Reader

TOO_MANY_CELLS = "more cells than columns"
"""Field that holds the cells of a row that have no column; no contract knows it."""

DECIMALS = "a number has a decimal point and nothing else, as in 1234.5: no decimal comma, no thousands separator"
"""Advice about a cell that should be a number and is none."""

PARTS = "groups are separated by one `|`, with none before the first or after the last; the cell is empty for no group"
"""Advice about a cell of groups with an empty part."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_GROUPS = "|"


class TableError(ContractError):
    """A table that cannot be read; nothing of it was taken.

    Args:
        line: Where, from 1.
        reasons: Every reason.
    """

    def __init__(self, line: int, reasons: Sequence[Reason]) -> None:
        super().__init__(reasons)
        self.line = line


@dataclass(frozen=True, slots=True)
class _Columns:
    """The fields of one kind of record.

    Attributes:
        envelope: Key under which they stand; None for the top.
        fields: By name.
    """

    envelope: str | None
    fields: Mapping[str, Property]


def _columns(name: str) -> _Columns:
    schema = load_contract(name).schema
    return _Columns(schema.envelope, {each.name: each for each in schema.properties})


_OBSERVATIONS, _ENROLMENTS = _columns("observation"), _columns("enrolment")


def rows_of(lines: Iterable[str]) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a table, each with the number of the line on which its row ends; the header is line 1.

    Args:
        lines: The text by lines, line ends with it; bytes that are no UTF-8 as lone surrogates, which are handed on
            as they were, so that the contract can refuse them.

    Raises:
        TableError: If the header does not name the fields of one contract, or a row cannot be cut into cells.
    """
    rest = iter(lines)
    header = next(rest, "")
    reader = csv.reader(chain([header], rest), delimiter=_delimiter(header), strict=True)
    rows = _readable(reader)
    names = next(rows, [])
    columns = _known(names)
    for row in rows:
        if any(row):
            yield reader.line_num, _record(names, row, columns)


def _readable(reader: "Reader") -> Iterator[list[str]]:
    """Yield the rows.

    Raises:
        TableError: If one cannot be cut into cells.
    """
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(reader.line_num, [Reason("broken_row", f"line {reader.line_num}", str(error))]) from error


def _delimiter(header: str) -> str:
    return ";" if header.count(";") > header.count(",") else ","


def _known(names: Sequence[str]) -> _Columns:
    """Return which kind of record a header stands for.

    Raises:
        TableError: With everything that is wrong with it.
    """
    of_enrolments = "start" in names and "indicator" not in names
    columns = _ENROLMENTS if of_enrolments else _OBSERVATIONS
    reasons = list(_faults(names, columns.fields))
    if reasons:
        raise TableError(1, reasons)
    return columns


def _faults(names: Sequence[str], fields: Mapping[str, Property]) -> Iterator[Reason]:
    for name, n_times in Counter(names).items():
        if name not in fields:
            yield Reason(
                "unknown_column", "", f"seen {shown(name)}{_nearest(name, fields)}; allowed are {listed(fields)}"
            )
        elif n_times > 1:
            yield Reason("repeated_column", name, f"the column stands there {n_times} times")
    for name, field in fields.items():
        if field.required and name not in names:
            yield Reason(
                "missing_column", name, f"the column is missing; expected: {field.description.in_language('en')}"
            )


def _nearest(name: str, fields: Iterable[str]) -> str:
    near = get_close_matches(name.strip().lower().replace(" ", "_"), list(fields), n=1)
    return f", did you mean {near[0]}?" if near else ""


def _record(names: Sequence[str], row: Sequence[str], columns: _Columns) -> bytes:
    cells = {name: cell for name, cell in zip(names, row, strict=False) if cell}
    fields = [f"{_text(name)}:{_cell(cell, columns.fields[name])}" for name, cell in cells.items()]
    if "groups" not in cells:
        fields.append('"groups":[]')
    if len(row) > len(names):
        fields.append(f"{_text(TOO_MANY_CELLS)}:{_list(row[len(names) :])}")
    content = "{" + ",".join(fields) + "}"
    record = content if columns.envelope is None else "{" + f"{_text(columns.envelope)}:{content}" + "}"
    return record.encode("utf-8", "surrogateescape")


def _cell(cell: str, field: Property) -> str:
    """Return a cell as JSON; a number that is none stays text, so that the contract can refuse it."""
    if field.shape.kind == "array":
        return _list(part.strip() for part in cell.split(_GROUPS))
    if field.shape.kind in {"number", "integer"} and _NUMBER.fullmatch(cell):
        return cell
    return _text(cell)


def _list(cells: Iterable[str]) -> str:
    return "[" + ",".join(map(_text, cells)) + "]"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def advised(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return the reasons of a row's contract, with advice where a cell says something else than it seems to."""
    return tuple(_advised(each) for each in reasons)


def _advised(reason: Reason) -> Reason:
    advice = None
    if reason.code == "wrong_type" and reason.place == "value":
        advice = DECIMALS
    elif reason.code == "bad_format" and reason.place.startswith("groups[") and reason.message.startswith('seen "";'):
        advice = PARTS
    return reason if advice is None else Reason(reason.code, reason.place, f"{reason.message}; {advice}")
