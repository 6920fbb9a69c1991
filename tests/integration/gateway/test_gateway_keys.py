"""Who may come in, for which policies, and how much: as the key says, and as the store says now."""

import json
import time
from pathlib import Path

import httpx
import pytest

from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from infra.supplier_keys import new_key
from pipelines.fold import Partition
from services.cli import run_command
from services.gateway.keys import FRESH_S

PLAN = Path(__file__).parents[3] / "examples" / "resume" / "plan.yaml"
NDJSON = {"Content-Type": "application/x-ndjson"}
WITHIN_S = 5


@pytest.fixture
def leerlus(settings, monkeypatch, capfd):
    """Runs `leerlus supplier` on the store of this test; returns code, output and remarks."""
    monkeypatch.setenv("LEERLUS_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("LEERLUS_POSTGRES__DSN", settings.need_postgres())

    def run(*arguments):
        code = run_command(["supplier", *arguments])
        return code, *capfd.readouterr()

    return run


def post(client, *lines):
    return client.post("/v1/observations", content=b"\n".join(lines), headers=NDJSON)


def problem(answer):
    return answer.status_code, answer.json()["type"].removeprefix("urn:leerlus:problem:")


@pytest.mark.parametrize(
    ("authorization", "name"),
    [
        (None, "no-key"),
        ("", "no-key"),
        ("Basic c2Nob29sLTc6", "no-key"),
        ("Bearer", "unknown-key"),
        ("Bearer a-guess", "unknown-key"),
        (f"Bearer {new_key().text}", "unknown-key"),
    ],
)
def test_without_a_known_key_nothing_is_taken(calling, authorization, name):
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in ("/v1/observations", "/v1/markers"):
        answer = calling(None, **headers).post(path, content=b"{}", headers=NDJSON)
        assert problem(answer) == (401, name)
        assert answer.headers["www-authenticate"] == 'Bearer realm="leerlus"'


def test_the_right_id_with_another_secret_is_not_known(calling, new_supplier):
    key = new_supplier("school-7")
    changed = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert problem(post(calling(changed), b"{}")) == (401, "unknown-key")


def test_the_supplier_is_the_keys_whatever_a_header_says(log, calling, new_supplier, policy, observations):
    client = calling(new_supplier("school-7"), **{"Leerlus-Supplier": "school-8"})
    told = post(client, *observations(policy, 1)).json()
    (record,) = log.of(told["upload"])
    assert [value for name, value in record.headers if name == "leerlus-supplier"] == [b"school-7"]


def test_a_key_made_on_the_command_line_opens_the_gateway_until_it_is_revoked(leerlus, calling, policy, observations):
    code, out, err = leerlus("add", "school-7", "--policy", policy)
    key = out.strip()
    assert code == 0
    assert f"key {key.split('_')[1]} of school-7" in err
    client = calling(key)
    assert post(client, *observations(policy, 1)).json()["accepted"] == 1
    assert leerlus("add", "school-7", "--every-policy")[0] == 1
    listed = json.loads(leerlus("list", "--json")[1])
    assert (listed["name"], listed["policies"]) == ("school-7", [policy])
    assert listed["keys"][0]["last_used_at"] is not None
    assert key.split("_")[2] not in json.dumps(listed)
    assert leerlus("revoke", "school-7", "--key", key.split("_")[1])[0] == 0
    until_refused(client, "revoked-key")
    assert "revoked" in leerlus("list")[1]
    assert leerlus("revoke", "school-7", "--every-key")[0] == 1


def test_a_key_is_replaced_while_the_old_one_is_good_for_a_while(leerlus, calling):
    old = leerlus("add", "school-7", "--every-policy")[1].strip()
    new = leerlus("key", "school-7", "--overlap", "24")[1].strip()
    assert [post(calling(key), b"{}").status_code for key in (old, new)] == [202, 202]
    code, newest, err = leerlus("key", "school-7", "--overlap", "0")
    assert (code, err.splitlines()[-1]) == (0, "2 older keys will end within 0 hours")
    for key in (old, new):
        until_refused(calling(key), "expired-key")
    assert post(calling(newest.strip()), b"{}").status_code == 202


def until_refused(client, name):
    deadline = time.monotonic() + WITHIN_S
    while (answer := post(client, b"{}")).status_code != 401:
        assert time.monotonic() < deadline, "the key still opens the gateway"
        time.sleep(0.05)
    assert problem(answer) == (401, name)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("key", "nobody"), 1),
        (("change", "nobody", "--lines", "5"), 1),
        (("revoke", "nobody", "--every-key"), 1),
        (("list",), 1),
        (("add", "Not A Name", "--every-policy"), 2),
        (("add", "school-7"), 2),
        (("add", "local", "--every-policy"), 2),
        (("key", "local"), 2),
        (("change", "local", "--policy", "a"), 2),
        (("revoke", "local", "--every-key"), 1),
        (("add", "school-7", "--every-policy", "--policy", "a"), 2),
        (("change", "school-7"), 2),
        (("revoke", "school-7"), 2),
    ],
)
def test_what_does_not_fit_is_said(leerlus, arguments, code):
    assert leerlus(*arguments)[0] == code


