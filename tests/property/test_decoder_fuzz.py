"""Whatever bytes come to the door: a record or reasons, soon, and the shortcut says no more than the thorough reading.

Bytes are bred from the corpus of broken records and the contracts' examples: what is refused in a way that was not seen
before is bred on. `make fuzz` does it for as long as it is told; in the suite it takes some seconds.
"""

import os
import random
import sys
import time
from pathlib import Path

from contracts import decoder
from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.thorough import read_thoroughly

ROOT = Path(__file__).parents[2]
SECONDS = 60 * float(os.environ.get("FUZZ_MINUTES", "0.1"))
LONGEST_S = 1.0
PIECES = [
    *(
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"null",
        b"true",
        b"NaN",
        b"1e999",
        b"-0",
        b"0.1",
        b"\x00",
        b"\xff",
    ),
    *(b"\\u0000", b"\\ud800", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b" ", b"\n", b"99999999999999999999", b"1_000"),
    *(b'"policy":"x",', b'"enrolment"', b'"value":1,', b"\xd9\xa3", b"[[[[[[[[", b"2021-02-30", b"2021-W53", b"+24:00"),
]


def seeds():
    files = [*(ROOT / "tests/data/broken").glob("*.ndjson"), *(ROOT / "contracts/examples").glob("*.ndjson")]
    return [line for file in sorted(files) for line in file.read_bytes().splitlines() if line]


def bred(one: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return bytes that differ from `one` in up to four places."""
    value = bytearray(one)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        at = chance.randint(0, len(value))
        to = min(len(value), at + chance.randint(0, 12))
        match chance.randrange(6):
            case 0:
                value[at:to] = b""
            case 1:
                value[at:at] = chance.choice(PIECES)
            case 2:
                value[at:to] = chance.choice(PIECES)
            case 3:
                value[at : at + 1] = bytes([chance.randrange(256)])
            case 4:
                value[at:at] = value[at:to]
            case _:
                start = chance.randint(0, len(other))
                value[at:to] = other[start : start + chance.randint(1, 40)]
    return bytes(value)


def told(value: bytes, read):
    """Return the record, or the codes of every reason."""
    try:
        return read(value)
    except ContractError as refused:
        return frozenset(each.code for each in refused.reasons)


def thoroughly(value: bytes):
    return read_thoroughly(value, decoder._SCHEMAS, decoder._KINDS)


def test_any_bytes_become_a_record_or_reasons(chosen):
    pool, known, slowest, n_records, n_tried = seeds(), set(), 0.0, 0, 0
    assert len(pool) > 90
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        value = bred(chosen.choice(pool), chosen.choice(pool), chosen)
        started = time.process_time()
        seen = told(value, decode)
        slowest = max(slowest, time.process_time() - started)
        assert seen == told(value, thoroughly), value
        assert seen
        n_tried += 1
        if not isinstance(seen, frozenset):
            n_records += 1
        elif seen not in known:
            known.add(seen)
            pool.append(value)
    counts = f"{n_tried:,} tried, {n_records:,} records, {len(known):,} ways to be refused"
    sys.stdout.write(f"\n{counts}; the slowest took {1000 * slowest:.0f} ms\n")
    assert n_records > 0
    assert len(known) > 50
    assert slowest < LONGEST_S
