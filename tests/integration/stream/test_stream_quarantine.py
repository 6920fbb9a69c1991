"""The way back from quarantine, through the real evaluator: what was mended counts, once."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from contracts.events import LINE_HEADER, REPLAY_HEADER, SUPPLIER_HEADER, UPLOAD_HEADER, RecordQuarantined
from contracts.period import parse_period
from contracts.plan_reader import read_plan

ROOT = Path(__file__).parents[3]
RESUME = ROOT / "examples" / "resume"
N_PARTITIONS = 8
LONG_COHORT = "c" * 70


def plan_of(policy):
    return read_plan((RESUME / "plan.yaml").read_text(encoding="utf-8").replace("id: resume-audit", f"id: {policy}"))


def observations(policy, n_records):
    lines = (RESUME / "observations.ndjson").read_bytes().replace(b'"resume-audit"', f'"{policy}"'.encode())
    return lines.splitlines()[:n_records]


def changed(line, **fields):
    return json.dumps(json.loads(line) | fields).encode()


def headers(line, *, supplier=b"school"):
    return ((SUPPLIER_HEADER, supplier), (UPLOAD_HEADER, b"u-1"), (LINE_HEADER, str(line).encode()))


def kept(service, policy):
    return service.rows("SELECT * FROM leerlus.quarantine WHERE policy = %s ORDER BY id", policy)


def deliveries(service, policy, *, supplier):
    return service.rows("SELECT * FROM leerlus.delivery_tally WHERE policy = %s AND supplier = %s", policy, supplier)


def counts_of(row):
    return {name: row[name] for name in ("received", "counted", "duplicate", "quarantined", "again")}


def until(condition, timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"nothing after {timeout_s} s"
        time.sleep(0.05)
    return found


def until_kept(service, policy, n_records):
    return until(lambda: rows if len(rows := kept(service, policy)) == n_records else None)


def newer_program(folder):
    """This program with an observation contract that takes longer cohorts, as version 1.1.0."""
    for package in ("contracts", "dashboards", "infra", "pipelines", "services"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    contract = folder / "contracts" / "observation.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    before, cohort, after = text.replace("version: 1.0.0", "version: 1.1.0").partition("- name: cohort\n")
    contract.write_text(before + cohort + after.replace("maxLength: 64", "maxLength: 80", 1), encoding="utf-8")
    extension = folder / "contracts" / "observation_region.odcs.yaml"
    extends = extension.read_text(encoding="utf-8").replace(
        "{contract: observation, version: 1.0.0}", "{contract: observation, version: 1.1.0}"
    )
    extension.write_text(extends, encoding="utf-8")
    return folder


@pytest.fixture
def newer(service, tmp_path):
    """Have the service go on with the newer program; afterwards with this one again."""

    def change():
        service.stop()
        service.root = newer_program(tmp_path / "newer")
        service.start()
        query = "SELECT count(*)::int AS n FROM leerlus.contract_in_force WHERE version = '1.1.0'"
        until(lambda: service.rows(query)[0]["n"] == N_PARTITIONS)

    yield change
    service.stop()
    service.root = ROOT
    service.start()


def test_of_a_thousand_broken_records_exactly_the_mended_ones_count_once(service, newer):
    service.register(plan_of("mended"))
    clean = observations("mended", 1050)
    broken = [
        *(changed(line, cohort=LONG_COHORT) for line in clean[:600]),  # mended by the newer contract
        *(changed(line, value=7) for line in clean[600:800]),  # never
        *(line[:-1] for line in clean[800:1000]),  # nor these, which are no JSON
    ]
    service.send("mended", clean[1000:])
    service.send("mended", broken, headers=headers(12))
    assert service.until_received("mended", 1051)["quarantined"] == 1000
    rows = kept(service, "mended")
    assert [service.sent(row).value for row in rows] == broken
    assert {(row["contract"], row["contract_version"], row["replays"]) for row in rows} == {("observation", "1.0.0", 0)}
    replay = ("quarantine", "replay", "--policy", "mended", "--contract")
    code, _, err = service.command(*replay, "observation@1.1.0")
    assert (code, err.partition(":")[0]) == (1, "observation@1.1.0 was asked for; in force is observation@1.0.0")

    newer()
    code, _, err = service.command(*replay, "observation@1.1.0", "--dry-run")
    assert (code, err) == (0, "1,000 records to send again under observation@1.1.0\n")
    sending = service.begin(*replay, "observation@1.1.0", stderr=subprocess.PIPE, text=True)
    until(lambda: service.rows("SELECT 1 FROM leerlus.quarantine WHERE replays > 0"))
    service.kill()
    service.start()
    said = sending.communicate(timeout=90)[1]
    assert said.endswith("1,000 records sent again: 600 counted, 0 duplicates, 400 refused again\n")
    assert sending.returncode == 1
    tally = {"received": 2051, "counted": 1 + 50 + 600, "duplicate": 0, "quarantined": 1400}
    assert service.until_received("mended", 2051) == tally
    (delivery,) = deliveries(service, "mended", supplier="school")
    assert counts_of(delivery) == {"received": 2000, "counted": 600, "duplicate": 0, "quarantined": 1400, "again": 1000}

    again = kept(service, "mended")
    assert [row["id"] for row in again] == [row["id"] for row in rows]
    assert [row["outcome"] for row in again] == ["counted"] * 600 + ["refused"] * 400
    assert all(row["counted_at"] is not None for row in again[:600])
    assert {row["contract_version"] for row in again[600:]} == {"1.1.0"}
    assert {row["replays"] for row in again} == {1}
    told = [each for each in service.told("mended") if isinstance(each, RecordQuarantined)]
    assert [each.contract for each in told] == ["observation@1.0.0"] * 1000 + ["observation@1.1.0"] * 400
    assert [each.offset for each in told[1000:]] == [row["offset"] for row in rows[600:]]

    code, _, err = service.command(*replay, "observation@1.1.0", "--replayed")
    assert err.endswith("1,000 records sent again: 0 counted, 600 duplicates, 400 refused again\n")
    assert service.until_received("mended", 3051)["counted"] == 1 + 50 + 600
    assert len(kept(service, "mended")) == 1000


def test_records_that_came_before_their_plan_count_when_it_is_registered(service):
    lines = observations("early", 40)
    service.send("early", lines, headers=headers(3, supplier=b"early-school"))
    until_kept(service, "early", 40)
    service.register(plan_of("early"))
    code, _, err = service.command("quarantine", "replay", "--policy", "early", "--contract", "observation@1.0.0")
    assert (code, err.splitlines()[-1]) == (0, "40 records sent again: 40 counted, 0 duplicates, 0 refused again")
    assert service.tally("early") == {"received": 41, "counted": 41, "duplicate": 0, "quarantined": 0}
    by_supplier = service.rows(
        "SELECT sum(received)::int AS received, sum(counted)::int AS counted, sum(quarantined)::int AS quarantined "
        "FROM leerlus.tally WHERE supplier = 'early-school'"
    )
    assert by_supplier == [{"received": 80, "counted": 40, "quarantined": 40}]
    (first,) = deliveries(service, "", supplier="early-school")
    assert counts_of(first) == {"received": 40, "counted": 0, "duplicate": 0, "quarantined": 40, "again": 0}
    (later,) = deliveries(service, "early", supplier="early-school")
    assert counts_of(later) == {"received": 40, "counted": 40, "duplicate": 0, "quarantined": 0, "again": 40}
    days = sorted(parse_period(json.loads(line)["period"]).start for line in lines)
    assert (first["upload"], first["earliest"], first["arrived_at"] is None) == ("u-1", None, False)
    assert (later["earliest"].lower, later["latest"].lower, later["arrived_at"]) == (days[0], days[-1], None)
    code, _, err = service.command("quarantine", "replay", "--policy", "early", "--contract", "observation@1.0.0")
    assert (code, err) == (0, "0 records to send again under observation@1.0.0\n")


def test_a_damaged_record_is_named_and_passed_over_and_bytes_can_be_deleted_before_their_time(service):
    service.send("harmed", observations("harmed", 3))
    first, second, _ = until_kept(service, "harmed", 3)
    moved = f"(SELECT sealed FROM leerlus.quarantine WHERE id = {first['id']})"
    service.rows(f"UPDATE leerlus.quarantine SET sealed = {moved} WHERE id = {second['id']} RETURNING id")
    service.register(plan_of("harmed"))
    code, _, err = service.command("quarantine", "replay", "--policy", "harmed", "--contract", "observation@1.0.0")
    place = f"{second['partition']}:{second['offset']}"
    assert (code, err.splitlines()[-2:]) == (
        1,
        [
            "2 records sent again: 2 counted, 0 duplicates, 0 refused again",
            f"number {second['id']} was passed over: the encrypted bytes of {place} were changed or moved",
        ],
    )
    code, _, err = service.command("quarantine", "show", str(second["id"]))
    assert (code, err.splitlines()[-1]) == (1, f"the encrypted bytes of {place} were changed or moved")
    service.command("quarantine", "purge", "--older-than", "1")
    assert service.rows("SELECT count(*)::int AS n FROM leerlus.quarantine WHERE sealed IS NOT NULL")[0]["n"] >= 3
    service.command("quarantine", "purge", "--older-than", "0")
    assert service.rows("SELECT 1 FROM leerlus.quarantine WHERE sealed IS NOT NULL") == []
    assert len(kept(service, "harmed")) == 3


def test_a_forged_name_of_a_quarantined_record_changes_nothing_about_it(service):
    service.register(plan_of("named"))
    good, bad = observations("named", 1)[0], changed(observations("named", 2)[1], value=7)
    service.send("named", [bad])
    (row,) = until_kept(service, "named", 1)
    forged = f"{row['partition']}:{row['offset']}:{'0' * 32}".encode()
    service.send("named", [good], headers=((REPLAY_HEADER, forged),))
    assert service.until_received("named", 3)["counted"] == 2
    assert kept(service, "named") == [row]


def test_the_commands_list_a_record_and_show_it_as_it_was_sent(service):
    service.register(plan_of("listed"))
    line = changed(observations("listed", 1)[0], value=7)
    service.send("listed", [line], headers=headers(7, supplier=b"lister"))
    (row,) = until_kept(service, "listed", 1)
    asked = ("--supplier", "lister", "--reason", "not_binary", "--since", "2020-01-01", "--not-replayed", "--json")
    code, out, err = service.command("quarantine", "list", *asked)
    found = json.loads(out)
    assert (code, err, found["line"], found["has_bytes"]) == (0, "1 record refused\n", 7, True)
    assert line.decode() not in out
    code, out, err = service.command("quarantine", "show", row["id"])
    assert (code, out) == (0, line.decode() + "\n")
    assert f"refused by observation@1.0.0 (sha256 {row['contract_sha256']})" in err
