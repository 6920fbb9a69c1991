"""The events on Kafka are CloudEvents: the official library reads back what our headers say."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event, to_binary_event

from contracts.events import (
    EVENT_TOPICS,
    EVENT_TYPES,
    TOPICS,
    DataSignalRaised,
    DataSignalWithdrawn,
    LookClosed,
    PlanAccepted,
    QualityChecked,
    RecordQuarantined,
    SignalChanged,
    SignalRaised,
    SignalWithdrawn,
    cloudevent_headers,
    decode_event,
    encode_event,
    event_id,
)
from contracts.evidence import EvidenceRow
from contracts.quality import QualityResult

PLAN = {"policy": "trial", "plan_version": 1, "plan_sha256": "0a" * 32}
CELL = {"claim": "gap", "indicator": "work", "arm": "all", "region": "all", "group": "parents"}
ROW = EvidenceRow(
    **PLAN,
    **CELL,
    other_indicator=None,
    look="2021-04",
    look_index=16,
    offsets=(0, 812),
    n_a=400,
    k_a=120,
    n_b=400,
    k_b=80,
    scale="odds_ratio",
    estimate=0.5833333333333334,
    lower=0.41,
    upper=None,
    difference=-0.1,
    difference_lower=None,
    difference_upper=None,
    log_e_worse=4.25,
    log_e_better=-7.5,
    log_detector_worse=None,
    log_detector_better=None,
    recent=None,
    guarantee="exact",
    state="standing",
    stands="worse",
    smallest_visible=0.08,
    reason=None,
)
SIGNAL = {
    "policy": "trial",
    "signal": "3f2504e0-4f89-5d3a-9a0c-0305e82c3301",
    "number": "2021-0007",
    "severity": "warning",
    **CELL,
    "direction": "worse",
    "look": "2021-04",
    "closing": 16,
}
DATA_SIGNAL = {
    "policy": "trial",
    "signal": "7c9e6679-7425-50de-944b-e07fc1f90ae7",
    "rule": "complete",
    "indicator": "work",
    "arm": "all",
    "region": "GM0150",
    "group": "all",
    "suppliers": ("gemeente-één",),
    "office": "department of work",
    "text_nl": "Hoogstens 2 % mist een veld.",
    "text_en": "At most 2 % lack a field.",
}
EVENTS = [
    LookClosed(
        **PLAN,
        closing=16,
        indicator="work",
        look="2021-04",
        look_index=16,
        n_counted=800,
        offsets=(0, 812),
        closed_at_ms=1_622_548_800_000,
        rows=(ROW,),
    ),
    PlanAccepted(**PLAN, offset=3),
    RecordQuarantined(
        policy=None,
        supplier="gemeente-één",
        upload="u-1",
        line=7,
        partition=2,
        offset=41,
        codes=("not_json",),
        places=("",),
    ),
    QualityChecked(
        **PLAN,
        partition=2,
        offsets=(0, 812),
        n_records=815,
        n_passed=1,
        n_failed=1,
        n_could_not_run=0,
        n_not_applicable=0,
        results=(
            QualityResult(rule="complete", severity="critical", indicator="work", outcome="failed", figure=0.1),
            QualityResult(rule="readable", severity="critical", outcome="passed", n=815, figure=0.0, bound=0.05),
        ),
    ),
    DataSignalRaised(**DATA_SIGNAL),
    DataSignalWithdrawn(**DATA_SIGNAL),
    SignalRaised(**SIGNAL),
    SignalChanged(**SIGNAL, was="notice"),
    SignalWithdrawn(**SIGNAL, reason="the evidence no longer carries it"),
]
WHEN = datetime(2021, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)

each_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)


def message_of(event, *, source="/leerlus/evaluator", time=WHEN):
    headers = dict(cloudevent_headers(event, source=source, time=time))
    return KafkaMessage(headers=headers, key=event.policy, value=encode_event(event))


@each_event
def test_the_library_reads_what_we_wrote(event):
    read = from_kafka_event(message_of(event))
    assert read.get_specversion() == "1.0"
    assert read.get_id() == str(event_id(event))
    assert read.get_source() == "/leerlus/evaluator"
    assert read.get_type() == EVENT_TYPES[type(event)]
    assert read.get_time() == WHEN
    assert read.get_datacontenttype() == "application/json"
    assert read.get_dataschema() == "urn:leerlus:event:" + EVENT_TYPES[type(event)].removeprefix("nl.leerlus.")
    assert read.get_data() == msgspec.json.decode(encode_event(event))


@each_event
def test_the_time_keeps_its_offset(event):
    summer = WHEN.astimezone(timezone(timedelta(hours=2)))
    assert from_kafka_event(message_of(event, time=summer)).get_time() == WHEN


@each_event
def test_we_read_what_the_library_wrote(event):
    written = to_binary_event(from_kafka_event(message_of(event)))
    assert decode_event(written.value, tuple(written.headers.items())) == event


@each_event
def test_an_event_published_twice_has_one_id(event):
    again = decode_event(encode_event(event), tuple(cloudevent_headers(event, source="/leerlus/relay", time=WHEN)))
    assert event_id(again) == event_id(event)
    assert len({event_id(each) for each in EVENTS}) == len(EVENTS)


def test_every_event_has_a_type_and_a_topic():
    assert {type(each) for each in EVENTS} == EVENT_TYPES.keys() == EVENT_TOPICS.keys()
    assert set(EVENT_TOPICS.values()) <= {topic.name for topic in TOPICS}


@each_event
def test_what_is_none_of_our_events_is_refused(event):
    headers = cloudevent_headers(event, source="/leerlus/evaluator", time=WHEN)
    with pytest.raises(ValueError, match="unknown"):
        decode_event(encode_event(event), (("ce_type", b"nl.leerlus.other.v1"),))
    with pytest.raises(ValueError, match=r"missing|Expected"):
        decode_event(b"{}", tuple(headers))
