"""The command line as a person or a script uses it; nothing here needs a server."""

import csv
import gzip
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.cli import run_command

ROOT = Path(__file__).parents[2]
RESUME = ROOT / "examples" / "resume"
PLAN = str(RESUME / "plan.yaml")
OBSERVATIONS = str(RESUME / "observations.ndjson")
BROKEN = str(RESUME / "broken.ndjson")

COMMANDS = (
    "plan check",
    "plan register",
    "plan show",
    "plan list",
    "contract check",
    "contract diff",
    "contract docs",
    "send",
    "replay",
    "quarantine list",
    "quarantine show",
    "quarantine replay",
    "quarantine purge",
    "quarantine set-aside",
    "verdicts",
    "programme",
    "up",
    "down",
    "status",
    "run",
    "demo",
)


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch, tmp_path):
    """A state directory on which nothing runs."""
    monkeypatch.setenv("LEERLUS_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def leerlus(capfdbinary):
    """Runs a command line; returns its exit code, standard output and standard error."""

    def run(*arguments):
        code = run_command(arguments)
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def one_line(text):
    """Text without frames and line breaks."""
    return re.sub(r"[\s│╭╮╰╯─]+", " ", text)


# --- help and wrong use ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does_with_examples_and_exit_codes(leerlus, command):
    code, out, err = leerlus(*command.split(), "--help")
    assert (code, err) == (0, "")
    assert f"Usage: leerlus {command}" in out
    assert "Exit codes" in out
    assert f"leerlus {command}" in out.partition("Usage:")[2].partition("\n")[2]


def test_help_lists_every_command(leerlus):
    _, out, _ = leerlus("--help")
    assert all(command.partition(" ")[0] in out for command in COMMANDS)
    assert leerlus("-h")[1].strip() == out.strip() == leerlus()[1].strip()


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("sned", "x.ndjson"), "Did you mean 'send'?"),
        (("plan", "chek", PLAN), "Did you mean 'check'?"),
        (("plan", "check"), "Missing argument"),
        (("plan", "check", "nowhere.yaml"), "nowhere.yaml does not exist"),
        (("plan", "check", "."), ". is a folder"),
        (("replay", PLAN, OBSERVATIONS, "--jsn"), "--json"),
        (("replay", PLAN, PLAN), "allowed are .ndjson, .jsonl, .csv, .parquet"),
        (("quarantine", "show", "first"), "valid integer"),
        (("run", "evaluater"), "Did you mean evaluator?"),
        (("run", "evaluator", "gateway"), "a process of its own"),
        (("demo", "trial"), "resume"),
    ],
)
def test_wrong_use_ends_with_2_and_a_hint(leerlus, arguments, hint):
    code, out, err = leerlus(*arguments)
    assert (code, out) == (2, "")
    assert hint in one_line(err)
    assert "Try 'leerlus" in err


