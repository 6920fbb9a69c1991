"""The gateway on a real Kafka: every line is answered, and every line is in the log."""

import gzip
import json
from uuid import uuid4

import httpx
import pytest

from contracts.errors import InfrastructureError, SettingsError, Unavailable
from infra.kafka.home import home_partition
from infra.supplier import LINE_BYTES, Supplier
from services.gateway.forms import LINES

NDJSON = {"Content-Type": "application/x-ndjson"}
ZIPPED = {**NDJSON, "Content-Encoding": "gzip"}


def test_every_line_is_answered_and_every_line_is_in_the_log_in_order(log, client, policy, observations):
    good = observations(policy, 3)
    lines = [good[0], b"{broken", good[1].replace(b'"callback"', b'"calback"'), good[2]]
    answer = client.post("/v1/observations", content=b"\n".join(lines), headers=NDJSON)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["received"], told["accepted"], told["refused"]) == (4, 2, 2)
    assert [(line["line"], line["reasons"][0]["code"]) for line in told["lines"]] == [
        (2, "not_json"),
        (3, "unknown_indicator"),
    ]
    records = log.of(told["upload"])
    assert {record.value for record in records} == set(lines)
    home = home_partition(policy, 8)
    of_policy = [record for record in records if record.partition == home and record.key == policy.encode()]
    assert [record.value for record in of_policy] == [lines[0], lines[2], lines[3]]
    assert [dict(record.headers)["leerlus-line"] for record in of_policy] == [b"1", b"3", b"4"]
    assert {dict(record.headers)["leerlus-supplier"] for record in records} == {b"school-7"}


def test_a_line_that_names_no_policy_goes_into_the_log_without_a_key(log, client, policy):
    told = client.post("/v1/observations", content=b"[]", headers=NDJSON).json()
    (record,) = log.of(told["upload"])
    assert (record.key, record.value) == (None, b"[]")


def test_an_unknown_policy_is_refused_until_its_plan_is_registered(client, register, observations):
    (line,) = observations("nobody", 1)
    told = client.post("/v1/observations", content=line, headers=NDJSON).json()
    assert told["lines"][0]["reasons"][0]["code"] == "unknown_policy"
    (line,) = observations(register(), 1)
    assert client.post("/v1/observations", content=line, headers=NDJSON).json()["accepted"] == 1


@pytest.mark.parametrize("who", ["client", "team"])
def test_markers_and_registrations_among_observations_are_refused_but_not_lost(who, request, log, policy):
    marker = json.dumps({"period_closed": {"policy": policy, "indicator": None, "period": None}}).encode()
    told = request.getfixturevalue(who).post("/v1/observations", content=marker, headers=NDJSON).json()
    assert told["lines"][0]["reasons"][0]["code"] == "not_for_suppliers"
    assert [record.value for record in log.of(told["upload"])] == [marker]


def test_a_marker_of_the_evaluation_team_bears_no_supplier(log, team, policy):
    marker = json.dumps({"period_closed": {"policy": policy, "indicator": "callback", "period": None}}).encode()
    answer = team.post("/v1/markers", content=marker, headers={"Content-Type": "application/json"})
    assert answer.status_code == 202
    assert answer.json() == {"policy": policy, "indicator": "callback", "period": None}
    records = [each for each in log.every() if each.key == policy.encode() and b"period_closed" in each.value]
    assert [(record.value, record.headers) for record in records] == [(marker, ())]


def test_a_marker_of_a_supplier_is_refused_and_is_not_in_the_log(log, client, policy):
    marker = {"period_closed": {"policy": policy, "indicator": None, "period": None}}
    answer = client.post("/v1/markers", json=marker)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:leerlus:problem:not-the-team")
    assert [each for each in log.every() if each.key == policy.encode() and b"period_closed" in each.value] == []


