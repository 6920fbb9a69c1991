"""The gateway on a real Kafka: every line is answered, and every line is in the log."""

import asyncio
import gzip
import json
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.errors import InfrastructureError, Unavailable
from contracts.events import OBSERVATIONS
from contracts.plan_reader import read_plan
from infra.embedded.ports import LOOPBACK
from infra.kafka.home import home_partition
from infra.postgres.engine import open_engine
from infra.supplier import LINE_BYTES, Supplier
from services.gateway import build
from services.gateway.body import LINES
from services.gateway.outlet import Outlet
from services.registering import register_plan
from services.serving import web_server

EXAMPLE = Path(__file__).parents[2] / "examples" / "resume"
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def policy(settings):
    """The id of a freshly registered policy."""
    policy = f"audit-{uuid4().hex[:12]}"
    text = (EXAMPLE / "plan.yaml").read_text(encoding="utf-8").replace("resume-audit", policy)
    register = register_plan(read_plan(text), text, dsn=settings.need_postgres(), bootstrap=settings.need_kafka())
    asyncio.run(register)
    return policy


@pytest.fixture
def gateway(settings):
    """The address of a gateway."""
    with served(settings.need_postgres(), settings.need_kafka()) as address:
        yield address


@pytest.fixture
def client(gateway):
    with httpx.Client(base_url=gateway, timeout=30) as client:
        yield client


@contextmanager
def served(dsn, bootstrap):
    """A gateway that answers, in a thread of its own."""
    port = free_port()
    servers = []

    async def serve():
        engine = open_engine(dsn)
        servers.append(web_server(build(engine, Outlet(bootstrap)), host=LOOPBACK, port=port))
        await servers[0].serve()
        await engine.dispose()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    deadline = time.monotonic() + 20
    while not (servers and servers[0].started):
        assert time.monotonic() < deadline, "the gateway did not start"
        time.sleep(0.02)
    yield f"http://{LOOPBACK}:{port}"
    servers[0].should_exit = True
    thread.join(timeout=20)


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def observations(policy, number):
    """The first observations of the example, for a policy of this test."""
    text = (EXAMPLE / "observations.ndjson").read_text(encoding="utf-8").replace("resume-audit", policy)
    return [line.encode() for line in text.splitlines()[:number]]


def test_every_line_is_answered_and_every_line_is_in_the_log_in_order(kafka, client, policy):
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
    records = written(kafka, told["upload"])
    assert {record.value for record in records} == set(lines)
    home = home_partition(policy, 8)
    of_policy = [record for record in records if record.partition == home and record.key == policy.encode()]
    assert [record.value for record in of_policy] == [lines[0], lines[2], lines[3]]
    assert [dict(record.headers)["leerlus-line"] for record in of_policy] == [b"1", b"3", b"4"]
    assert {dict(record.headers)["leerlus-supplier"] for record in records} == {b"local"}


def test_a_line_that_names_no_policy_goes_into_the_log_without_a_key(kafka, client, policy):
    told = client.post("/v1/observations", content=b"[]", headers=NDJSON).json()
    (record,) = written(kafka, told["upload"])
    assert (record.key, record.value) == (None, b"[]")


def test_an_unknown_policy_is_refused_until_its_plan_is_registered(client, settings, policy):
    (line,) = observations("nobody", 1)
    told = client.post("/v1/observations", content=line, headers=NDJSON).json()
    assert told["lines"][0]["reasons"][0]["code"] == "unknown_policy"
    (line,) = observations(policy, 1)
    assert client.post("/v1/observations", content=line, headers=NDJSON).json()["accepted"] == 1


def test_markers_and_registrations_of_suppliers_are_refused_but_not_lost(kafka, client, policy):
    marker = json.dumps({"period_closed": {"policy": policy, "indicator": None, "period": None}}).encode()
    told = client.post("/v1/observations", content=marker, headers=NDJSON).json()
    assert told["lines"][0]["reasons"][0]["code"] == "not_for_suppliers"
    assert [record.value for record in written(kafka, told["upload"])] == [marker]


