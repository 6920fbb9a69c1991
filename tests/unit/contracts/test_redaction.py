"""What stands in a field that may not travel is in no message; the contract says which fields those are."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from contracts.admission import Admission
from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.odcs import read_contract
from contracts.plan_reader import read_plan
from contracts.records import Observation
from contracts.thorough import read_thoroughly

RECORD = {
    "observation_id": "0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10",
    "policy": "trial",
    "indicator": "work",
    "unit": "5d41402abc4b2a76",
    "arm": "trust",
    "region": "north",
    "groups": [],
    "period": "2020-01",
    "value": 1,
    "observed_at": "2021-01-01T00:00:00Z",
}
PLAN = read_plan((Path(__file__).parents[2] / "data" / "broken" / "plan.yaml").read_text(encoding="utf-8"))
CONTRACT = files("contracts").joinpath("observation.odcs.yaml").read_text(encoding="utf-8")


def restricting(contract, field):
    """The contract with one more field that may not travel."""
    before, name, after = contract.partition(f"- name: {field}\n")
    return before + name + after.replace("classification: internal", "classification: restricted", 1)


def told(record, contract=None):
    """The reasons of a refusal, as text."""
    value = json.dumps(record).encode()
    schema = None if contract is None else read_contract(contract).schema
    with pytest.raises(ContractError) as caught:
        decode(value) if schema is None else read_thoroughly(value, {None: schema}, {"observation": Observation})
    return [str(each) for each in caught.value.reasons]


@pytest.mark.parametrize(
    ("field", "value", "shown", "withheld"),
    [
        ("period", "januari", '"januari"', "a text of 7 characters"),
        ("observed_at", "gisteren", '"gisteren"', "a text of 8 characters"),
        ("observation_id", "nummer-7", '"nummer-7"', "a text of 8 characters"),
    ],
)
def test_the_classification_decides_whether_a_value_is_repeated(field, value, shown, withheld):
    (internal,) = told(RECORD | {field: value})
    (restricted,) = told(RECORD | {field: value}, restricting(CONTRACT, field))
    assert internal.startswith(f"bad_format at {field}: seen {shown}; expected: ")
    assert restricted == internal.replace(shown, withheld)


@pytest.mark.parametrize("field", ["period", "observed_at", "observation_id"])
def test_a_unit_that_was_written_into_another_field_is_not_repeated(field):
    reasons = told(RECORD | {"unit": "Jan de Boer", field: "Jan de Boer"})
    assert {each.partition(" at ")[2].partition(":")[0] for each in reasons} == {"unit", field}
    assert "Boer" not in "".join(reasons)


def test_a_unit_that_was_written_as_a_key_is_not_repeated():
    reasons = told(RECORD | {"unit": "Jan de Boer", "Jan de Boer": 1})
    assert [each.partition(";")[0] for each in reasons] == [
        "not_a_pseudonym at unit: seen a text of 11 characters",
        "unknown_field: seen a text of 11 characters",
    ]


def test_a_unit_of_one_letter_takes_no_letters_from_a_message():
    plain, strange = (told(RECORD | {"unit": unit, "period": "never"}) for unit in ("x", "e"))
    assert plain == strange


def test_the_unit_of_an_enrolment_is_not_repeated_either():
    enrolment = {"policy": "trial", "unit": "31-12-2019", "start": "31-12-2019", "region": "north", "groups": []}
    reasons = told({"enrolment": enrolment})
    assert [each.partition(";")[0] for each in reasons] == [
        "not_a_pseudonym at unit: seen a text of 10 characters",
        "bad_format at start: seen a text of 10 characters",
    ]


def test_a_measured_value_that_may_not_travel_is_a_number_and_no_more():
    shaped = CONTRACT.replace(
        "      - name: value\n        businessName: Value\n        logicalType: number\n",
        "      - name: value\n        businessName: Value\n        logicalType: number\n"
        "        logicalTypeOptions: {minimum: 0, maximum: 1}\n",
    )
    reasons = [told(RECORD | {"value": 777}, text)[0] for text in (shaped, restricting(shaped, "value"))]
    assert reasons[0].startswith("out_of_range at value: seen 777; ")
    assert reasons[1].startswith("out_of_range at value: seen a number; ")


def test_the_plan_repeats_no_unit_that_stands_where_a_code_should():
    record = Observation(**RECORD | {"unit": "Jan de Boer", "region": "Jan de Boer", "groups": ("Jan de Boer",)})
    reasons = [str(each) for each in Admission(PLAN).observation(record, arrived_ms=None)]
    assert "unknown_region at region: seen a text of 11 characters; allowed are " in "".join(reasons)
    assert "unknown_group at groups[0]: seen a text of 11 characters; allowed are " in "".join(reasons)
    assert "Boer" not in "".join(reasons)