def test_a_key_of_the_team_closes_looks_of_its_own_policies_only(log, calling, new_supplier, register):
    own, other = register(), register()
    client = calling(new_supplier("evaluation", is_team=True, policies=(own,)))
    answers = [
        client.post("/v1/markers", json={"period_closed": {"policy": policy, "indicator": None, "period": None}})
        for policy in (own, other)
    ]
    assert [answer.status_code for answer in answers] == [202, 403]
    problem = answers[1].json()
    assert problem["type"] == "urn:leerlus:problem:not-your-policy"
    assert f"does not cover policy {other}" in problem["detail"]
    assert [each for each in log.every() if each.key == other.encode() and b"period_closed" in each.value] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"period_closed": {"policy": "nobody", "indicator": None, "period": None}}, "unknown_policy"),
        ({"period_closed": {"policy": "nobody"}}, "missing_field"),
        ({"plan_registered": {"id": "nobody", "version": 1, "sha256": "0" * 64}}, "wrong_type"),
    ],
)
def test_what_is_no_marker_of_a_known_policy_is_a_problem_with_reasons(team, body, code):
    answer = team.post("/v1/markers", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert code in {reason["code"] for reason in answer.json()["reasons"]}


def test_a_gzipped_body_is_read_and_one_that_is_none_is_a_problem(client, policy, observations):
    body = b"\n".join(observations(policy, 20))
    assert client.post("/v1/observations", content=gzip.compress(body), headers=ZIPPED).json()["accepted"] == 20
    for broken in (body, gzip.compress(body)[:-20]):
        answer = client.post("/v1/observations", content=broken, headers=ZIPPED)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:leerlus:problem:no-gzip")


def test_every_member_of_a_gzipped_body_is_read(client, policy, observations):
    first, second = (
        b"".join(line + b"\n" for line in observations(policy, 20)[cut]) for cut in (slice(7), slice(7, 20))
    )
    body = gzip.compress(first) + gzip.compress(second)
    assert client.post("/v1/observations", content=body, headers=ZIPPED).json()["accepted"] == 20
    answer = client.post("/v1/observations", content=body + b"and more", headers=ZIPPED)
    assert answer.json()["type"] == "urn:leerlus:problem:no-gzip"


def test_a_body_has_at_most_so_many_records(client):
    answer = client.post("/v1/observations", content=b"x\n" * (LINES + 1), headers=NDJSON)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:leerlus:problem:too-many-records")


def test_a_marker_must_say_that_it_is_json(team, policy):
    marker = json.dumps({"period_closed": {"policy": policy, "indicator": None, "period": None}})
    answer = team.post("/v1/markers", content=marker, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:leerlus:problem:unknown-media-type")


def test_bodies_and_lines_have_a_limit_also_when_they_are_packed(client):
    bomb = gzip.compress(b"\n" * 200_000_000)
    answer = client.post("/v1/observations", content=bomb, headers=ZIPPED)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:leerlus:problem:body-too-large")
    answer = client.post("/v1/observations", content=b"{}\n" + b"x" * (LINE_BYTES + 1), headers=NDJSON)
    assert (answer.status_code, answer.json()["line"]) == (413, 2)


def test_without_kafka_a_delivery_is_answered_with_503_and_when_to_try_again(serve, new_supplier, nowhere):
    key = new_supplier("school-7")
    bearer = {**NDJSON, "Authorization": f"Bearer {key}"}
    with serve(bootstrap=nowhere) as address, httpx.Client(base_url=address, timeout=30) as client:
        answer = client.post("/v1/observations", content=b"{}", headers=bearer)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:leerlus:problem:unavailable")
        assert answer.headers["retry-after"].isdigit()
        assert nowhere not in answer.text
        with Supplier(address, key=key, patience_s=0) as supplier, pytest.raises(Unavailable, match="does not take"):
            supplier.deliver([(1, b"{}")], upload=uuid4())


def test_a_supplier_hears_of_lines_by_their_number_in_the_file(gateway, policy, new_supplier, observations):
    good = observations(policy, 2)
    with Supplier(gateway, key=new_supplier("evaluation", is_team=True)) as supplier:
        answer = supplier.deliver([(41, good[0]), (44, b"{"), (45, good[1])], upload=uuid4())
        assert answer.accepted == 2
        assert [refused.line for refused in answer.refused] == [44]
        with pytest.raises(InfrastructureError, match="refuses the request: 422"):
            supplier.close_looks("nobody")


def test_a_key_does_not_travel_to_another_machine_in_clear():
    with pytest.raises(SettingsError, match="must begin with https://"):
        Supplier("http://gateway.example.org", key="secret")
