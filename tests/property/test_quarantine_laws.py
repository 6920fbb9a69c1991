"""Laws of the way back: counts add up per supplier, what comes again counts once, and chunks change nothing."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events import REPLAY_HEADER, SUPPLIER_HEADER, UPLOAD_HEADER
from contracts.period import parse_period
from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from pipelines.fold import Partition
from pipelines.seals import REPLAYS, Seals
from services.telling import sent_home

KEY = b"k"
SEALS = Seals(KEY, purpose=REPLAYS)
PLAN_TEXT = (Path(__file__).parents[1] / "data" / "plans" / "laws.yaml").read_text(encoding="utf-8")
PLAN = read_plan(PLAN_TEXT)
LATER = read_plan(PLAN_TEXT.replace("id: laws", "id: later"))
PLANS = {plan.sha256: plan for plan in (PLAN, LATER)}
HOMES = {"laws": 0, "later": 1}
SUPPLIERS = (None, b"one", b"two")
UPLOADS = (None, b"u-1", b"u-2")
ARRIVED_MS = 1_900_000_000_000
OUTCOMES = ("received", "counted", "duplicate", "quarantined")


def registration(plan):
    return json.dumps({"plan_registered": {"id": plan.id, "version": 1, "sha256": plan.sha256}}).encode()


def line(number, policy, month, value):
    content = {
        "observation_id": str(UUID(int=number)),
        "policy": policy,
        "indicator": "work",
        "unit": f"{number:016x}",
        "arm": "control",
        "region": "north",
        "groups": [],
        "period": f"2020-{month:02}",
        "value": value,
        "observed_at": "2021-01-01T00:00:00Z",
    }
    return json.dumps(content).encode()


policies, months = st.sampled_from(["laws", "later"]), st.integers(1, 4)
values = st.one_of(
    st.builds(line, st.integers(1, 30), policies, months, st.sampled_from([0, 1, 7])),
    st.sampled_from([b"{", b"[]", b'{"policy": "laws"}']),
)
sendings = st.lists(st.tuples(values, st.integers(0, 1), st.sampled_from(SUPPLIERS)), min_size=1, max_size=60)


class Log:
    """Two partitions of a topic with an evaluator behind each, and the relay between them."""

    def __init__(self):
        self.ends = [0, 0]
        self.partitions = [Partition(next_offset=0, ledger_key=KEY, index=index, home=HOMES.get) for index in (0, 1)]
        self.rows, self.replayed, self.closings = {}, [], []
        self.tallies, self.sent = Counter(), Counter()

    def send(self, value, partition, supplier=None, headers=()):
        """Write a record, and let everything happen that it leads to; a relay that repeats itself is part of it."""
        given = () if supplier is None else ((SUPPLIER_HEADER, supplier),)
        self.sent[supplier] += 1
        self._append(value, partition, (*given, *headers))

    def _append(self, value, partition, headers):
        record = LogRecord(self.ends[partition], None, None, value, headers)
        self.ends[partition] += 1
        self.partitions[partition].apply([record], PLANS)
        changes = self.partitions[partition].take_changes()
        self.closings += changes.closings
        for each in changes.quarantined:
            self.rows[partition, each.record.offset] = each.record
        self.replayed += changes.replayed
        for (_, supplier), tally in changes.tallies.items():
            name = None if supplier is None else supplier.encode()
            for outcome in OUTCOMES:
                self.tallies[name, outcome] += getattr(tally, outcome)
        for each in changes.rerouted:
            message = sent_home(each)
            for _ in range(2):
                self._append(message.payload, message.partition, message.headers)

    def replay(self, place):
        """Send a quarantined record again as `leerlus quarantine replay` does."""
        record = self.rows[place]
        headers = ((REPLAY_HEADER, SEALS.sealed("", *place, value=record.value)),)
        self.send(record.value, place[0], dict(record.headers).get(SUPPLIER_HEADER), headers)


@settings(max_examples=60, deadline=None)
@given(sendings, st.data())
def test_received_is_counted_and_duplicate_and_quarantined_for_each_supplier(sent, data):
    """The plan of `later` is registered half-way, so that what is replayed afterwards is partly mended."""
    log = Log()
    log.send(registration(PLAN), 0)
    for value, partition, supplier in sent:
        log.send(value, partition, supplier)
    log.send(registration(LATER), 1)
    first = dict(log.rows)
    places = data.draw(st.lists(st.sampled_from(sorted(first)), max_size=40)) if first else []
    for place in places:
        log.replay(place)
    for supplier in SUPPLIERS:
        parts = [log.tallies[supplier, each] for each in ("counted", "duplicate", "quarantined")]
        assert log.tallies[supplier, "received"] == sum(parts) == log.sent[supplier]
    refused_again = sum(each.outcome == "refused" for each in log.replayed)
    assert log.rows == first, "what is refused again becomes no second row"
    assert sum(log.tallies[each, "quarantined"] for each in SUPPLIERS) == len(first) + refused_again
    assert [(each.partition, each.offset) for each in log.replayed] == places
    counted = Counter((each.partition, each.offset) for each in log.replayed if each.outcome == "counted")
    assert all(n == 1 for n in counted.values()), "replaying twice counts nothing twice"


@settings(max_examples=40, deadline=None)
@given(sendings, st.lists(st.integers(1, 100), max_size=6))
def test_a_log_with_replays_gives_the_same_in_any_chunks(sent, cuts):
    """Records of both policies, replays among them, in one partition."""
    contents = [registration(PLAN), *(value for value, _, _ in sent), registration(LATER)]
    records = [LogRecord(offset, None, None, value) for offset, value in enumerate(contents)]
    for again in records[1:-1]:
        header = (REPLAY_HEADER, SEALS.sealed("", 0, again.offset, value=again.value))
        records.append(LogRecord(len(records), None, None, again.value, (header,)))
    assert folded(records, cuts) == folded(records, [])


def folded(records, cuts):
    partition = Partition(next_offset=0, ledger_key=KEY)
    closings, replayed, refused = [], [], []
    edges = sorted({0, *(cut % len(records) for cut in cuts), len(records)})
    for start, stop in pairwise(edges):
        partition.apply(records[start:stop], PLANS)
        changes = partition.take_changes()
        closings += changes.closings
        replayed += changes.replayed
        refused += changes.quarantined
    return msgspec.json.encode(closings), replayed, refused


@given(values, values, st.integers(0, 9))
def test_only_this_installation_can_name_a_quarantined_record(value, other, offset):
    header = SEALS.sealed("", 0, offset, value=value)
    assert SEALS.opened(header, "", value=value) == (0, offset)
    assert (SEALS.opened(header, "", value=other) is None) == (other != value)
    assert SEALS.opened(header, "policy", value=value) is None
    assert Seals(KEY, purpose=b"leerlus-origin").opened(header, "", value=value) is None
    assert Seals(b"other", purpose=REPLAYS).opened(header, "", value=value) is None
    assert SEALS.opened(header.replace(b":", b":1", 1), "", value=value) is None


deliveries = st.lists(
    st.tuples(values, st.integers(0, 1), st.sampled_from(SUPPLIERS), st.sampled_from(UPLOADS)),
    min_size=1,
    max_size=60,
)


class Told(Log):
    """The same, with what is told of each record as it is applied, and of the deliveries in the end."""

    def __init__(self):
        super().__init__()
        self.of_suppliers, self.of_deliveries = Counter(), Counter()

    def _append(self, value, partition, headers):
        record = LogRecord(self.ends[partition], ARRIVED_MS + self.ends[partition], None, value, headers)
        self.ends[partition] += 1
        self.partitions[partition].apply([record], PLANS)
        changes = self.partitions[partition].take_changes()
        for each in changes.quarantined:
            self.rows[partition, each.record.offset] = each.record
        has_upload = UPLOAD_HEADER in dict(headers)
        assert len(changes.deliveries) == (len(changes.tallies) if has_upload else 0)
        for (policy, supplier), tally in changes.tallies.items():
            for outcome in OUTCOMES:
                self.of_suppliers[policy, supplier, outcome] += getattr(tally, outcome) if has_upload else 0
        for each in changes.deliveries:
            self._note(each, record, has_replay=REPLAY_HEADER in dict(headers))
        for each in changes.rerouted:
            message = sent_home(each)
            self._append(message.payload, message.partition, message.headers)

    def _note(self, told, record, *, has_replay):
        assert (told.again, told.arrived_ms) == ((1, None) if has_replay else (0, record.timestamp_ms))
        assert told.upload.encode() == dict(record.headers)[UPLOAD_HEADER]
        for outcome in OUTCOMES:
            self.of_deliveries[told.policy, told.supplier, told.upload, outcome] += getattr(told, outcome)
        is_counted = told.counted and b"observation_id" in record.value
        period = parse_period(json.loads(record.value)["period"]) if is_counted else None
        assert (told.earliest, told.latest) == (period, period)


@settings(max_examples=60, deadline=None)
@given(deliveries, st.data())
def test_deliveries_of_a_supplier_add_up_to_its_tally_of_records_with_a_delivery(sent, data):
    log = Told()
    log.send(registration(PLAN), 0)
    for value, partition, supplier, upload in sent:
        log.send(value, partition, supplier, () if upload is None else ((UPLOAD_HEADER, upload),))
    log.send(registration(LATER), 1)
    for place in data.draw(st.lists(st.sampled_from(sorted(log.rows)), max_size=20)) if log.rows else []:
        headers = dict(log.rows[place].headers)
        name = (REPLAY_HEADER, SEALS.sealed("", *place, value=log.rows[place].value))
        upload = ((UPLOAD_HEADER, headers[UPLOAD_HEADER]),) if UPLOAD_HEADER in headers else ()
        log.send(log.rows[place].value, place[0], headers.get(SUPPLIER_HEADER), (*upload, name))
    added = Counter()
    for (policy, supplier, upload, outcome), n in log.of_deliveries.items():
        added[policy, supplier, outcome] += n
        parts = [log.of_deliveries[policy, supplier, upload, each] for each in OUTCOMES]
        assert parts[0] == sum(parts[1:]) > 0
    assert added == log.of_suppliers


@settings(max_examples=40, deadline=None)
@given(deliveries, st.lists(st.integers(1, 100), max_size=6))
def test_what_is_told_of_deliveries_is_the_same_in_any_chunks(sent, cuts):
    records = [LogRecord(0, 0, None, registration(PLAN))]
    for value, _, supplier, upload in sent:
        given = ((SUPPLIER_HEADER, supplier), (UPLOAD_HEADER, upload))
        headers = tuple(each for each in given if each[1] is not None)
        records.append(LogRecord(len(records), None, None, value, headers))
    assert (
        deliveries_told(records, cuts) == deliveries_told(records, []) == deliveries_told(records, range(len(records)))
    )


def deliveries_told(records, cuts):
    """What checkpoints at the cuts tell of deliveries, put together as the store does."""
    partition, told = Partition(next_offset=0, ledger_key=KEY), {}
    edges = sorted({0, *(cut % len(records) for cut in cuts), len(records)})
    for start, stop in pairwise(edges):
        partition.apply(records[start:stop], PLANS)
        for each in partition.take_changes().deliveries:
            counts, periods = told.setdefault((each.policy, each.supplier, each.upload), (Counter(), set()))
            counts.update({outcome: getattr(each, outcome) for outcome in (*OUTCOMES, "again")})
            periods |= {each.earliest, each.latest} - {None}
    return {
        name: (counts, min(periods, default=None), max(periods, default=None))
        for name, (counts, periods) in told.items()
    }
