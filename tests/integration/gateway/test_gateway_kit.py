"""What a supplier starts with delivers to a real gateway and a real Kafka."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
KIT = Path(__file__).parents[3] / "examples" / "supplier"
HEADER = "observation_id,policy,indicator,unit,region,groups,period,value,observed_at"


@pytest.fixture
def key_file(tmp_path, new_supplier):
    file = tmp_path / "key.txt"
    file.write_text(new_supplier("school-7") + "\n", encoding="ascii")
    return file


@pytest.fixture
def send(gateway, key_file):
    """Runs `send.py` with the standard library alone; returns code, refused lines and remarks."""

    def run(*files, to=gateway):
        program = [sys.executable, "-I", "-S", KIT / "send.py", "--gateway", to, "--key-file", key_file, *files]
        done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout.splitlines(), done.stderr

    return run


def as_csv(lines):
    rows = [json.loads(line) for line in lines]
    cells = (
        [str(row[name]) if name != "groups" else "|".join(row[name]) for name in HEADER.split(",")] for row in rows
    )
    return "\n".join([HEADER, *(",".join(row) for row in cells)]) + "\n"


def test_the_sender_delivers_a_file_in_parts_and_names_refused_lines_by_their_place(
    send, tmp_path, policy, observations
):
    lines = observations(policy, 2_500)
    lines[1_700] = lines[1_700].replace(b'"value":0', b'"value":7').replace(b'"value":1', b'"value":7')
    lines.insert(1_200, b"")
    file = tmp_path / "january.ndjson"
    file.write_bytes(b"\n".join(lines))
    code, refused, said = send(file)
    assert (code, said) == (1, f"{file}: 2500 records, 2499 accepted, 1 refused\n")
    assert refused == [f"{file}:1702: not_binary value: seen 7; allowed are 0 and 1"]


def test_the_same_file_again_gets_the_same_answers_and_is_not_in_the_log_twice(
    log, send, tmp_path, policy, observations
):
    file = tmp_path / "january.csv"
    text = as_csv(observations(policy, 1_500)).replace(",Boston,", ',"Boston\n",', 1)
    file.write_text(text, encoding="utf-8")
    first, again = send(file), send(file)
    assert first == again
    assert first[0] == 1
    number = text[: text.index('"Boston')].count("\n") + 2  # a row is known by the line on which it ends
    assert first[1][0].startswith(f"{file}:{number}: ")
    assert "1500 records, 1499 accepted, 1 refused" in first[2]
    assert len([each for each in log.every() if each.key == policy.encode() and dict(each.headers)]) == 1_500


def test_the_sender_says_what_is_wrong_as_a_whole(send, tmp_path, key_file):
    file = tmp_path / "wrong.csv"
    file.write_text("Regio\nx\n", encoding="utf-8")
    code, _, said = send(file)
    assert code == 3
    assert "not taken: 400 Wrong header row: " in said
    key_file.write_text("nonsense", encoding="ascii")
    assert send(file)[::2] == (
        3,
        "not taken: 401 Unknown key: This key is not known; ask the evaluation team for one.\n",
    )
    assert "must begin with https://" in send(file, to="http://gateway.example.org")[2]


def test_the_sender_waits_while_it_is_asked_to(send, key_file, new_supplier, tmp_path, policy, observations):  # noqa: PLR0917
    """Thirty lines a minute are allowed: the second file waits for its turn."""
    key_file.write_text(new_supplier("slow", lines_a_minute=30), encoding="ascii")
    files = []
    for number in range(2):
        files.append(tmp_path / f"{number}.ndjson")
        files[-1].write_bytes(b"\n".join(observations(policy, 31 + number)))
    started = time.monotonic()
    code, _, said = send(*files)
    assert code == 0
    assert "429 Too many lines" in said
    assert time.monotonic() - started >= 2


@needs_curl
def test_the_curl_line_delivers_every_form_and_sent_again_gets_the_same_answer(
    gateway, key_file, tmp_path, policy, observations
):
    lines = observations(policy, 3)
    contents = {
        "a.ndjson": b"\n".join(lines),
        "b.json": b"[" + b",".join(lines) + b"]",
        "c.csv": as_csv(lines).encode(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        program = ["bash", KIT / "send.sh", gateway, key_file, tmp_path / name]
        first, again = (subprocess.run(program, capture_output=True, text=True, check=True).stdout for _ in range(2))
        assert json.loads(first)["accepted"] == 3
        assert first == again


@needs_curl
def test_the_curl_line_fails_and_shows_the_problem(gateway, key_file, tmp_path):
    key_file.write_text("nonsense", encoding="ascii")
    (tmp_path / "a.ndjson").write_bytes(b"{}")
    program = ["bash", KIT / "send.sh", gateway, key_file, tmp_path / "a.ndjson"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert json.loads(done.stdout)["status"] == 401


def test_direct_senders_write_every_record_to_its_policys_home(log, kafka, tmp_path, policy, observations):
    lines = [*observations(policy, 200), b"{broken", b'{"enrolment":{"policy":"%s"}}' % policy.encode()]
    file = tmp_path / "january.ndjson"
    file.write_bytes(b"\n".join(lines))
    program = [sys.executable, KIT / "send_kafka.py", "--bootstrap", kafka.address, file]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, f"{file}: 202 records are in the log\n")
    of_policy = [each for each in log.every() if each.key == policy.encode() and b"plan_registered" not in each.value]
    assert [each.value for each in of_policy] == [*lines[:200], lines[-1]]
    assert len({each.partition for each in of_policy}) == 1
    assert any(each.value == b"{broken" and each.key is None for each in log.every())
