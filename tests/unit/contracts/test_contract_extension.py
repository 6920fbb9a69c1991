"""Extensions add fields and never weaken a contract; what they add is checked and stays out of the fold."""

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest
import yaml

from contracts import additions
from contracts.additions import AddedShortcut, extended_observation
from contracts.code_lists import code_lists, read_code_list
from contracts.decoder import decode
from contracts.errors import ContractError, PlanError
from contracts.odcs import EXTENSIONS, contract_text, load_contract, load_extension, read_contract
from contracts.odcs_extension import extended
from contracts.period import parse_period
from contracts.records import Observation

EXAMPLES = files("contracts").joinpath("examples", "observation_region.ndjson").read_bytes().splitlines()
FULL, OTHER = (json.loads(line) for line in EXAMPLES)


def encoded(**changes):
    return json.dumps(FULL | changes).encode()


def reasons(**changes):
    with pytest.raises(ContractError) as caught:
        decode(encoded(**changes))
    return [(each.code, each.place) for each in caught.value.reasons]


# What is added


@pytest.mark.parametrize("line", EXAMPLES)
def test_a_record_with_added_fields_becomes_the_record_without_them(line):
    without = {key: value for key, value in json.loads(line).items() if key in Observation.__struct_fields__}
    record = decode(line)
    assert type(record) is Observation
    assert record == decode(json.dumps(without).encode())


@pytest.mark.parametrize("line", EXAMPLES)
def test_a_clean_record_with_added_fields_takes_the_shortcut(line):
    assert AddedShortcut(extended_observation())(line) == decode(line)


def test_the_thorough_reading_gives_the_same_record_as_the_shortcut():
    escaped = EXAMPLES[0].replace(b"trust-trial", b"\\u0074rust-trial")
    assert decode(escaped) == decode(EXAMPLES[0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"neighbourhood": "BU0344"}, [("bad_format", "neighbourhood")]),
        ({"neighbourhood": 3440000}, [("wrong_type", "neighbourhood")]),
        ({"home_municipality": "GM9999"}, [("unknown_code", "home_municipality")]),
        ({"home_municipality": "GM1992"}, [("code_not_in_force", "home_municipality")]),
        ({"home_municipality": "GM0457", "period": "2022-04-01"}, [("code_not_in_force", "home_municipality")]),
        ({"home_municipality": "GM0457", "period": "soon"}, [("bad_format", "period")]),
        ({"street": "Kerkstraat"}, [("unknown_field", "street")]),
    ],
)
def test_an_added_field_is_checked_like_any_other(changes, expected):
    assert reasons(**changes) == expected


def test_a_duplicate_of_an_added_key_is_found():
    with pytest.raises(ContractError) as caught:
        decode(EXAMPLES[0].replace(b'"neighbourhood"', b'"neighbourhood":"BU01500000","neighbourhood"'))
    assert [(each.code, each.place) for each in caught.value.reasons] == [("duplicate_key", "neighbourhood")]


# Never weaken

DOCUMENT = yaml.safe_load(contract_text("observation_region"))


def changed(change):
    document = yaml.safe_load(contract_text("observation_region"))
    change(document)
    return yaml.safe_dump(document, sort_keys=False)


def refused(change):
    with pytest.raises(PlanError) as caught:
        extended(load_contract("observation"), read_contract(changed(change)))
    return str(caught.value)


def set_schema(name, value):
    return lambda document: document["schema"][0]["customProperties"].append(
        {"property": name, "vendor": "leerlus", "value": value}
    )


def set_field(**keys):
    return lambda document: document["schema"][0]["properties"][0].update(keys)


def replace_schema(name, value):
    def change(document):
        for each in document["schema"][0]["customProperties"]:
            if each["property"] == name:
                each["value"] = value

    return change


WEAKENINGS = {
    "a_required_field": (set_field(required=True), "must be optional"),
    "a_field_of_the_contract": (set_field(name="region"), "a field of observation already"),
    "the_key": (set_field(partitioned=True), "cannot be the key"),
    "a_smaller_threshold": (set_schema("smallCellThreshold", 5), "smallCellThreshold: found 5"),
    "another_event_time": (
        set_schema("eventTime", {"property": "neighbourhood", "allowedLateness": "none"}),
        "eventTime",
    ),
    "another_policy_for_unknown_fields": (replace_schema("compatibility", "every_field_is_major"), "compatibility"),
    "flagging_instead_of_quarantine": (replace_schema("action", "flag"), "allowed are `quarantine`"),
    "a_measured_value": (set_field(logicalType="number", logicalTypeOptions={}), "an extension adds codes"),
    "a_rule_of_the_contract": (
        lambda document: document["schema"][0]["quality"][0].update(name="too_late"),
        "allowed are `unknown_code`, `code_not_in_force`",
    ),
    "another_version": (
        lambda document: document["customProperties"][0]["value"].update(version="0.9.0"),
        "extends observation 0.9.0, where observation 1.0.0 is in force",
    ),
    "another_topic": (lambda document: document["schema"][0].update(physicalName="other"), "physicalName"),
}


