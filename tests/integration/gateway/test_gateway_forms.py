"""JSON and CSV are taken beside NDJSON: an answer a line, and what is forwarded is the record as JSON."""

import gzip
import json
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

PATH = "/v1/observations"
JSON, CSV = ({"Content-Type": media_type} for media_type in ("application/json", "text/csv; charset=utf-8"))
HEADER = "observation_id,policy,indicator,unit,region,groups,period,value,observed_at"


def as_row(line):
    record = json.loads(line)
    return ",".join(str(record[name]) if name != "groups" else "|".join(record[name]) for name in HEADER.split(","))


def problem(answer):
    return answer.status_code, answer.json()["type"].removeprefix("urn:leerlus:problem:")


def test_an_array_is_as_many_records_and_each_goes_on_as_it_stood(log, client, policy, observations):
    good = observations(policy, 2)
    broken = good[0].replace(b'"value":0', b'"value" : 7')
    told = client.post(PATH, content=b"[" + b",\n ".join([good[0], broken, b"5", good[1]]) + b"]", headers=JSON).json()
    assert (told["received"], told["accepted"]) == (4, 2)
    assert [(line["line"], line["reasons"][0]["code"]) for line in told["lines"]] == [
        (2, "not_binary"),
        (3, "not_an_object"),
    ]
    assert sorted(record.value for record in log.of(told["upload"])) == sorted([good[0], broken, b"5", good[1]])


def test_one_object_is_one_record_also_when_it_is_broken(log, client, policy, observations):
    (line,) = observations(policy, 1)
    pretty = json.dumps(json.loads(line), indent=2).encode()
    assert client.post(PATH, content=b"\n" + pretty, headers=JSON).json()["accepted"] == 1
    told = client.post(PATH, content=b'{"policy": ', headers=JSON).json()
    assert [line["reasons"][0]["code"] for line in told["lines"]] == ["not_json"]
    assert [record.value for record in log.of(told["upload"])] == [b'{"policy":']


@pytest.mark.parametrize("body", [b"[1, 2", b"[1,]", b"[NaN]", b"[" * 1_000_000, b"[\xff]", b"[] []"])
def test_a_broken_array_is_a_problem_and_nothing_of_it_is_taken(client, body):
    assert problem(client.post(PATH, content=body, headers=JSON)) == (400, "no-json")


def test_nothing_at_all_is_an_empty_delivery(client):
    for headers in (JSON, {"Content-Type": "application/x-ndjson"}):
        answer = (
            client.post(PATH, content=b" \n", headers=headers)
            if headers is JSON
            else client.post(PATH, headers=headers)
        )
        assert (answer.status_code, answer.json()["received"]) == (202, 0)


def test_rows_of_a_csv_are_answered_by_their_line_and_go_on_as_json(log, client, policy, observations):
    good = observations(policy, 2)
    comma = as_row(good[1]).replace(",0,", ',"0,5",')
    body = "\r\n".join([HEADER, as_row(good[0]), "", comma, as_row(good[1])])
    told = client.post(PATH, content=b"\xef\xbb\xbf" + body.encode(), headers=CSV).json()
    assert (told["received"], told["accepted"]) == (3, 2)
    ((line, reasons),) = [(each["line"], each["reasons"]) for each in told["lines"]]
    assert line == 4
    assert [(reason["code"], reason["place"]) for reason in reasons] == [("wrong_type", "value")]
    assert "no decimal comma" in reasons[0]["message"]
    records = {int(dict(record.headers)["leerlus-line"]): json.loads(record.value) for record in log.of(told["upload"])}
    assert records.keys() == {2, 4, 5}
    assert records[2] == json.loads(good[0])
    assert records[4]["value"] == "0,5"


def test_a_part_of_a_csv_is_numbered_from_its_header(client, policy, observations):
    body = "\n".join([HEADER, as_row(observations(policy, 1)[0]).replace("callback", "work")])
    told = client.post(PATH, content=body, headers={**CSV, "Leerlus-First-Line": "1000"}).json()
    assert [line["line"] for line in told["lines"]] == [1001]


def test_a_csv_from_a_spreadsheet_that_is_no_utf8_is_refused_by_line(client, policy, observations):
    body = "\n".join([HEADER, as_row(observations(policy, 1)[0]).replace("Chicago", "Súdwest")]).encode("cp1252")
    told = client.post(PATH, content=body, headers=CSV).json()
    assert "not_utf8" in {reason["code"] for line in told["lines"] for reason in line["reasons"]}


