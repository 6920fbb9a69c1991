"""The prepared resume audit is what its script makes of the data, and holds the published figures."""

import json
import runpy
from collections import Counter
from pathlib import Path

import pytest

from contracts.plan_reader import notes, read_plan
from pipelines.replay import replay

FOLDER = Path(__file__).parents[3] / "examples" / "resume"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(FOLDER / "make.py"))


@pytest.fixture(scope="module")
def observations():
    return [json.loads(line) for line in (FOLDER / "observations.ndjson").read_bytes().splitlines()]


def test_the_script_makes_the_files_byte_for_byte(script, tmp_path):
    script["make"](tmp_path)
    for name in ("plan.yaml", "observations.ndjson", "broken.ndjson"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_the_plan_is_accepted_and_knows_its_two_cities():
    plan = read_plan((FOLDER / "plan.yaml").read_text())
    assert (plan.id, plan.kind, plan.look.every, plan.choices.areas.here) == (
        "resume-audit",
        "policy",
        50,
        ("Boston", "Chicago"),
    )
    assert (plan.claims.effect, plan.claims.gap.margin) == (None, 1.0)
    assert len(notes(plan)) == 2


def test_counts_are_the_published_ones(observations):
    cells = [(each["region"], bool(each["groups"])) for each in observations]
    people = Counter(cells)
    called = Counter(cell for cell, each in zip(cells, observations, strict=True) if each["value"])
    percent = {cell: round(100 * called[cell] / n, 2) for cell, n in people.items()}
    assert [sum(n for (_, group), n in people.items() if group is black) for black in (False, True)] == [2435, 2435]
    assert [sum(n for (_, group), n in called.items() if group is black) for black in (False, True)] == [235, 157]
    assert [percent["Boston", black] for black in (False, True)] == [11.63, 7.76]
    assert [percent["Chicago", black] for black in (False, True)] == [8.06, 5.40]


def test_every_application_is_a_unit_and_an_observation_of_its_own(observations):
    assert (
        len({each["unit"] for each in observations}) == len({each["observation_id"] for each in observations}) == 4870
    )


def test_every_broken_record_is_refused_for_its_own_reasons_and_counts_nowhere():
    plan = read_plan((FOLDER / "plan.yaml").read_text())
    lines = [(FOLDER / f"{name}.ndjson").read_bytes().splitlines() for name in ("observations", "broken")]
    found = replay(plan, lines[0] + lines[1])
    assert [" ".join(reason.code for reason in each.reasons) for each in found.quarantined] == [
        "not_json",
        "not_a_pseudonym",
        "unknown_indicator",
        "unknown_region",
        "wrong_type",
        "not_a_number",
        "period_in_future",
        "unknown_field",
        "conflicts_with_counted",
        "unknown_group not_binary",
    ]
    assert (found.tally.counted, found.tally.duplicate) == (4870, 0)
