"""The command line against a service that runs: register, send, look, stop."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from infra.postgres.deliveries import delivered_by
from infra.settings import load_settings
from services.commands.store import ask

ROOT = Path(__file__).parents[2]
RESUME = ROOT / "examples" / "resume"
TIMEOUT_S = 120


@pytest.fixture(scope="module")
def state_dir():
    """A state directory that PostgreSQL's own user can reach."""
    parent = Path(tempfile.mkdtemp(prefix="leerlus-cli-"))
    parent.chmod(0o711)
    yield parent / "state"
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def leerlus(state_dir):
    """Runs command lines on a state directory on which everything runs, in the background."""

    def run(*arguments, data=None):
        done = subprocess.run(
            [sys.executable, "-m", "services", *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "LEERLUS_STATE_DIR": str(state_dir)},
            input=data,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    try:
        code, _, err = run("up", "--detach")
        assert code == 0, err
        until(lambda: run("status")[1].count("ready") == 9)  # a part may be busy at the moment it is asked
        yield run
    finally:
        run("down")


@pytest.fixture(scope="module")
def registered(leerlus):
    """The same, with the plan of the resume audit registered and read."""
    for _ in range(2):  # the second time changes nothing
        code, out, err = leerlus("plan", "register", RESUME / "plan.yaml")
        assert (code, out.split()[:2]) == (0, ["resume-audit", "1"]), err
    until(lambda: plans(leerlus)[0]["accepted_at_offset"] is not None)
    return leerlus


def plans(leerlus):
    return [json.loads(line) for line in leerlus("plan", "list", "--json")[1].splitlines()]


def received(state_dir):
    """Records received so far, by supplier."""
    dsn = load_settings(state_dir=state_dir).need_postgres()
    counts = ask(dsn, lambda connection: delivered_by(connection, "resume-audit"))
    return {supplier: each.received for supplier, each in counts.items()}


def until(is_so):
    """Poll until something is so."""
    deadline = time.monotonic() + TIMEOUT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_status_shows_every_part_and_ends_with_0(leerlus):
    code, out, _ = leerlus("status", "--json")
    parts = {part["name"]: part["state"] for part in json.loads(out)["parts"]}
    assert code == 0
    assert set(parts.values()) == {"ready"}
    assert {"kafka", "postgres", "mlflow", "evaluator", "gateway+console+relay"} <= parts.keys()


def test_a_second_up_on_the_same_directory_is_refused(leerlus):
    code, _, err = leerlus("up")
    assert code == 2
    assert "runs already" in err


def test_a_registered_plan_is_shown_as_written_and_is_frozen(registered, tmp_path):
    written = (RESUME / "plan.yaml").read_text(encoding="utf-8")
    assert registered("plan", "show", "resume-audit") == (0, written, "")
    assert registered("plan", "show", "resume-audit", "--version", 2)[0] == 1
    (tmp_path / "plan.yaml").write_text(written.replace("office: Bureau", "office: Dienst"), encoding="utf-8")
    code, out, err = registered("plan", "register", tmp_path / "plan.yaml")
    assert (code, out) == (1, "")
    assert "a registered plan is frozen" in err


def test_closing_after_a_file_closes_only_policies_that_are_known(registered, tmp_path):
    lines = (RESUME / "observations.ndjson").read_text(encoding="utf-8").splitlines()[:2]
    file = tmp_path / "two.ndjson"
    file.write_text(lines[0].replace("resume-audit", "nobody") + "\n", encoding="utf-8")
    code, _, err = registered("send", file, "--close")
    assert code == 1
    assert f"{file}:1: unknown_policy at policy" in err
    assert "closed" not in err
    assert "1 record: 0 accepted, 1 refused" in err


def test_records_are_sent_by_every_way_refused_ones_are_kept_and_shown(registered, state_dir):
    code, _, err = registered("send", RESUME / "observations.ndjson", RESUME / "broken.ndjson", "--close")
    assert code == 1
    assert "broken.ndjson:1: not_json: " in err
    assert "the open looks of resume-audit are closed" in err
    assert "4,880 records: 4,871 accepted, 9 refused" in err
    listing = ("quarantine", "list", "--policy", "resume-audit")
    until(lambda: registered(*listing)[2] == "10 records refused\n")
    code, out, err = registered("send", "--kafka", "-", data=(RESUME / "observations.ndjson").read_text("utf-8"))
    assert (code, err) == (0, "4,870 records: 4,870 accepted, 0 refused\n")
    until(lambda: received(state_dir) == {"local": 4_880, "": 2 + 1 + 4_870})  # two registrations, one marker

    found = [json.loads(line) for line in registered(*listing, "--json")[1].splitlines()]
    assert [each["line"] for each in found] == list(range(1, 11))
    assert {reason["code"] for each in found for reason in each["reasons"]} >= {"not_json", "conflicts_with_counted"}
    first = (RESUME / "broken.ndjson").read_text(encoding="utf-8").splitlines()[0]
    code, out, err = registered("quarantine", "show", found[0]["id"])
    assert (code, out) == (0, first + "\n")
    assert "local, line 1" in err
    assert registered("quarantine", "show", 10**9)[0] == 1
