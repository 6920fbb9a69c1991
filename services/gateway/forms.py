"""The forms in which records may be delivered, and how a body of each is cut into lines: one record a line."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import msgspec

from contracts.csv_rows import TableError, advised, rows_of
from contracts.errors import Reason
from infra.supplier import LINE_BYTES
from services.gateway.problems import Problem

LINES = 50_000
NDJSON = "application/x-ndjson"
JSON = "application/json"
CSV = "text/csv"

Line = tuple[int, bytes]
"""A record with its number in the delivery."""

Reasons = tuple[Reason, ...]


def _as_they_are(reasons: Reasons) -> Reasons:
    return reasons


@dataclass(frozen=True, slots=True)
class Form:
    """One form.

    Attributes:
        name: Its media type.
        cut: Cuts a body into lines, given the number of its first line; may raise a `Problem`.
        told: Puts the reasons against a line in words that fit the form.
    """

    name: str
    cut: Callable[[bytes, int], Iterable[Line]]
    told: Callable[[Reasons], Reasons] = _as_they_are


def form_of(content_type: str) -> Form:
    """Return the form that a `Content-Type` header names.

    Raises:
        Problem: If it is another, or in another character set than UTF-8.
    """
    media_type, parameters = media_type_of(content_type)
    charset = parameters.get("charset", "utf-8").strip('"').lower()
    form = FORMS.get(media_type)
    if form is None or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem("unknown-media-type", seen=repr(content_type), allowed=", ".join(FORMS))
    return form


def media_type_of(content_type: str) -> tuple[str, dict[str, str]]:
    """Return the media type that a `Content-Type` header names, with its parameters."""
    media_type, *parameters = (part.strip() for part in content_type.split(";"))
    pairs = (part.partition("=") for part in parameters)
    return media_type.lower(), {name.lower(): value for name, _, value in pairs}


def lines_of(form: Form, body: bytes, first_line: int) -> Sequence[Line]:
    """Return the lines of a body; empty lines have a number and are passed over.

    Args:
        form: What the body is.
        body: The body, unpacked.
        first_line: Number of its first line in the delivery.

    Raises:
        Problem: If it is not of this form, or a line or their number is too large.
    """
    lines: list[Line] = []
    for number, value in form.cut(body, first_line):
        if len(value) > LINE_BYTES:
            raise Problem("line-too-large", members={"line": number}, line=number, seen=len(value), limit=LINE_BYTES)
        if len(lines) == LINES:
            raise Problem("too-many-records", limit=LINES)
        lines.append((number, value))
    return lines


def _ndjson(body: bytes, first_line: int) -> Iterator[Line]:
    for number, line in enumerate(body.split(b"\n"), start=first_line):
        if value := line.removesuffix(b"\r"):
            yield number, value


def _json(body: bytes, first_line: int) -> Iterator[Line]:
    """Yield the items of an array as they stand there, or the body itself where it is none: then it is one record."""
    value = body.strip(b" \t\r\n")
    if not value.startswith(b"["):
        return iter([(first_line, value)] if value else [])
    try:
        items = msgspec.json.decode(value, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Problem("no-json", fault=str(error)) from error
    return enumerate(map(bytes, items), start=first_line)


def _csv(body: bytes, first_line: int) -> Iterator[Line]:
    """Yield the rows as JSON; the header is the body's first line."""
    text = io.StringIO(body.decode("utf-8-sig", "surrogateescape"), newline="")
    try:
        for number, value in rows_of(text):
            yield number + first_line - 1, value
    except TableError as error:
        line = error.line + first_line - 1
        members = {"line": line, "reasons": [asdict(each) for each in error.reasons]}
        name = "wrong-header" if error.line == 1 else "broken-table"
        raise Problem(name, members=members, line=line, fault=str(error)) from error


FORMS = {
    NDJSON: Form(NDJSON, _ndjson),
    "application/ndjson": Form(NDJSON, _ndjson),
    "application/jsonl": Form(NDJSON, _ndjson),
    JSON: Form(JSON, _json),
    CSV: Form(CSV, _csv, advised),
}