def test_a_record_of_another_policy_is_refused_by_the_gateway_and_by_the_evaluator(
    log, leerlus, calling, register, observations
):
    own, other = register(), register()
    client = calling(leerlus("add", "school-7", "--policy", own)[1].strip())
    lines = [*observations(own, 1), *observations(other, 1), observations(other, 1)[0].replace(b"callback", b"work")]
    told = post(client, *lines).json()
    assert told["accepted"] == 1
    assert [[reason["code"] for reason in line["reasons"]] for line in told["lines"]] == [
        ["not_your_policy"],
        ["not_your_policy", "unknown_indicator"],
    ]
    records = log.of(told["upload"])
    assert sorted(record.value for record in records) == sorted(lines)
    assert [outcome(other, record) for record in records if record.key == other.encode()] == [["not_your_policy"]] * 2
    leerlus("change", "school-7", "--policy", own, "--policy", other)
    deadline = time.monotonic() + WITHIN_S
    while post(client, lines[1]).json()["accepted"] == 0:
        assert time.monotonic() < deadline


def outcome(policy, record):
    """What the fold says of a record of a policy that it knows."""
    plan = read_plan(PLAN.read_text(encoding="utf-8").replace("resume-audit", policy))
    registered = {"plan_registered": {"id": plan.id, "version": plan.version, "sha256": plan.sha256}}
    partition = Partition(next_offset=0, ledger_key=b"key")
    records = [
        LogRecord(0, None, None, json.dumps(registered).encode()),
        LogRecord(1, None, record.key, record.value, record.headers),
    ]
    partition.apply(records, {plan.sha256: plan})
    changes = partition.take_changes()
    return [reason.code for each in changes.quarantined for reason in each.reasons]


def test_a_supplier_has_its_own_rate_and_hears_when_to_come_back(calling, new_supplier, policy, observations):
    client = calling(new_supplier("school-7", lines_a_minute=30, requests_a_minute=1_000))
    assert post(client, *observations(policy, 60)).status_code == 202
    answer = post(client, *observations(policy, 1))
    assert problem(answer) == (429, "too-many-lines")
    assert 1 <= int(answer.headers["retry-after"]) <= 63
    other = calling(new_supplier("school-8", requests_a_minute=2))
    assert [post(other, b"{}").status_code for _ in range(3)] == [202, 202, 429]


def test_keys_are_trusted_and_deliveries_taken_while_the_store_does_not_answer(fresh_service, serve, new_supplier):
    dsn, bootstrap = fresh_service.settings.need_postgres(), fresh_service.settings.need_kafka()
    headers = {"Authorization": f"Bearer {new_supplier('school-7', dsn=dsn)}"}
    with (
        serve(dsn=dsn, bootstrap=bootstrap) as address,
        httpx.Client(base_url=address, timeout=30, headers=headers) as client,
    ):
        assert post(client, b"{}").status_code == 202
        fresh_service.postgres.process.stop(timeout_s=20)
        time.sleep(FRESH_S + 0.1)  # what was read of the keys is no longer fresh
        assert post(client, b"{}").status_code == 202
        again = client.post("/v1/observations", content=b"{}", headers={**NDJSON, "Idempotency-Key": "one"})
        assert again.status_code == 202
        stranger = {"Authorization": f"Bearer {new_key().text}"}
        assert client.post("/v1/observations", content=b"{}", headers={**NDJSON, **stranger}).status_code == 401
