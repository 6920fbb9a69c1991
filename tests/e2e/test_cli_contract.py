"""`leerlus contract` as a person or a script uses it; nothing here needs a server."""

import json
from pathlib import Path

import jsonschema
import pytest

from contracts.compatibility_step import Step, next_version
from contracts.odcs import EXTENSIONS, NAMES, contract_text, load_contract
from contracts.releases import last_released
from services.cli import run_command

ROOT = Path(__file__).parents[2]
TRUST = str(ROOT / "examples" / "trust_trial" / "plan.yaml")
WORK = ROOT / "examples" / "nsw" / "plan.yaml"
VERSION, RELEASED = load_contract("observation").version, last_released("observation").version
THRESHOLD = tuple(f"smallCellThreshold, vendor: leerlus, value: {value}" for value in (10, 5))


@pytest.fixture
def leerlus(capfd):
    """Runs a command line; returns its exit code, standard output and standard error."""

    def run(*arguments):
        code = run_command(arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def changed(tmp_path):
    """Writes the contract `observation` with some words replaced, and returns the file."""

    def write(*pairs):
        text = contract_text("observation")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "observation.odcs.yaml").write_text(text, encoding="utf-8")
        return str(tmp_path / "observation.odcs.yaml")

    return write


# check


def test_the_contracts_in_force_are_checked(leerlus):
    code, out, err = leerlus("contract", "check")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == [*NAMES, *EXTENSIONS]


def test_what_is_not_understood_is_refused_with_what_was_seen_what_is_allowed_and_where(leerlus, changed):
    file = changed(
        ("value: quarantine}\n      - {property: compatibility", "value: flag}\n      - {property: compatibility")
    )
    code, out, err = leerlus("contract", "check", file)
    assert (code, out) == (1, "")
    assert f"{file}: line 45, schema[0].customProperties[1].value: found `flag`" in err
    assert "allowed are `quarantine`" in err
    assert "1 contract of 1 refused" in err


def test_a_change_of_meaning_under_the_same_version_is_refused(leerlus, changed):
    code, _, err = leerlus(
        "contract",
        "check",
        changed(THRESHOLD),
    )
    assert code == 1
    follows = f"version {next_version(RELEASED, Step.MAJOR)} follows {RELEASED}, found {VERSION}"
    assert f"{follows}: smallCellThreshold demands a major step (was 10, is 5)" in err


def test_the_same_change_under_a_new_major_version_is_accepted(leerlus, changed):
    new = changed(
        THRESHOLD,
        (f"\nversion: {VERSION}", f"\nversion: {next_version(RELEASED, Step.MAJOR)}"),
    )
    code, out, _ = leerlus("contract", "check", new)
    assert code == 0
    assert out.startswith(f"observation {next_version(RELEASED, Step.MAJOR)} ")


def test_an_example_that_does_not_fit_is_refused(leerlus, changed):
    code, _, err = leerlus("contract", "check", changed(("examples: [GM0150]", "examples: [150]")))
    assert code == 1
    assert "region.examples[0]" in err


def test_several_files_are_all_checked(leerlus, changed, tmp_path):
    (tmp_path / "empty.odcs.yaml").write_text("")
    code, out, err = leerlus("contract", "check", str(tmp_path / "empty.odcs.yaml"), changed())
    assert code == 1
    assert "the file is empty" in err
    assert out.startswith(f"observation {VERSION} ")


def test_a_file_that_is_not_there_is_wrong_use(leerlus):
    code, _, err = leerlus("contract", "check", "nowhere.yaml")
    assert code == 2
    assert "nowhere.yaml does not exist" in err


# diff


def test_a_contract_does_not_differ_from_its_release(leerlus):
    code, out, err = leerlus("contract", "diff", f"observation@{RELEASED}", f"observation@{RELEASED}")
    assert (code, out) == (0, "")
    assert "0 changes, which demand no new version" in err


def test_a_difference_is_told_with_the_step_it_demands_of_whom(leerlus, changed):
    new = changed(
        (
            "classification: restricted\n        description: Keyed",
            "classification: internal\n        description: Keyed",
        )
    )
    code, out, err = leerlus("contract", "diff", "observation", new, "--json")
    assert code == 1
    assert json.loads(out) == {
        "place": "unit.classification",
        "kind": "meaning",
        "message": "lowered from restricted to internal",
        "producers": "major",
        "consumers": "minor",
        "step": "major",
    }
    assert f"version {next_version(VERSION, Step.MAJOR)} follows {VERSION}, found {VERSION}" in err


def test_two_plans_are_compared_as_the_contracts_of_their_policy(leerlus, tmp_path):
    text = WORK.read_text(encoding="utf-8")
    newer = text.replace("direction: higher_is_better", "direction: lower_is_better").replace(
        "version: 1\n", "version: 2\nsupersedes_reason: the sign was wrong\n"
    )
    (tmp_path / "plan.yaml").write_text(newer, encoding="utf-8")
    code, out, err = leerlus("contract", "diff", str(WORK), str(tmp_path / "plan.yaml"))
    assert code == 0
    assert "indicator.enum.earnings.direction" in out
    assert "1.0.0 is followed by 2.0.0" in err


def test_a_version_that_was_not_released_is_wrong_use(leerlus):
    code, _, err = leerlus("contract", "diff", "observation@0.0.1", "observation")
    assert code == 2
    assert "observation 0.0.1 was not released" in err


def test_two_contracts_are_not_compared(leerlus):
    code, _, err = leerlus("contract", "diff", "observation", "enrolment")
    assert code == 1
    assert "another contract" in err


# docs


def test_the_page_is_written_to_standard_output(leerlus):
    code, out, err = leerlus("contract", "docs", "--plan", TRUST)
    assert (code, err) == (0, "")
    assert out.startswith("<!doctype html>")
    assert "Gegevens aanleveren: Vertrouwensexperimenten Participatiewet (nagebootst)" in out


@pytest.mark.parametrize("name", NAMES)
def test_every_contract_has_a_schema(leerlus, name):
    code, out, _ = leerlus("contract", "docs", "--format", "json-schema", "--contract", name)
    assert code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(out))


def test_the_schema_takes_the_fields_of_the_extension(leerlus):
    _, out, _ = leerlus("contract", "docs", "--format", "json-schema")
    assert {"neighbourhood", "home_municipality"} <= json.loads(out)["properties"].keys()


def test_the_topic_is_described(leerlus):
    code, out, _ = leerlus("contract", "docs", "--format", "asyncapi", "--plan", TRUST)
    document = json.loads(out)
    assert code == 0
    assert document["info"]["title"] == "Leerlus records of trust-trial"
    assert document["components"]["messages"].keys() == {"observation", "enrolment"}


def test_a_plan_with_mistakes_is_refused(leerlus, tmp_path):
    (tmp_path / "plan.yaml").write_text("plan: leerlus/v1\n")
    code, out, err = leerlus("contract", "docs", "--plan", str(tmp_path / "plan.yaml"))
    assert (code, out) == (1, "")
    assert "this key is missing" in err


def test_a_contract_that_is_not_there_is_wrong_use(leerlus):
    code, _, err = leerlus("contract", "docs", "--format", "json-schema", "--contract", "visits")
    assert code == 2
    assert "there is no contract visits" in err
