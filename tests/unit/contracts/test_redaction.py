"""What stands in a field that may not travel is in no message; the contract says which fields those are."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from contracts.admission import Admission
from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.in_clear import indicator_of
from contracts.odcs import read_contract
from contracts.plan_reader import read_plan
from contracts.records import Observation
from contracts.thorough import read_thoroughly
from contracts.wording import shown

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


@pytest.mark.parametrize("field", ["period", "observed_at", "observation_id"])
@pytest.mark.parametrize("written", ["Jan de Boer 1970", "van Jan de Boer", "mr-Jan de Boer!"])
def test_a_unit_inside_another_text_withholds_that_text(field, written):
    reasons = told(RECORD | {"unit": "Jan de Boer", field: written})
    assert f"at {field}: seen a text of {len(written)} characters; expected: " in "".join(reasons)
    assert "Boer" not in "".join(reasons)


def test_a_key_that_holds_the_unit_is_named_nowhere():
    reasons = told(RECORD | {"unit": "Jan de Boer", "kind van Jan de Boer": 1})
    assert reasons[1].startswith("unknown_field: seen a text of 20 characters; allowed are ")
    twice = json.dumps(RECORD | {"unit": "Jan de Boer"})[:-1] + ', "x Jan de Boer": 1, "x Jan de Boer": 2}'
    with pytest.raises(ContractError) as caught:
        decode(twice.encode())
    assert "Boer" not in str([(each.place, each.message) for each in caught.value.reasons])


@pytest.mark.parametrize("enveloped", [False, True])
def test_every_value_of_a_key_that_stands_there_twice_is_withheld(enveloped):
    fields = RECORD | {"period": "Jan de Boer"}
    if enveloped:
        fields = {"policy": "trial", "unit": "5d41402abc4b2a76", "start": "Jan de Boer", "region": "north"}
    content = json.dumps(fields).replace('"unit": ', '"unit": "Jan de Boer", "unit": ')
    with pytest.raises(ContractError) as caught:
        decode(f'{{"enrolment": {content}}}'.encode() if enveloped else content.encode())
    reasons = [str(each) for each in caught.value.reasons]
    assert any("seen a text of 11 characters" in each for each in reasons)
    assert "Boer" not in "".join(reasons)


def test_the_first_of_two_envelopes_is_withheld_too():
    first, second = ({"unit": unit, "start": "Jan de Boer"} for unit in ("Jan de Boer", "5d41402abc4b2a76"))
    with pytest.raises(ContractError) as caught:
        decode(f'{{"enrolment": {json.dumps(first)}, "enrolment": {json.dumps(second)}}}'.encode())
    assert "Boer" not in str(caught.value.reasons)


@pytest.mark.parametrize("unit", [123456789, ["123456789"], {"number": 123456789}, 123456789.0])
def test_a_unit_that_is_no_text_is_withheld_elsewhere(unit):
    reasons = told(RECORD | {"unit": unit, "period": "nr 123456789"})
    assert "bad_format at period: seen a text of 12 characters; " in "".join(reasons)


def test_a_deeply_nested_unit_is_refused_like_any_other():
    value = json.dumps(RECORD).replace('"5d41402abc4b2a76"', "[" * 900 + '"Jan de Boer"' + "]" * 900)
    with pytest.raises(ContractError) as caught:
        decode(value.encode())
    assert [each.code for each in caught.value.reasons] == ["wrong_type"]


@pytest.mark.parametrize(
    "number",
    ["111222333", "10000008", "1112.22.333", "111-222-333", "1 1 1 2 2 2 3 3 3", "x111222333y", "BSN 111222333."],
)
def test_what_passes_the_test_for_citizen_numbers_is_not_repeated(number):
    (reason,) = told(RECORD | {"period": number})
    assert reason.startswith(f"bad_format at period: seen a text of {len(number)} characters; ")
    assert told(RECORD | {number: 1})[0].startswith(f"unknown_field: seen a text of {len(number)} characters; ")


@pytest.mark.parametrize("text", ["111222334", "10000009", "1112223330", "7 2018-04-12 x", "2018-13"])
def test_other_digits_are_repeated(text):
    assert told(RECORD | {"observation_id": text})[0].startswith(f'bad_format at observation_id: seen "{text}"; ')


def test_no_day_is_taken_for_a_citizen_number():
    days = [f"2018-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    assert [day for day in days if shown(day) != f'"{day}"'] == []


def test_a_value_that_might_be_a_citizen_number_is_a_number_and_no_more():
    record = Observation(**RECORD | {"groups": (), "value": 111222333.0})
    reasons = [str(each) for each in Admission(PLAN).observation(record, arrived_ms=None)]
    assert "seen a number; allowed" in "".join(reasons)
    assert "111222333" not in "".join(reasons)


@pytest.mark.parametrize(
    ("indicator", "unit", "found"),
    [
        ("work", "5d41402abc4b2a76", "work"),
        ("Jan de Boer", "5d41402abc4b2a76", "Jan de Boer"),
        ("Jan de Boer", "Jan de Boer", None),
        ("work of Jan de Boer", "Jan de Boer", None),
        ("nr 123456789", 123456789, None),
        ("work of Jan de Boer", ["Jan de Boer"], None),
        ("work of Jan de Boer", {"name": "Jan de Boer"}, None),
        ("Jan", "Jan", None),
        ("January", "Jan", "January"),
        ("5d41402abc4b2a76", "Jan", None),
        ("111222333", "Jan", None),
    ],
)
def test_an_indicator_stands_in_clear_only_where_it_tells_of_nobody(indicator, unit, found):
    fields = {"indicator": indicator, "unit": unit}
    written = json.dumps(fields)
    assert indicator_of(written.encode()) == found
    assert indicator_of(json.dumps({"enrolment": [fields]}).encode()) == found
    assert isinstance(unit, list | dict) or indicator_of(written.removesuffix("}").encode()) == found
    assert indicator_of(written.replace('"unit"', '"un\\u0069t": "x", "unit"').encode()) == found


def test_an_indicator_that_repeats_an_escaped_or_repeated_unit_is_not_told():
    assert indicator_of(b'{"indicator": "Jan de Boer", "unit": "J\\u0061n de Boer"}') is None
    assert indicator_of(b'{"indicator": "Jan de Boer", "unit": "Jan de Boer", "unit": "x"}') is None
    assert indicator_of(b'{"indicator": "work", "indicator": "debts"}') is None


@pytest.mark.parametrize("word", [" are", "the", "seen", "text", "area", "a text", "expected", " of the"])
def test_a_unit_that_is_one_of_our_own_words_changes_none_of_them(word):
    """Otherwise the gap in a sentence that everybody knows would say what the unit is."""
    fields = {"unit": word, "period": "never", "arm": 3}
    with pytest.raises(ContractError) as caught:
        decode(json.dumps(fields).encode())
    with pytest.raises(ContractError) as other:
        decode(json.dumps(fields | {"unit": "x" * len(word)}).encode())
    assert caught.value.reasons == other.value.reasons


@pytest.mark.parametrize("written", ['x" Jan de Boer "y', 'Jan de Boer"', '"Jan de Boer', 'a "b" Jan de Boer "c" d'])
def test_quotation_marks_in_a_text_do_not_open_it(written):
    reasons = told(RECORD | {"unit": "Jan de Boer", "period": written})
    assert "Boer" not in "".join(reasons)


@pytest.mark.parametrize(("unit", "value"), [(777123.5, 777123.5), ("-777123.5", -777123.5)])
def test_a_number_that_repeats_the_unit_is_a_number_and_no_more(unit, value):
    shaped = CONTRACT.replace(
        "      - name: value\n        businessName: Value\n        logicalType: number\n",
        "      - name: value\n        businessName: Value\n        logicalType: number\n"
        "        logicalTypeOptions: {minimum: 0, maximum: 1}\n",
    )
    reasons = told(RECORD | {"unit": unit, "value": value}, shaped)
    assert any("out_of_range at value: seen a number; " in each for each in reasons)
    assert "777123" not in "".join(reasons)
