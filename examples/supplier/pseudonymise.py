"""Replace the column that says who somebody is by a pseudonym, before anything leaves your organisation.

    python pseudonymise.py new-key pseudonyms.key
    python pseudonymise.py csv --key-file pseudonyms.key --policy trust-trial --column bsn people.csv january.csv

The pseudonym is HMAC-SHA-256 of the policy and the number, with your key; its first 32 hexadecimal digits become the
column `unit`. A person has the same pseudonym in every delivery for a policy, and another one for another policy.
The key stays with you: who has it can find people again. Without it nobody can, and when it is lost no later delivery
can be linked to earlier ones. The column holds citizen service numbers; say --other-number if it holds something else.
Nothing is written if a number that passes the test for citizen service numbers is left in the output. Needs Python
3.10 or newer and nothing else.
"""

import argparse
import csv
import hashlib
import hmac
import io
import os
import re
import secrets
import sys
import unicodedata
from pathlib import Path

KEY_BYTES = 32
PSEUDONYM_DIGITS = 32
BSN_DIGITS = 9
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
BETWEEN = r"[^0-9A-Za-z]{0,2}"
NUMBERS = tuple(re.compile(rf"(?<![0-9])(?=([0-9](?:{BETWEEN}[0-9]){{{more}}})(?![0-9]))") for more in (7, 8))
WRITTEN_IN = re.compile(r"[\s.'`\u2018\u2019\-\u2010-\u2015]")
FRACTION = re.compile(r"\.[0-9]\s*$")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DAY = r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])"
MOMENT = re.compile(rf"{DAY}([T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?(Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?")


class RefusedError(Exception):
    """Something would leave that should not, or cannot be read."""


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new-key", help="make a key; do this once, and keep it safe")
    new.add_argument("key_file", metavar="FILE")
    table = commands.add_parser("csv", help="pseudonymise a CSV file")
    table.add_argument("--key-file", required=True, metavar="FILE")
    table.add_argument("--policy", required=True, metavar="ID", help="what the delivery is for")
    table.add_argument("--column", required=True, metavar="NAME", help="the column that says who somebody is")
    table.add_argument("--other-number", action="store_true", help="the column holds no citizen service numbers")
    table.add_argument("--allow", action="append", default=[], metavar="NAME", help="a column not looked into")
    table.add_argument("source", metavar="SOURCE")
    table.add_argument("target", metavar="TARGET")
    options = parser.parse_args()
    try:
        make_key(options.key_file) if options.command == "new-key" else convert(options)
    except (RefusedError, OSError) as error:
        print(f"nothing was written: {error}", file=sys.stderr)
        return 1
    return 0


def make_key(path: str) -> None:
    """Write a new key that only its owner can read; an old one is never overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")


def read_key(path: str) -> bytes:
    """Return the key that `make_key` wrote."""
    text = Path(path).read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(f"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise RefusedError(f"{path} holds no key; `pseudonymise.py new-key` makes one")
    return bytes.fromhex(text)


def convert(options: argparse.Namespace) -> None:
    """Write the target: the source with pseudonyms in it, once every row has passed."""
    for kept in (options.source, options.key_file):
        if os.path.realpath(options.target) == os.path.realpath(kept):
            raise RefusedError(f"{options.target} would be overwritten; name another file")
    key = read_key(options.key_file)
    text = read_table(options.source)
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    try:
        names = names_of(rows, options)
        writer.writerow(["unit" if name == options.column else name for name in names])
        for row in rows:
            writer.writerow(converted(row, names, options, key, line=rows.line_num))
    except csv.Error as error:
        raise RefusedError(f"line {rows.reader.line_num} of {options.source} cannot be read: {error}") from error
    Path(options.target).write_text(target.getvalue(), encoding="utf-8", newline="")


def read_table(path: str) -> str:
    """Return the text of a file in UTF-8."""
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RefusedError(f"line {line} of {path} is not in UTF-8; save it as CSV UTF-8") from error


def names_of(rows: "csv.DictReader[str]", options: argparse.Namespace) -> list[str]:
    """Return the names of the columns."""
    names = list(rows.fieldnames or [])
    if options.column not in names:
        raise RefusedError(f"{options.source} has no column {options.column}; it has {', '.join(names)}")
    if "unit" in names and options.column != "unit":
        raise RefusedError(f"{options.source} has a column unit already")
    if len(set(names)) < len(names):
        raise RefusedError(f"{options.source} has two columns of the same name")
    return names


def converted(
    row: dict[str, str], names: list[str], options: argparse.Namespace, key: bytes, *, line: int
) -> list[str]:
    """Return a row with a pseudonym in it."""
    if None in row or None in row.values():
        raise RefusedError(f"line {line} has another number of cells than the header")
    if row.get("policy", options.policy) != options.policy:
        raise RefusedError(f"line {line} is of another policy than {options.policy}")
    identity = identity_of(row[options.column], line=line, is_other=options.other_number)
    cells = {**row, options.column: pseudonym(key, options.policy, identity)}
    for name in names:
        if name != options.column and name not in options.allow and holds_citizen_number(cells[name]):
            raise RefusedError(
                f"line {line}, column {name} holds what looks like a citizen service number; leave the column out, or "
                f"say that it is something else: --allow {name}"
            )
    return [cells[name] for name in names]


def pseudonym(key: bytes, policy: str, identity: str) -> str:
    """Return the pseudonym of a person in a policy."""
    told = f"{policy}\0{identity}".encode()
    return hmac.new(key, told, hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]


def identity_of(cell: str, *, line: int, is_other: bool) -> str:
    """Return who a cell is about, always written alike: nine digits, or trimmed if it is another number."""
    if not cell.strip():
        raise RefusedError(f"line {line} does not say who it is about")
    if is_other:
        return cell.strip()
    digits = WRITTEN_IN.sub("", unicodedata.normalize("NFKC", cell))
    if FRACTION.search(cell) or not re.fullmatch("[0-9]{8,9}", digits):  # 12345672.0 is no number of nine digits
        raise RefusedError(
            f"line {line} holds no citizen service number of 8 or 9 digits; if the column holds something else, say "
            f"--other-number"
        )
    return digits.zfill(BSN_DIGITS)


def is_citizen_number(digits: str) -> bool:
    """Say whether digits pass the test for citizen service numbers (elfproef)."""
    if not re.fullmatch(r"[0-9]{8,9}", digits) or int(digits) == 0:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits.zfill(BSN_DIGITS), strict=True))
    return total % 11 == 0


def holds_citizen_number(text: str) -> bool:
    """Say whether a text holds what looks like a citizen service number; ids of records and moments are passed over."""
    text = unicodedata.normalize("NFKC", text)
    if UUID.fullmatch(text) or MOMENT.fullmatch(text):
        return False
    found = (re.sub("[^0-9]", "", each) for numbers in NUMBERS for each in numbers.findall(text))
    return any(map(is_citizen_number, found))


if __name__ == "__main__":
    sys.exit(main())
