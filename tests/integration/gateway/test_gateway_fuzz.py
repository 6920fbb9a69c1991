"""Random requests against a gateway that runs: no fault, no hang, and every line that was taken is in the log.

Half a minute in the suite; `make fuzz MINUTES=10` goes on for longer, and prints what was answered.
"""

import csv
import gzip
import io
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as conformance

SECONDS = 60 * float(os.environ.get("FUZZ_MINUTES", "0.4"))
ROUND = hypothesis_settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SLOWEST_S = 20.0
CHECKS = [
    not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_headers_conformance,
    conformance.response_schema_conformance,
]
PATH = "/v1/observations"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
SUPPORTED = (*NDJSON, "application/json", "text/csv")
HEADER = "observation_id,policy,indicator,unit,region,groups,period,value,observed_at"
ENROLMENTS = "policy,unit,start,region,groups,arm"


@schemathesis.serializer(*NDJSON)
def ndjson(_, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


class Tally:
    """What was answered, and how many lines of each upload the log must hold."""

    def __init__(self):
        self.statuses = Counter()
        self.slowest_s = 0.0
        self.lines = defaultdict(int)

    def note(self, answer, took_s):
        self.statuses[answer.status_code] += 1
        self.slowest_s = max(self.slowest_s, took_s)
        assert took_s < SLOWEST_S
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
        elif "leerlus-repeated" not in answer.headers and "upload" in (told := answer.json()):
            assert told["received"] == told["accepted"] + told["refused"]
            assert told["refused"] == len(told["lines"])
            self.lines[told["upload"]] += told["received"]

    def tell(self, name):
        n_lines = sum(self.lines.values())
        answers = ", ".join(f"{number:,} x {status}" for status, number in sorted(self.statuses.items()))
        sys.stdout.write(
            f"\n{name}: {sum(self.statuses.values()):,} requests in {SECONDS / 2:.0f} s ({answers}), the slowest "
            f"{self.slowest_s:.2f} s; {n_lines:,} lines taken, each of them in the log once\n"
        )


@pytest.fixture
def tally(log, request):
    """What this test saw; at its end the log must hold every line that was taken, once."""
    seen = Tally()
    yield seen
    written = Counter(dict(record.headers).get("leerlus-upload", b"").decode() for record in log.every())
    assert {upload: written[upload] for upload in seen.lines} == dict(seen.lines)
    assert sum(seen.lines.values()) > 0
    seen.tell(request.node.name)


def rounds(run):
    """Run one round of examples after the other, each with another seed, until the time is over."""
    ends_at, number = time.monotonic() + SECONDS / 2, 0
    while time.monotonic() < ends_at:
        seed(number)(ROUND(run(ends_at)))()
        number += 1


def test_requests_made_from_its_own_description_are_answered_as_it_says(team, tally):
    schema = schemathesis.openapi.from_url(f"{team.base_url}/v1/openapi.json")
    operations = [each.ok() for each in schema.get_all_operations()]
    cases = st.one_of(each.as_strategy(mode) for each in operations for mode in GenerationMode)

    def run(ends_at):
        @given(cases)
        def ask(case):
            if time.monotonic() > ends_at:
                return
            started = time.monotonic()
            answer = case.call(headers={"Authorization": team.headers["authorization"]})
            tally.note(Answer(answer), time.monotonic() - started)
            case.validate_response(answer, checks=CHECKS)

        return ask

    rounds(run)


class Answer:
    """A response of schemathesis with the names of httpx's."""

    def __init__(self, response):
        self.status_code = response.status_code
        self.text = response.text
        self.headers = {name.lower(): values[0] for name, values in response.headers.items()}
        self.json = response.json


def test_bodies_of_every_form_broken_in_every_way_lose_no_line(team, tally, policy, observations):
    good = observations(policy, 40)

    def run(ends_at):
        @given(deliveries(good))
        def deliver(delivery):
            if time.monotonic() > ends_at:
                return
            media_type, body, packed, headers = delivery
            encoding = {} if packed is None else {"Content-Encoding": "gzip"}
            started = time.monotonic()
            content = body if packed is None else packed
            answer = team.post(PATH, content=content, headers={"Content-Type": media_type, **encoding, **headers})
            tally.note(answer, time.monotonic() - started)
            if answer.status_code == httpx.codes.ACCEPTED and (packed is None or gzip.decompress(packed) == body):
                assert answer.json()["received"] == expected(media_type, body)

        return deliver

    rounds(run)


def expected(media_type, body):
    """How many records a body holds, by the standard library."""
    if media_type in NDJSON:
        return sum(bool(line.removesuffix(b"\r")) for line in body.split(b"\n"))
    if media_type == "text/csv":
        text = body.decode("utf-8-sig", "surrogateescape")
        delimiter = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
        return sum(map(bool, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))) - 1
    stripped = body.strip(b" \t\r\n")
    if not stripped.startswith(b"["):
        return int(bool(stripped))
    return len(json.loads(lenient(stripped)))


