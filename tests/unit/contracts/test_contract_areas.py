"""A plan that names a code list: its areas are in the list, and were in force when something was measured there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.admission import Admission
from contracts.code_lists import code_lists
from contracts.compatibility import changes
from contracts.decoder import decode
from contracts.errors import PlanError
from contracts.odcs import load_contract
from contracts.plan_contract import contract_of
from contracts.plan_reader import read_plan

LIST = "nl-municipalities@2023-01-01"
RESUME = (Path(__file__).parents[3] / "examples" / "resume" / "plan.yaml").read_text(encoding="utf-8")


def written(here="GM0363, GM0457, GM1992", name=LIST):
    areas = f"areas: {{here: [{here}], code_list: {name}}}"
    text = RESUME.replace("areas: {here: [Boston, Chicago]}", areas).replace(
        "effective_from: 2001-07", "effective_from: 2020-01"
    )
    assert areas in text
    return text


PLAN = read_plan(written())
MATURING = read_plan(written().replace("    relevant_difference", "    maturity: P12M\n    relevant_difference"))


def observation(region, period):
    record = {
        "observation_id": "0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10",
        "policy": "resume-audit",
        "indicator": "callback",
        "unit": "5d41402abc4b2a76b9719d911017c592",
        "region": region,
        "groups": [],
        "period": period,
        "value": 1,
        "observed_at": "2024-04-12T10:00:00+02:00",
    }
    return decode(json.dumps(record).encode())


def enrolment(region, start):
    content = {"policy": "resume-audit", "unit": "5d41402abc4b2a76", "start": start, "region": region, "groups": []}
    return decode(json.dumps({"enrolment": content}).encode())


def codes(reasons):
    return [(each.code, each.place) for each in reasons]


@pytest.mark.parametrize(
    ("region", "period", "expected"),
    [
        ("GM0363", "2023-05", []),
        ("GM0457", "2022-03", []),
        ("GM0457", "2022-04", [("code_not_in_force", "region")]),
        ("GM1992", "2022-12", [("code_not_in_force", "region")]),
        ("GM1992", "2023-01", []),
        ("GM0001", "2023-01", [("unknown_region", "region")]),
    ],
)
def test_an_observation_names_an_area_that_was_in_force(region, period, expected):
    admission = Admission(PLAN)
    for _ in range(2):  # what is remembered says the same
        assert codes(admission.observation(observation(region, period), arrived_ms=None)) == expected


def test_a_refusal_names_what_came_after():
    (reason,) = Admission(PLAN).observation(observation("GM0457", "2022-04"), arrived_ms=None)
    assert reason.message == "seen GM0457 (Weesp) for 2022-04; it is in force until 2022-03-23, then GM0363"


@pytest.mark.parametrize(
    ("region", "start", "expected"),
    [("GM0457", "2022-03-23", []), ("GM0457", "2022-03-24", [("code_not_in_force", "region")])],
)
def test_an_enrolment_names_an_area_that_was_in_force_on_its_day(region, start, expected):
    assert codes(Admission(MATURING).enrolment(enrolment(region, start), arrived_ms=None)) == expected


@pytest.mark.parametrize(
    ("region", "period", "expected"),
    [("GM0457", "2023-03", []), ("GM1992", "2022-12", [("code_not_in_force", "region")])],
)
def test_whoever_was_enrolled_keeps_an_area_that_was_merged_since(region, period, expected):
    assert codes(Admission(MATURING).observation(observation(region, period), arrived_ms=None)) == expected


def test_without_a_list_any_code_of_the_plan_is_in_force():
    plan = read_plan(written().replace(f", code_list: {LIST}", ""))
    assert Admission(plan).observation(observation("GM0457", "2023-04"), arrived_ms=None) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (written(here="GM0363, GM9999"), "`GM9999` is not in the list nl-municipalities@2023-01-01"),
        (written(name="nl-municipalities@1999"), "there is no code list `nl-municipalities@1999`; there are nl-m"),
        (written(name="7"), "there is no code list `7`"),
    ],
)
def test_a_plan_with_codes_from_elsewhere_is_refused(text, said):
    with pytest.raises(PlanError, match="list") as refused:
        read_plan(text)
    assert said in str(refused.value)


def test_the_contract_of_the_policy_names_list_and_areas():
    region = next(
        each for each in contract_of(PLAN, load_contract("observation")).schema.properties if each.name == "region"
    )
    assert [each.label.nl for each in region.shape.codes] == ["Amsterdam", "Weesp", "Voorne aan Zee"]
    assert region.code_list.sha256 == code_lists()["nl-municipalities", "2023-01-01"].sha256


def test_another_list_in_a_plan_is_a_major_change_of_its_contract():
    base = load_contract("observation")
    areas = replace(PLAN.choices.areas, code_list=None)
    without = replace(PLAN, choices=replace(PLAN.choices, areas=areas))
    found = {each.place: str(each.step) for each in changes(contract_of(without, base), contract_of(PLAN, base))}
    assert found["region.codeList"] == "major"
