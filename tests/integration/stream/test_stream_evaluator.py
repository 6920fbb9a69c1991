"""The evaluator on real servers: its rows equal a replay's, and every record is accounted for once.

One evaluator, one log and one database serve the module; each test has policies of its own in them.
"""

import asyncio
import json
import time
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaProducer

from contracts.events import OBSERVATIONS, ORIGIN_HEADER, SUPPLIER_HEADER, LookClosed, PlanAccepted
from contracts.evidence import EvidenceRow
from contracts.plan_reader import read_plan
from infra.kafka.home import home_partition
from infra.kafka.sender import Sender
from infra.postgres.evidence_rows import row_of
from pipelines.replay import replay

ROOT = Path(__file__).parents[3]
RESUME = ROOT / "examples" / "resume"
BROKEN = ROOT / "tests" / "data" / "broken"
N_PARTITIONS = 8
FIELDS = [field.name for field in msgspec.structs.fields(EvidenceRow) if field.name != "offsets"]


def plan_of(policy):
    return read_plan((RESUME / "plan.yaml").read_text(encoding="utf-8").replace("id: resume-audit", f"id: {policy}"))


def observations(policy):
    lines = (RESUME / "observations.ndjson").read_bytes().replace(b'"resume-audit"', f'"{policy}"'.encode())
    return lines.splitlines()


def marker(policy):
    return json.dumps({"period_closed": {"policy": policy, "indicator": None, "period": None}}).encode()


@pytest.fixture(scope="module")
def replayed():
    """The rows of a replay of the resume audit."""
    return replay(plan_of("resume-audit"), observations("resume-audit"))


def expected(replayed, plan):
    renamed = {"policy": plan.id, "plan_sha256": plan.sha256, "offsets": (0, 0)}
    return [msgspec.structs.replace(row, **renamed) for row in replayed.rows]


def test_the_rows_of_the_service_equal_those_of_a_replay(service, replayed):
    plan = service.register(plan_of("plain"))
    service.send("plain", [*observations("plain"), marker("plain")])
    tally = service.until_received("plain", 4872)
    assert tally == {"received": 4872, "counted": 4872, "duplicate": 0, "quarantined": 0}
    assert len(replayed.closings) == 98
    assert service.evidence("plain") == expected(replayed, plan)
    told = service.told("plain")
    assert [type(event) for event in told[:2]] == [PlanAccepted, LookClosed]
    assert [row for event in told[1:] for row in event.rows] == stored_rows(service, "plain")
    accepted = service.rows("SELECT accepted_at_offset FROM leerlus.plan WHERE policy = 'plain'")
    assert accepted == [{"accepted_at_offset": told[0].offset}]


def stored_rows(service, policy):
    rows = service.rows("SELECT * FROM leerlus.evidence WHERE policy = %s ORDER BY closing, row", policy)
    return [row_of(row) for row in rows]


def test_the_same_file_sent_twice_gives_the_same_rows_and_only_duplicates(service, replayed):
    plan = service.register(plan_of("twice"))
    service.send("twice", observations("twice"))
    service.send("twice", [*observations("twice"), marker("twice")])
    tally = service.until_received("twice", 1 + 2 * 4870 + 1)
    assert (tally["duplicate"], tally["quarantined"]) == (4870, 0)
    assert service.evidence("twice") == expected(replayed, plan)


def test_cut_into_other_chunks_the_rows_are_the_same(service, replayed, chosen):
    plan = service.register(plan_of("chunks"))
    lines = observations("chunks")
    while lines:
        size = chosen.choice([1, 7, 300, 1500])
        service.send("chunks", lines[:size])
        lines = lines[size:]
    service.send("chunks", [marker("chunks")])
    service.until_received("chunks", 4872)
    assert service.evidence("chunks") == expected(replayed, plan)


def test_under_five_kills_the_rows_are_the_same(service, replayed, chosen):
    plan = service.register(plan_of("kills"))
    lines = observations("kills")
    for part in range(5):
        before = service.tally("kills")["received"]
        for batch in range(10):
            start = part * 974 + batch * 97
            service.send("kills", lines[start : start + 97] if batch < 9 else lines[start : (part + 1) * 974])
            if batch == 0:
                until(lambda: service.tally("kills")["received"], lambda n, before=before: n > before)
            time.sleep(chosen.uniform(0, 0.15))
        service.kill()
        service.start()
    service.send("kills", [marker("kills")])
    service.until_received("kills", 4872)
    assert service.evidence("kills") == expected(replayed, plan)


def test_every_broken_record_is_kept_with_every_reason_and_the_counts_add_up(service):
    """The corpus was written for an arrival in June 2021; here records arrive now, which is later."""
    text = (BROKEN / "plan.yaml").read_text(encoding="utf-8")
    plan, before, others = read_plan(text), received(service), service.tally("")["quarantined"]
    service.register(plan, text)
    values, lines = [], []
    for name in ("contract", "plan"):
        values += (BROKEN / f"{name}.ndjson").read_bytes().splitlines()
        lines += (BROKEN / f"{name}.expected").read_text(encoding="utf-8").splitlines()
    values = [value.replace(b"2021-06-02T12:00:01Z", b"2998-06-02T12:00:01Z") for value in values]
    lines = [
        line.replace("period_in_future@period observed_in_future@observed_at", "period_in_future@period")
        for line in lines
    ]
    places = service.send(plan.id, values)
    until(lambda: received(service), lambda n: n == before + 1 + len(values))  # the registration with them
    kept = {(row["partition"], row["offset"]): row for row in service.rows("SELECT * FROM leerlus.quarantine")}
    for place, value, line in zip(places, values, lines, strict=True):
        row = kept[place.partition, place.offset]
        reasons = [each["code"] + (f"@{each['place']}" if each["place"] else "") for each in row["reasons"]]
        assert (service.sent(row).value, reasons) == (value, line.partition(": ")[2].split())
    unread, named = service.tally(""), service.tally(plan.id)
    assert unread["quarantined"] - others + named["quarantined"] == len(values)
    for tally in (unread, named):
        assert tally["received"] == tally["counted"] + tally["duplicate"] + tally["quarantined"]


