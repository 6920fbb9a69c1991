"""Findings become messages in the order that their readers need."""

from datetime import UTC, datetime

import pytest

from contracts.errors import Reason
from contracts.events import LOOKS, QUARANTINE, LookClosed, PlanAccepted, decode_event
from contracts.readings import DataWarning, Inequality
from contracts.records import LogRecord
from infra.postgres.quarantine import Refused
from pipelines.changes import Changes, Rerouted
from services.telling import messages_of, parts_of

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def look(n_rows, *, policy="trial", closing=1, **more):
    return LookClosed(
        policy=policy,
        plan_version=1,
        plan_sha256="sha",
        closing=closing,
        indicator="work",
        look="2024-01",
        look_index=closing,
        n_counted=10,
        offsets=(0, 9),
        closed_at_ms=None,
        rows=tuple(range(n_rows)),
        **more,
    )


@pytest.mark.parametrize(
    ("n_rows", "sizes"), [(0, [0]), (1, [1]), (500, [500]), (501, [500, 1]), (1200, [500, 500, 200])]
)
def test_a_large_look_becomes_several_events_and_an_empty_one_is_still_told(n_rows, sizes):
    parts = list(parts_of(look(n_rows)))
    assert [len(part.rows) for part in parts] == sizes
    assert [(part.part, part.parts) for part in parts] == [(n, len(sizes)) for n in range(1, len(sizes) + 1)]
    assert sum((part.rows for part in parts), ()) == look(n_rows).rows


def test_what_a_look_says_beside_its_evidence_is_told_once():
    unequal = Inequality(arm="all", measure="gini", part="total", value=0.3, standard_error=None, n=90)
    warning = DataWarning(code="sample_ratio", arm="b", region="all", group="all", seen=0.4, expected=0.5, log_e=None)
    parts = list(parts_of(look(1200, warnings=(warning,), inequality=(unequal,))))
    assert [(part.warnings, part.inequality) for part in parts] == [((warning,), (unequal,)), ((), ()), ((), ())]


def told(changes, refused=(), known=("trial",)):
    return messages_of(changes, refused, partition=3, known=known, now=NOW)


def test_a_plan_is_told_before_its_looks_and_looks_in_their_order():
    accepted = PlanAccepted(policy="trial", plan_version=1, plan_sha256="sha", offset=0)
    closings = [look(0, closing=1), look(0, closing=2), look(0, policy="other")]
    orders = told(Changes(0, 9, accepted=[accepted], closings=closings))
    assert set(orders) == {"trial", "other"}
    events = [decode_event(each.payload, each.headers) for each in orders["trial"]]
    assert [type(event) for event in events] == [PlanAccepted, LookClosed, LookClosed]
    assert [event.closing for event in events[1:]] == [1, 2]
    assert {(each.topic, each.partition, each.key) for each in orders["trial"]} == {(LOOKS, None, b"trial")}


def refused(policy, supplier=None):
    record = LogRecord(8, None, None, b"secret bytes", (("leerlus-upload", b"u"), ("leerlus-line", b"4")))
    return Refused(record, policy, supplier, (Reason("unknown_arm", "arm\0", "no such arm"),))


def test_a_refused_record_is_told_by_place_and_reason_without_its_bytes():
    (message,) = told(Changes(0, 9), [refused("trial", "sender")])["trial"]
    event = decode_event(message.payload, message.headers)
    assert (event.partition, event.offset, event.upload, event.line) == (3, 8, "u", 4)
    assert (event.codes, event.places) == (("unknown_arm",), ("arm\ufffd",))
    assert (message.topic, message.key) == (QUARANTINE, b"trial")
    assert b"secret" not in message.payload


def test_policies_that_nobody_registered_make_no_orders_of_their_own():
    orders = told(Changes(0, 9), [refused("made-up"), refused("\ud800"), refused(None, "sender"), refused(None)])
    assert set(orders) == {""}
    assert [each.key for each in orders[""]] == [b"made-up", "\ufffd".encode(), b"sender", None]


def test_a_stray_record_goes_home_as_it_is_with_one_origin():
    record = LogRecord(8, 123, b"odd key", b"bytes", (("a", b"1"), ("leerlus-origin", b"forged")))
    (message,) = told(Changes(0, 9, rerouted=[Rerouted(record, "trial", 6, b"3:8:seal")]))["home 6"]
    assert (message.partition, message.key, message.payload) == (6, b"trial", b"bytes")
    assert message.headers == (("a", b"1"), ("leerlus-origin", b"3:8:seal"))