def test_a_marker_of_the_evaluation_team_bears_no_supplier(kafka, client, policy):
    marker = json.dumps({"period_closed": {"policy": policy, "indicator": "callback", "period": None}}).encode()
    answer = client.post("/v1/markers", content=marker, headers={"Content-Type": "application/json"})
    assert answer.status_code == 202
    assert answer.json() == {"policy": policy, "indicator": "callback", "period": None}
    records = [each for each in all_records(kafka) if each.key == policy.encode() and b"period_closed" in each.value]
    assert [(record.value, record.headers) for record in records] == [(marker, ())]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"period_closed": {"policy": "nobody", "indicator": None, "period": None}}, "unknown_policy"),
        ({"period_closed": {"policy": "nobody"}}, "missing_field"),
        ({"plan_registered": {"id": "nobody", "version": 1, "sha256": "0" * 64}}, "wrong_type"),
    ],
)
def test_what_is_no_marker_of_a_known_policy_is_a_problem_with_reasons(client, body, code):
    answer = client.post("/v1/markers", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert code in {reason["code"] for reason in answer.json()["reasons"]}


def test_a_gzipped_body_is_read_and_one_that_is_none_is_a_problem(client, policy):
    zipped = {**NDJSON, "Content-Encoding": "gzip"}
    body = b"\n".join(observations(policy, 20))
    assert client.post("/v1/observations", content=gzip.compress(body), headers=zipped).json()["accepted"] == 20
    for broken in (body, gzip.compress(body)[:-20]):
        answer = client.post("/v1/observations", content=broken, headers=zipped)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:leerlus:problem:no-gzip")


def test_every_member_of_a_gzipped_body_is_read(client, policy):
    zipped = {**NDJSON, "Content-Encoding": "gzip"}
    first, second = (
        b"".join(line + b"\n" for line in observations(policy, 20)[cut]) for cut in (slice(7), slice(7, 20))
    )
    body = gzip.compress(first) + gzip.compress(second)
    assert client.post("/v1/observations", content=body, headers=zipped).json()["accepted"] == 20
    answer = client.post("/v1/observations", content=body + b"and more", headers=zipped)
    assert answer.json()["type"] == "urn:leerlus:problem:no-gzip"


def test_a_body_has_at_most_so_many_records(client):
    answer = client.post("/v1/observations", content=b"x\n" * (LINES + 1), headers=NDJSON)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:leerlus:problem:too-many-records")


def test_a_marker_must_say_that_it_is_json(client, policy):
    marker = json.dumps({"period_closed": {"policy": policy, "indicator": None, "period": None}})
    answer = client.post("/v1/markers", content=marker, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:leerlus:problem:no-json")


def test_bodies_and_lines_have_a_limit_also_when_they_are_packed(client):
    zipped = {**NDJSON, "Content-Encoding": "gzip"}
    bomb = gzip.compress(b"\n" * 200_000_000)
    answer = client.post("/v1/observations", content=bomb, headers=zipped)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:leerlus:problem:body-too-large")
    answer = client.post("/v1/observations", content=b"{}\n" + b"x" * (LINE_BYTES + 1), headers=NDJSON)
    assert (answer.status_code, answer.json()["line"]) == (413, 2)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/observations", {"Content-Type": "text/csv"}, 415),
        ("POST", "/v1/observations", {**NDJSON, "Content-Encoding": "br"}, 415),
        ("POST", "/v1/observations", {**NDJSON, "Leerlus-Supplier": "Not A Name"}, 422),
        ("POST", "/v1/observations", {**NDJSON, "Leerlus-Upload": "7"}, 422),
        ("GET", "/v1/observations", {}, 405),
        ("GET", "/v2", {}, 404),
    ],
)
def test_every_error_is_answered_with_problem_details(client, method, path, headers, status):
    answer = client.request(method, path, content=b"{}" if method == "POST" else None, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_the_interface_describes_itself(client):
    document = client.get("/v1/openapi.json").json()
    delivery = document["paths"]["/v1/observations"]["post"]
    assert "application/x-ndjson" in delivery["requestBody"]["content"]
    assert {"202", "413", "415", "503"} <= delivery["responses"].keys()


def test_without_kafka_a_delivery_is_answered_with_503_and_when_to_try_again(settings):
    nowhere = f"{LOOPBACK}:{free_port()}"
    with served(settings.need_postgres(), nowhere) as address, httpx.Client(base_url=address, timeout=30) as client:
        answer = client.post("/v1/observations", content=b"{}", headers=NDJSON)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:leerlus:problem:unavailable")
        assert answer.headers["retry-after"].isdigit()
        with Supplier(address, patience_s=0) as supplier, pytest.raises(Unavailable, match="does not take records"):
            supplier.deliver([(1, b"{}")], upload=uuid4())


def test_a_supplier_hears_of_lines_by_their_number_in_the_file(gateway, policy):
    good = observations(policy, 2)
    with Supplier(gateway, name="school-7") as supplier:
        answer = supplier.deliver([(41, good[0]), (44, b"{"), (45, good[1])], upload=uuid4())
        assert answer.accepted == 2
        assert [refused.line for refused in answer.refused] == [44]
        with pytest.raises(InfrastructureError, match="refuses the request: 422"):
            supplier.close_looks("nobody")


def written(kafka, upload):
    """The records of a delivery, by partition and offset."""
    return [each for each in all_records(kafka) if dict(each.headers).get("leerlus-upload") == upload.encode()]


def all_records(kafka):
    """Every record in the topic now."""
    return asyncio.run(read_all(kafka.address))


async def read_all(bootstrap):
    partitions = [TopicPartition(OBSERVATIONS, number) for number in range(8)]
    records = []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None) as consumer, asyncio.timeout(20):
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        for partition, end in (await consumer.end_offsets(partitions)).items():
            while await consumer.position(partition) < end:
                for found in (await consumer.getmany(partition, timeout_ms=200)).values():
                    records += found
    return records