def lenient(array):
    """The array without what is wrong inside its texts: that is for each record's contract to refuse."""
    text = array.decode("utf-8", "surrogateescape")
    return re.sub(r'"(?:[^"\\]|\\.)*"', '"text"', text, flags=re.DOTALL)


def deliveries(good):
    """Bodies with their media type, packed or not, perhaps named."""
    forms = st.one_of(
        st.tuples(st.sampled_from(NDJSON), ndjson_bodies(good)),
        st.tuples(st.just("application/json"), json_bodies(good)),
        st.tuples(st.just("text/csv"), csv_bodies(good)),
        st.tuples(st.sampled_from(SUPPORTED), st.binary(max_size=400)),
        st.tuples(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20), st.binary(max_size=40)),
    )
    headers = st.fixed_dictionaries(
        {},
        optional={
            "Idempotency-Key": st.sampled_from(["a", "b", "c"]),
            "Leerlus-Upload": st.uuids().map(str),
            "Leerlus-First-Line": st.integers(-1, 10**16).map(str),
        },
    )
    return forms.flatmap(lambda form: st.tuples(st.just(form[0]), st.just(form[1]), packings(form[1]), headers))


def packings(body):
    packed = gzip.compress(body, 1)
    cut = st.integers(0, len(packed)).map(lambda end: packed[:end])
    return st.one_of(st.none(), st.just(packed), st.just(packed + gzip.compress(b"\n")), cut, st.just(body))


def mutated(lines):
    """One of the lines, with bytes put in, taken out or doubled."""

    def change(parts):
        line, start, length, put = parts
        start %= len(line) + 1
        return line[:start] + put + line[start + length :]

    odd = st.one_of(
        st.binary(max_size=6),
        st.sampled_from(
            [b'"', b"\\", b"\\u0000", b"{", b"}", b"[", b",", b"\n", b"\r", b"\0", b"NaN", b"1e999", b"-0", b"\xff"]
        ),
        st.sampled_from(
            [b"[" * 5_000, b"9" * 5_000, b'"' + b"x" * 40_000, "\ud83d\ude00".encode("utf-16", "surrogatepass")]
        ),
    )
    return st.tuples(st.sampled_from(lines), st.integers(0, 500), st.integers(0, 12), odd).map(change)


def items(good):
    documents = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
    return st.one_of(st.sampled_from(good), mutated(good), documents)


def ndjson_bodies(good):
    end = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\r"])
    return st.tuples(st.lists(items(good), max_size=12), end).map(lambda parts: parts[1].join(parts[0]))


def json_bodies(good):
    arrays = st.lists(items(good), max_size=12).map(lambda parts: b"[" + b", ".join(parts) + b"]")
    return st.one_of(arrays, items(good), mutated([b"[]", b"[" + good[0] + b"]"]))


def csv_bodies(good):
    columns = HEADER.split(",")
    rows = []
    for line in good[:10]:
        record = json.loads(line)
        cells = ("|".join(record[name]) if name == "groups" else str(record[name]) for name in columns)
        rows.append(",".join(cells).encode())
    headers = st.one_of(st.sampled_from([HEADER.encode(), ENROLMENTS.encode()]), mutated([HEADER.encode()]))
    body = st.lists(st.one_of(st.sampled_from(rows), mutated(rows)), max_size=12)
    delimiter = st.sampled_from([b",", b";", b"\t"])
    end = st.sampled_from([b"\n", b"\r\n", b"\r"])
    return st.tuples(headers, body, delimiter, end).map(
        lambda parts: parts[3].join([parts[0], *parts[1]]).replace(b",", parts[2])
    )