def test_a_variable_that_is_no_setting_ends_with_2(leerlus, monkeypatch):
    monkeypatch.setenv("LEERLUS_KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    code, _, err = leerlus("status")
    assert code == 2
    assert "did you mean LEERLUS_KAFKA__BOOTSTRAP?" in err


@pytest.mark.parametrize("command", ["plan list", "plan show x", f"plan register {PLAN}", "quarantine list"])
def test_without_a_server_a_command_ends_with_3_and_says_how_to_get_one(leerlus, command):
    code, out, err = leerlus(*command.split())
    assert (code, out) == (3, "")
    assert "run `leerlus up`" in err
    assert "Traceback" not in err


def test_status_and_down_end_with_1_where_nothing_runs(leerlus):
    assert leerlus("status")[::2] == (1, leerlus("status")[2])
    assert "`leerlus up` starts it" in leerlus("status")[2]
    code, _, err = leerlus("down")
    assert (code, err.strip()) == (1, "nothing was running")
    code, out, _ = leerlus("status", "--json")
    assert (code, json.loads(out)["supervisor"]) == (1, None)


def test_a_fault_shows_its_traceback_only_where_debug_is_asked_for(leerlus, monkeypatch):
    def fail(_text):
        raise RuntimeError("cannot be")

    monkeypatch.setattr("services.commands.plan.read_plan", fail)
    code, _, err = leerlus("plan", "check", PLAN)
    assert code == 4
    assert "RuntimeError: cannot be" in err
    assert "Traceback" not in err
    with pytest.raises(RuntimeError, match="cannot be"):
        run_command(["plan", "check", PLAN, "--debug"])


def test_the_command_and_the_module_are_the_same():
    for command in ([str(Path(sys.executable).with_name("leerlus"))], [sys.executable, "-m", "services"]):
        done = subprocess.run([*command, "plan", "check", PLAN], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.split()[:2]) == (0, ["resume-audit", "1"])


# --- plans -----------------------------------------------------------------------------------------------------------


def test_a_plan_without_mistakes_is_answered_with_its_digest_and_advice(leerlus):
    code, out, err = leerlus("plan", "check", PLAN)
    assert code == 0
    assert re.fullmatch(r"resume-audit 1 [0-9a-f]{64}\n", out)
    assert err.startswith("note: ")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("direction: higher_is_better", "direktion: higher_is_better", "direction"),
        ("claims:", "claims:\n  effect: {margin: 1}", "effect"),
        (
            "gap: {baseline: none, margin: 1.0}",
            "gap: {baseline: declared, odds_ratio: {calback: {black_name: 1}}}",
            "callback",
        ),
    ],
)
def test_a_mistake_in_a_plan_is_named_with_its_line_and_what_is_allowed(leerlus, tmp_path, was, becomes, said):
    text = Path(PLAN).read_text(encoding="utf-8")
    assert text.count(was) == 1
    (tmp_path / "plan.yaml").write_text(text.replace(was, becomes), encoding="utf-8")
    code, out, err = leerlus("plan", "check", str(tmp_path / "plan.yaml"))
    assert (code, out) == (1, "")
    assert re.match(r"line \d+, ", err)
    assert said in err
    assert re.search(r"\d+ mistakes?\n", err)


def test_a_plan_that_names_no_losers_is_refused(leerlus, tmp_path):
    text = Path(PLAN).read_text(encoding="utf-8")
    without = re.sub(r"  losers:\n(    .*\n)+", "", text)
    assert without != text
    (tmp_path / "plan.yaml").write_text(without, encoding="utf-8")
    code, _, err = leerlus("plan", "check", str(tmp_path / "plan.yaml"))
    assert code == 1
    assert "choices" in err
    assert "losers" in err


# --- replay ----------------------------------------------------------------------------------------------------------


