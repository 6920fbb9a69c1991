"""Send a file of records to a Leerlus gateway, and print which lines are refused and why.

    python send.py --gateway https://gateway.example.org --key-file key.txt january.csv

Needs Python 3.10 or newer and nothing else. NDJSON (.ndjson, .jsonl) and CSV (.csv) are sent in parts, one at a time,
so that the records of a policy keep their order. Running it again on the same file does no harm: the gateway gives the
same answers and counts nothing twice. Exit codes: 0 every line was accepted, 1 some were refused, 2 wrong use, 3 the
gateway did not take the file.
"""

import argparse
import gzip
import hashlib
import io
import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PART_LINES, PART_BYTES = 1_000, 1_000_000
PATIENCE_S, RETRY_AFTER_S, TIMEOUT_S = 600, 5, 60
WAIT_AND_TRY_AGAIN = {408, 409, 429, 502, 503, 504}
MEDIA_TYPES = {".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson", ".csv": "text/csv"}
THIS_MACHINE = {"127.0.0.1", "localhost"}


class NotTakenError(Exception):
    """The gateway did not take a part, and trying again does not help."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: the key is for the gateway alone."""

    def redirect_request(self, *_: object) -> None:
        """Leave the redirect to be told as an error."""


OPENER = urllib.request.build_opener(NoRedirects)


def main() -> int:
    """Send the files that are named on the command line."""
    options = read_options()
    key = Path(options.key_file).read_text(encoding="ascii").strip()
    refused = 0
    try:
        for file in options.files:
            refused += send(Path(file), options.gateway.rstrip("/"), key)
    except NotTakenError as error:
        print(f"not taken: {error}", file=sys.stderr)
        return 3
    return 1 if refused else 0


def read_options() -> argparse.Namespace:
    """Return what the command line says; a key is sent to another machine over TLS only."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--gateway", required=True, metavar="URL", help="address of the gateway")
    parser.add_argument("--key-file", required=True, metavar="FILE", help="a file that holds your key and nothing else")
    parser.add_argument("files", nargs="+", metavar="FILE", help="records: .ndjson, .jsonl or .csv")
    options = parser.parse_args()
    address = urlsplit(options.gateway)
    if address.scheme != "https" and (address.scheme != "http" or address.hostname not in THIS_MACHINE):
        parser.error("the address of the gateway must begin with https://")
    for file in options.files:
        if Path(file).suffix.lower() not in MEDIA_TYPES:
            parser.error(f"{file} is none of {', '.join(MEDIA_TYPES)}")
    return options


def send(file: Path, gateway: str, key: str) -> int:
    """Send one file and return how many of its lines are refused."""
    content = file.read_bytes()
    upload = uuid.UUID(bytes=hashlib.sha256(content).digest()[:16])  # the same file is the same delivery
    media_type = MEDIA_TYPES[file.suffix.lower()]
    received = refused = 0
    for first_line, body in parts(content, is_csv=media_type == "text/csv"):
        headers = {
            "Authorization": f"Bearer {key}",
            "Accept-Language": "en",
            "Content-Type": media_type,
            "Content-Encoding": "gzip",
            "Leerlus-Upload": str(upload),
            "Leerlus-First-Line": str(first_line),
        }
        answer = post(f"{gateway}/v1/observations", gzip.compress(body), headers)
        received += answer["received"]
        refused += answer["refused"]
        for line in answer["lines"]:
            for reason in line["reasons"]:
                print(f"{file}:{line['line']}: {reason['code']} {reason['place']}: {reason['message']}")
    print(f"{file}: {received} records, {received - refused} accepted, {refused} refused", file=sys.stderr)
    return refused


def parts(content: bytes, *, is_csv: bool) -> Iterator[tuple[int, bytes]]:
    """Yield the content in parts, each with the number of its first line; each of a CSV begins with the header."""
    header, number, rows = b"", 1, list(rows_of(content) if is_csv else io.BytesIO(content))
    if is_csv and rows:
        header, number = rows[0], 1 + rows[0].count(b"\n")
        rows = rows[1:]
    body, first_line, n_rows = header, number - header.count(b"\n"), 0
    for row in rows:
        if n_rows and (n_rows >= PART_LINES or len(body) + len(row) > PART_BYTES):
            yield first_line, body
            body, first_line, n_rows = header, number - header.count(b"\n"), 0
        body += row
        n_rows += 1
        number += row.count(b"\n")
    if n_rows or header:
        yield first_line, body


def rows_of(content: bytes) -> Iterator[bytes]:
    """Yield the rows of a CSV; a cell in quotes may hold line ends."""
    lines: list[bytes] = []
    is_open = False
    for line in io.BytesIO(content):
        lines.append(line)
        is_open ^= line.count(b'"') % 2 == 1
        if not is_open:
            yield b"".join(lines)
            lines.clear()
    if lines:
        yield b"".join(lines)


def post(url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Return the gateway's answer; while it asks to wait, wait and try again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        wait_s = RETRY_AFTER_S
        try:
            request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310
            with OPENER.open(request, timeout=TIMEOUT_S) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            problem = told(error)
            if error.code not in WAIT_AND_TRY_AGAIN:
                raise NotTakenError(problem) from error
            if (error.headers.get("Retry-After") or "").isdigit():
                wait_s = int(error.headers["Retry-After"])
        except OSError as error:
            problem = f"{type(error).__name__}: {error}"
        if time.monotonic() + wait_s > deadline:
            raise NotTakenError(problem)
        print(f"waiting {wait_s} s: {problem}", file=sys.stderr)
        time.sleep(wait_s)


def told(error: urllib.error.HTTPError) -> str:
    """Return what the gateway says went wrong."""
    try:
        problem = json.load(error)
        return f"{problem['status']} {problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"


if __name__ == "__main__":
    sys.exit(main())
