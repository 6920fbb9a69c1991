"""What a supplier starts with: pseudonyms that only the supplier can make, and templates that fit the contracts."""

import hashlib
import hmac
import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.csv_rows import TableError, rows_of
from contracts.decoder import decode
from contracts.records import Enrolment, Observation

KIT = Path(__file__).parents[3] / "examples" / "supplier"
BSN = "111222333"  # nobody's; it passes the elfproef: 9 + 8 + 7 + 12 + 10 + 8 + 9 + 6 - 3 = 66, six times 11


@pytest.fixture
def pseudonymise(tmp_path):
    """Runs the program in an empty folder with a key in it; returns code and remarks."""

    def run(*arguments):
        program = [sys.executable, "-I", KIT / "pseudonymise.py", *arguments]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    assert run("new-key", "key") == (0, "")
    return run


def convert(pseudonymise, tmp_path, text, *more, column="bsn", policy="trust-trial"):
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    (tmp_path / "out.csv").unlink(missing_ok=True)
    options = ("--key-file", "key", "--policy", policy, "--column", column)
    code, said = pseudonymise("csv", *options, *more, "in.csv", "out.csv")
    target = tmp_path / "out.csv"
    return code, said, target.read_text(encoding="utf-8") if target.exists() else None


def test_the_pseudonym_is_the_keyed_hash_of_policy_and_number(pseudonymise, tmp_path):
    code, _, out = convert(pseudonymise, tmp_path, f"bsn,value\n{BSN},1\n")
    key = bytes.fromhex((tmp_path / "key").read_text(encoding="ascii"))
    expected = hmac.digest(key, b"trust-trial\0" + BSN.encode(), hashlib.sha256).hex()[:32]
    assert (code, out) == (0, f"unit,value\n{expected},1\n")


def test_a_number_is_the_same_person_however_it_is_written_and_another_in_another_policy(pseudonymise, tmp_path):
    same = [
        BSN,
        "1112.22.333",
        " 111 222 333 ",
        "111-222-333",
        "111\u00a0222\u00a0333",
        "'111222333",
        "111\u2011222333\t",
    ]
    short = ["012345672", "12345672", "12-34-56-72", "1234\u00a05672"]  # with or without the leading zero
    rows = [*same, *short, "123456782"]
    out = convert(pseudonymise, tmp_path, "bsn\n" + "\n".join(rows) + "\n")[2].split()
    assert len(set(out[1:8])) == len(set(out[8:12])) == 1
    assert len({out[1], out[8], out[12]}) == 3
    other = convert(pseudonymise, tmp_path, f"bsn\n{BSN}\n", policy="another")[2].split()
    assert other[1] != out[1]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in out[1:])


@pytest.mark.parametrize(
    "cell", ["1112223", "1112223330", "12345672.0", "111222333.0", "x111222333", "jan", "11122233\u200b3"]
)
def test_what_is_no_citizen_number_is_refused_in_a_column_of_them(pseudonymise, tmp_path, cell):
    code, said, out = convert(pseudonymise, tmp_path, f"bsn\n{BSN}\n{cell}\n")
    assert (code, out) == (1, None)
    assert "line 3 holds no citizen service number of 8 or 9 digits" in said
    assert convert(pseudonymise, tmp_path, f"bsn\n{cell}\n", "--other-number")[0] == 0


@pytest.mark.parametrize(
    "left",
    [
        *(BSN, f"see {BSN}", "111 222 333", "1112.22.333", f"[{BSN}]", f"x,{BSN}"),
        *(f"BSN{BSN}", f"{BSN}x", f"{BSN}_", "111-222-333", "111\u00a0222\u00a0333", "111, 222, 333", "111222333.0"),
        *("7 111222333", "1234567,2", "\uff11\uff11\uff11222333", "1112\u200b22333", "nr12345672"),
    ],
)
def test_nothing_is_written_while_a_citizen_number_is_left_in_the_output(pseudonymise, tmp_path, left):
    code, said, out = convert(pseudonymise, tmp_path, f'bsn,remark\n{BSN},"{left}"\n')
    assert (code, out) == (1, None)
    assert "line 2, column remark holds what looks like a citizen service number" in said
    assert left not in said
    assert convert(pseudonymise, tmp_path, f'bsn,remark\n{BSN},"{left}"\n', "--allow", "remark")[0] == 0