def received(service):
    """Records of any policy that were accounted for."""
    return service.rows("SELECT coalesce(sum(received), 0)::int AS n FROM leerlus.tally")[0]["n"]


def test_records_in_a_wrong_partition_are_sent_home_and_counted_once(service, replayed):
    plan = service.register(plan_of("strays"))
    home = home_partition("strays", N_PARTITIONS)
    lines = observations("strays")
    away, odd = (home + 1) % N_PARTITIONS, (("odd\0name", b"\0"),)
    service.send("strays", lines[:2000], partition=away, headers=odd)
    on_their_way = until(lambda: sent_home(service, home), lambda found: len(found) == 2000)
    assert service.tally("strays")["received"] == 1
    for _ in range(2):  # at least once: the relay may repeat itself
        asyncio.run(deliver(service.bootstrap, on_their_way))
    service.send("strays", [*lines[2000:], marker("strays")])
    assert service.until_received("strays", 4872)["counted"] == 4872
    assert service.evidence("strays") == expected(replayed, plan)


def sent_home(service, home):
    messages = [each.message for each in service.waiting() if each.message.topic == OBSERVATIONS]
    assert all(each.partition == home for each in messages)
    return messages


async def deliver(bootstrap, messages):
    async with Sender(bootstrap, client="test") as sender:
        await sender.deliver(messages)


def until(look, is_enough, timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while not is_enough(found := look()):
        assert time.monotonic() < deadline, f"{found!r:.500} after {timeout_s} s"
        time.sleep(0.05)
    return found


def test_refused_records_are_kept_with_their_reasons_and_everything_adds_up(service):
    service.register(plan_of("refused"))
    good = observations("refused")[:3]
    bad = [
        b"{",
        b"\xff",
        b"[]",
        good[0].replace(b'"value":0', b'"value":7'),
        good[0].replace(b'"value":0', b'"value":0,"surprise\\u0000":1'),
        good[0].replace(b'"Chicago"', b'"Atlantis"'),
        json.dumps({"period_closed": {"policy": "refused", "indicator": None, "period": None}}).encode(),
    ]
    headers = ((SUPPLIER_HEADER, b"sup\0plier"), ("leerlus-upload", b"u-1"), ("leerlus-line", b"12"))
    places = service.send("refused", [*bad, *good], partition=home_partition("refused", N_PARTITIONS), headers=headers)
    kept = until(
        lambda: service.rows(
            'SELECT * FROM leerlus.quarantine WHERE partition = %s AND "offset" BETWEEN %s AND %s ORDER BY "offset"',
            places[0].partition,
            places[0].offset,
            places[-1].offset,
        ),
        lambda rows: len(rows) == len(bad),
    )
    assert [service.sent(row).value for row in kept] == bad
    assert {service.sent(row).headers for row in kept} == {headers}
    assert all(row["reasons"] for row in kept)
    assert {(row["supplier"], row["upload"], row["line"]) for row in kept} == {("sup\ufffdplier", "u-1", 12)}
    sums = service.rows("SELECT * FROM leerlus.tally WHERE supplier = %s", "sup\ufffdplier")
    assert sum(row["received"] for row in sums) == len(bad) + len(good)
    assert sum(row["quarantined"] for row in sums) == len(bad)
    assert all(row["received"] == row["counted"] + row["duplicate"] + row["quarantined"] for row in sums)
    ((total,),) = [
        row.values()
        for row in service.rows("SELECT count(*) FROM leerlus.quarantine WHERE supplier = %s", "sup\ufffdplier")
    ]
    assert total == len(bad)


def test_a_forged_origin_stops_nothing(service):
    service.register(plan_of("forged"))
    home = home_partition("forged", N_PARTITIONS)
    lines = observations("forged")[:2]
    service.send("forged", lines[:1], partition=home, headers=((ORIGIN_HEADER, b"not a place"),))
    service.send("forged", lines[1:])
    service.until_received("forged", 3)


class Odd(str):
    """A header name that goes out as bytes which are no UTF-8."""

    __slots__ = ()

    def encode(self, *_):
        return b"caf\xe9"


def test_a_record_with_a_header_name_that_is_no_text_is_counted_like_any_other(service):
    service.register(plan_of("odd-header"))
    first, second = observations("odd-header")[:2]
    with KafkaProducer(bootstrap_servers=service.bootstrap) as sender:
        for value, headers in ((first, [(Odd("x"), b"1")]), (second, [])):
            sender.send(OBSERVATIONS, value, key=b"odd-header", headers=headers).get(10)
    assert service.until_received("odd-header", 3)["counted"] == 3


def test_it_answers_for_its_health(service):
    until(lambda: service.get("/readyz"), lambda answer: answer is not None and answer.status_code == 200)
    assert service.get("/healthz").json()["service"] == "leerlus-evaluator"
    assert service.get("/readyz").json()["partitions"] == N_PARTITIONS
    figures = service.get("/metrics").text
    assert "leerlus_evaluator_outcomes_total" in figures
    assert 'leerlus_stream_longest_stall_seconds{consumer="leerlus-evaluator"}' in figures