@pytest.mark.parametrize(("change", "said"), WEAKENINGS.values(), ids=WEAKENINGS)
def test_an_extension_may_not_weaken(change, said):
    assert said in refused(change)


def test_two_extensions_may_not_add_the_same_field():
    base, extension = load_contract("observation"), load_extension("observation_region")
    with pytest.raises(PlanError, match="`neighbourhood` is a field of observation already"):
        extended(extended(base, extension), extension)


def test_a_contract_that_must_announce_every_field_cannot_be_extended():
    base = load_contract("observation")
    closed = replace(base, schema=replace(base.schema, compatibility="every_field_is_major"))
    with pytest.raises(PlanError, match="readers of this contract must be told"):
        extended(closed, load_extension("observation_region"))


@pytest.mark.parametrize("name", EXTENSIONS)
def test_the_extensions_in_force_fit_their_contract(name):
    extension = load_extension(name)
    assert extended(load_contract(extension.extends.contract), extension)


# Code lists


@pytest.fixture(scope="module")
def municipalities():
    return code_lists()["nl-municipalities", "2023-01-01"]


@pytest.mark.parametrize(
    ("code", "period", "expected"),
    [
        ("GM0457", "2022-03-23", None),
        ("GM0457", "2022-03-24", "code_not_in_force"),
        ("GM0457", "2022-03", None),
        ("GM0457", "2022", None),
        ("GM0457", "2022-Q2", "code_not_in_force"),
        ("GM1992", "2022-12-31", "code_not_in_force"),
        ("GM1992", "2023-01-01", None),
        ("GM0363", "1990", None),
        ("GM0000", "2022", "unknown_code"),
    ],
)
def test_a_code_is_in_force_on_a_day_of_the_period_or_refused(municipalities, code, period, expected):
    reason = municipalities.reason(code, parse_period(period), place="region")
    assert (reason and reason.code) == expected


def test_a_refusal_says_what_took_the_place_of_a_code(municipalities):
    reason = municipalities.reason("GM0457", parse_period("2023"), place="region")
    assert reason.message == "seen GM0457 (Weesp) for 2023; it is in force until 2022-03-23, then GM0363"


def test_a_merger_leaves_no_day_without_a_municipality(municipalities):
    for code in municipalities.codes.values():
        for successor in code.into:
            first = municipalities.codes[successor].valid_from
            assert first is None or first.toordinal() == code.valid_to.toordinal() + 1


def test_every_list_stands_in_a_file_of_its_name_and_digest():
    names = {each.name for each in files("contracts").joinpath("codelists").iterdir()}
    assert names == {"sha256sums", *(f"{name}-{version}.yaml" for name, version in code_lists())}


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ("- {code: A, name: a, validFrom: 2020-01-02, validTo: 2020-01-01}", "lies before the first"),
        ("- {code: A, name: a}\n- {code: A, name: b}", "twice"),
        ("- {code: A, name: a, validTo: 2020-01-01, into: [B]}", "`B` is not in the list"),
        ("- {code: A, name: a, into: [A]}", "the last day"),
        ("- {code: A, name: a, since: 2020-01-01}", "unknown"),
        ("- {code: A, name: a, validTo: 2020-02-30}", "day"),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused(codes, said):
    head = "codelist: leerlus/v1\nid: a\nversion: 2020-01-01\ntitle: a\nsource: s\nlicence: l\ncodes:\n"
    with pytest.raises(PlanError, match=said):
        read_code_list(head + codes)


def test_a_contract_written_for_another_list_is_refused():
    def change(document):
        document["schema"][0]["properties"][0]["customProperties"][1]["value"]["sha256"] = "0" * 64

    extension = read_contract(changed(change))
    with pytest.raises(PlanError, match="has the digest"):
        additions.list_faults(extension.schema, {}).__next__()


def test_days_of_a_list_are_days():
    assert code_lists()["nl-municipalities", "2023-01-01"].codes["GM0457"].valid_to == date(2022, 3, 23)