@pytest.mark.parametrize(
    "left",
    [
        *("111222334", "1112223330", "2018-04-12T10:00:00Z", "12345672-0000-4000-8000-000000000000"),
        "2018-01-11",  # its eight digits pass the test
    ],
)
def test_other_numbers_pass(pseudonymise, tmp_path, left):
    assert convert(pseudonymise, tmp_path, f"bsn,remark\n{BSN},{left}\n")[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\nx\n", "has no column bsn"),
        ("bsn,unit\n1,2\n", "has a column unit already"),
        ("bsn,value\n,1\n", "line 2 does not say who it is about"),
        ("bsn,policy\n111222333,trust-trial\n111222333,star\n", "line 3 is of another policy than trust-trial"),
        ("bsn,value,value\n111222333,1,2\n", "two columns of the same name"),
        ('bsn,value\n111222333,"1\n', "cannot be read"),
        ('bsn,value\n111222333,"1"2\n', "line 2 of in.csv cannot be read"),
        ("bsn,value\n1\n", "line 2 has another number of cells"),
        ("bsn,value\n1,2,3\n", "line 2 has another number of cells"),
    ],
)
def test_what_cannot_be_pseudonymised_is_refused_with_its_place(pseudonymise, tmp_path, text, said):
    code, told, out = convert(pseudonymise, tmp_path, text)
    assert (code, out) == (1, None)
    assert said in told


def test_a_key_is_random_private_and_never_overwritten(pseudonymise, tmp_path):
    first = (tmp_path / "key").read_text(encoding="ascii")
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    assert pseudonymise("new-key", "key")[0] == 1
    assert (tmp_path / "key").read_text(encoding="ascii") == first
    assert pseudonymise("new-key", "other") == (0, "")
    assert (tmp_path / "other").read_text(encoding="ascii") != first
    (tmp_path / "key").write_text("secret", encoding="ascii")
    assert "holds no key" in convert(pseudonymise, tmp_path, f"bsn\n{BSN}\n")[1]


def test_a_table_that_is_not_in_utf_8_is_refused_with_its_place(pseudonymise, tmp_path):
    (tmp_path / "in.csv").write_bytes(f"bsn,name\n{BSN},Andr\xe9\n".encode("latin-1"))
    options = ("--key-file", "key", "--policy", "trust-trial", "--column", "bsn")
    assert pseudonymise("csv", *options, "in.csv", "out.csv") == (
        1,
        "nothing was written: line 2 of in.csv is not in UTF-8; save it as CSV UTF-8\n",
    )
    (tmp_path / "latin").write_bytes(b"\xe9")
    code, said = pseudonymise("csv", "--key-file", "latin", *options[2:], "in.csv", "out.csv")
    assert (code, "holds no key" in said) == (1, True)


@pytest.mark.parametrize("target", ["in.csv", "./in.csv", "link.csv", "key"])
def test_neither_the_source_nor_the_key_is_overwritten(pseudonymise, tmp_path, target):
    (tmp_path / "in.csv").write_text(f"bsn\n{BSN}\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to("in.csv")
    before = (tmp_path / "key").read_bytes(), (tmp_path / "in.csv").read_bytes()
    options = ("--key-file", "key", "--policy", "trust-trial", "--column", "bsn")
    code, said = pseudonymise("csv", *options, "in.csv", target)
    assert (code, "would be overwritten" in said) == (1, True)
    assert ((tmp_path / "key").read_bytes(), (tmp_path / "in.csv").read_bytes()) == before


@pytest.mark.parametrize(("name", "kind"), [("observations", Observation), ("enrolments", Enrolment)])
def test_the_steps_of_the_read_me_make_records_that_keep_their_contract(tmp_path, name, kind):
    """Does what stands there, up to the sending, in a copy of the kit."""
    shutil.copytree(KIT, tmp_path / "kit")
    steps = (KIT / "README.md").read_text(encoding="utf-8").split("```")[1].strip().splitlines()
    assert steps.pop().endswith("january.csv")
    for step in steps:
        program = shlex.split(step.replace("observations.csv", f"{name}.csv"))
        program = [sys.executable if each == "python" else each for each in program]
        subprocess.run(program, cwd=tmp_path / "kit", check=True)
    text = (tmp_path / "kit" / "january.csv").read_text(encoding="utf-8")
    records = [decode(value) for _, value in rows_of(io.StringIO(text, newline=""))]
    assert len({record.unit for record in records}) == 2
    assert all(isinstance(record, kind) for record in records)


@pytest.mark.parametrize("name", ["observations", "enrolments"])
def test_a_template_with_numbers_in_it_is_refused_as_a_whole(name):
    text = (KIT / f"{name}.csv").read_text(encoding="utf-8")
    with pytest.raises(TableError):
        list(rows_of(io.StringIO(text, newline="")))