def test_a_wrong_header_is_a_problem_with_every_reason_and_nothing_is_taken(client, policy, observations):
    body = "\n".join([HEADER.replace("region", "Regio"), as_row(observations(policy, 1)[0])])
    answer = client.post(PATH, content=body, headers=CSV)
    assert problem(answer) == (400, "wrong-header")
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["unknown_column", "missing_column"]
    assert "did you mean region?" in answer.json()["detail"]
    answer = client.post(PATH, content=f'{HEADER}\n"never closed', headers=CSV)
    assert (*problem(answer), answer.json()["line"]) == (400, "broken-table", 2)
    assert problem(client.post(PATH, content=b"", headers=CSV)) == (400, "wrong-header")


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "text/csv; charset=windows-1252", "application/xml", ";;="],
)
def test_another_form_is_a_problem_that_names_those_that_are_taken(client, content_type):
    answer = client.post(PATH, content=b"{}", headers={"Content-Type": content_type} if content_type else {})
    assert problem(answer) == (415, "unknown-media-type")
    assert "text/csv" in answer.json()["detail"]


def test_the_same_name_gets_the_same_answer_and_nothing_is_forwarded_twice(log, client, policy, observations):
    lines = [*observations(policy, 2), b"{"]
    named = {"Content-Type": "application/x-ndjson", "Idempotency-Key": "january"}
    first = client.post(PATH, content=b"\n".join(lines), headers=named)
    packed = {**named, "Content-Encoding": "gzip"}
    again = client.post(PATH, content=gzip.compress(b"\n".join(lines)), headers=packed)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert ("leerlus-repeated" in first.headers, again.headers["leerlus-repeated"]) == (False, "true")
    assert len(log.of(first.json()["upload"])) == 3
    assert problem(client.post(PATH, content=b"{}", headers=named)) == (422, "another-delivery")
    other = client.post(PATH, content=b"{}", headers={**named, "Idempotency-Key": "february"})
    assert other.json()["upload"] != first.json()["upload"]


def test_the_same_bytes_in_another_form_are_another_delivery(client, policy, observations):
    (line,) = observations(policy, 1)
    named = {"Idempotency-Key": "march"}
    first = client.post(PATH, content=line, headers={**named, "Content-Type": "application/x-ndjson"})
    assert first.json()["accepted"] == 1
    assert problem(client.post(PATH, content=line, headers={**named, **JSON})) == (422, "another-delivery")
    alias = client.post(PATH, content=line, headers={**named, "Content-Type": "application/jsonl"})
    assert alias.headers["leerlus-repeated"] == "true"


def test_a_delivery_of_refused_lines_only_is_not_held_on_to(client, policy, observations):
    (line,) = observations(policy, 1)
    named = {"Content-Type": "application/x-ndjson", "Idempotency-Key": "april"}
    for content, accepted in ((b"{}", 0), (b"{}", 0), (line, 1)):
        answer = client.post(PATH, content=content, headers=named)
        assert (answer.status_code, answer.json()["accepted"]) == (202, accepted)
        assert "leerlus-repeated" not in answer.headers


def test_names_are_a_suppliers_own_and_parts_of_an_upload_are_told_apart(
    log, calling, new_supplier, policy, observations
):
    (line,) = observations(policy, 1)
    named = {"Content-Type": "application/x-ndjson", "Leerlus-Upload": "5d41402a-bc4b-4a76-b971-9d911017c592"}
    for name in ("school-7", "school-8"):
        client = calling(new_supplier(name))
        for first_line in ("1", "2", "2"):
            answer = client.post(PATH, content=line, headers={**named, "Leerlus-First-Line": first_line})
            assert answer.status_code == 202
    assert len(log.of(named["Leerlus-Upload"])) == 4


def test_a_body_that_does_not_come_is_given_up(serve, new_supplier):
    key = new_supplier("school-7")
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nAccept-Language: en\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{"
    )
    with serve(body_timeout_s=1) as address:
        place = urlsplit(address)
        started = time.monotonic()
        with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
            connection.sendall(head.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert time.monotonic() - started < 4
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:leerlus:problem:body-too-slow" in answer


def test_a_sender_with_a_wrong_key_hears_so_also_when_the_body_is_large(gateway):
    headers = {"Authorization": "Bearer wrong", "Content-Type": "application/x-ndjson"}
    answer = httpx.post(gateway + PATH, content=b"{}\n" * 2_000_000, headers=headers, timeout=30)
    assert problem(answer) == (401, "unknown-key")