def test_the_resume_audit_replays_to_its_98_looks_and_published_counts(leerlus):
    code, out, err = leerlus("replay", PLAN, OBSERVATIONS, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    pooled = [row for row in rows if row["region"] == "all"]
    assert code == 0
    assert err == "4,870 records: 4,870 counted, 0 duplicates, 0 refused; 98 looks closed\n"
    assert [row["look_index"] for row in pooled] == list(range(1, 99))
    last = pooled[-1]
    assert [last[name] for name in ("n_a", "k_a", "n_b", "k_b")] == [2435, 235, 2435, 157]
    assert last["log_e_worse"] == pytest.approx(8.3581, abs=5e-5)
    assert next(row["look_index"] for row in pooled if row["stands"]) == 19


def test_a_replay_gives_verdicts_on_the_arms_of_an_experiment(leerlus):
    trial = ROOT / "examples" / "nsw"
    files = str(trial / "plan.yaml"), str(trial / "observations.ndjson")
    code, out, err = leerlus("replay", *files, "--verdicts", "--json")
    (verdict,) = (json.loads(line) for line in out.splitlines())
    assert code == 0
    assert (verdict["indicator"], verdict["arm"], verdict["word"]) == ("earnings", "training", "no_difference_seen")
    assert verdict["lower"] < verdict["difference"] < verdict["upper"]
    assert "1 of 1 verdict given" in err


def test_a_policy_without_arms_has_no_verdicts(leerlus):
    code, out, err = leerlus("replay", PLAN, OBSERVATIONS, "--verdicts")
    assert (code, out) == (0, "")
    assert "the plan has no arms" in err


def test_a_replay_for_people_shows_the_last_row_of_every_comparison(leerlus):
    code, out, _ = leerlus("replay", PLAN, OBSERVATIONS)
    lines = [line for line in out.splitlines() if line.startswith("gap callback")]
    assert code == 0
    assert len(lines) == 3
    assert "235 of 2,435 (9.65%)" in lines[0]
    assert "157 of 2,435 (6.45%)" in lines[0]
    assert "standing worse, since look 19" in lines[0]


def test_refused_records_are_listed_with_file_line_and_reasons_and_counted(leerlus):
    code, out, err = leerlus("replay", PLAN, OBSERVATIONS, BROKEN, "--json")
    assert code == 1
    assert f"{BROKEN}:1: not_json: " in err
    assert f"{BROKEN}:3: unknown_indicator at indicator: " in err
    assert "4,880 records: 4,870 counted, 0 duplicates, 10 refused" in err
    assert len(out.splitlines()) == len(leerlus("replay", PLAN, OBSERVATIONS, "--json")[1].splitlines())


def test_plan_and_records_are_read_from_standard_input_too(leerlus, monkeypatch):
    for name, arguments in (("plan", ("-", OBSERVATIONS)), ("observations", (PLAN, "-"))):
        file = {"plan": PLAN, "observations": OBSERVATIONS}[name]
        with Path(file).open(encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            assert "98 looks closed" in leerlus("replay", *arguments, "--json")[2]


def test_a_look_that_is_open_at_the_end_stays_open_if_asked(leerlus):
    assert "97 looks closed" in leerlus("replay", PLAN, OBSERVATIONS, "--keep-open", "--json")[2]


def test_a_file_given_twice_is_all_duplicates(leerlus):
    code, _, err = leerlus("replay", PLAN, OBSERVATIONS, OBSERVATIONS, "--json")
    assert (code, err) == (0, "9,740 records: 4,870 counted, 4,870 duplicates, 0 refused; 98 looks closed\n")


@pytest.mark.parametrize("form", ["ndjson.gz", "csv", "semicolons.csv", "csv.gz", "parquet"])
def test_every_form_of_file_gives_the_same_rows(leerlus, tmp_path, form):
    records = [json.loads(line) for line in Path(OBSERVATIONS).read_text(encoding="utf-8").splitlines()]
    file = tmp_path / f"observations.{form}"
    file.write_bytes(WRITERS[form](records))
    code, out, _ = leerlus("replay", PLAN, str(file), "--json")
    assert code == 0
    assert out == leerlus("replay", PLAN, OBSERVATIONS, "--json")[1]


def test_what_a_csv_gets_wrong_is_refused_by_the_contract_at_its_line(leerlus, tmp_path):
    header, good = (
        "observation_id,policy,indicator,unit,region,groups,period,value,observed_at",
        "resume-audit,callback",
    )
    unit, rest = "0" * 32, "Boston,black_name,2001-10"
    rows = [
        f"7fa62cd2-d6e5-5a0c-b544-a46a518922f4,{good},{unit},{rest},yes,2001-10-31T12:00:00Z",
        f"7fa62cd2-d6e5-5a0c-b544-a46a518922f4,{good},{unit},{rest},,2001-10-31T12:00:00Z",
        f"7fa62cd2-d6e5-5a0c-b544-a46a518922f4,{good},{unit},{rest},1,2001-10-31T12:00:00Z,more",
        f"7fa62cd2-d6e5-5a0c-b544-a46a518922f4,{good},{unit},{rest},1,\xff",
    ]
    file = tmp_path / "bad.csv"
    file.write_bytes("\n".join([header, *rows]).encode("latin-1"))
    code, _, err = leerlus("replay", PLAN, str(file), "--json")
    assert code == 1
    assert f"{file}:2: wrong_type at value" in err
    assert f"{file}:3: missing_field at value" in err
    assert f"{file}:4: unknown_field" in err
    assert f"{file}:5: not_utf8" in err


def as_csv(records, delimiter):
    text = io.StringIO()
    writer = csv.DictWriter(text, records[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows({**record, "groups": "|".join(record["groups"])} for record in records)
    return text.getvalue().encode()


def as_parquet(records):
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), target)
    return target.getvalue()


WRITERS = {
    "ndjson.gz": lambda _: gzip.compress(Path(OBSERVATIONS).read_bytes()),
    "csv": lambda records: as_csv(records, ","),
    "semicolons.csv": lambda records: as_csv(records, ";"),
    "csv.gz": lambda records: gzip.compress(as_csv(records, ",")),
    "parquet": as_parquet,
}
