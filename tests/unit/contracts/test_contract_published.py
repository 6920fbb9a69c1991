"""What is generated from a contract says what it says: JSON Schema, AsyncAPI, and the contract of one policy."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from contracts.admission import Admission
from contracts.asyncapi import asyncapi
from contracts.compatibility import changes
from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.events import OBSERVATIONS
from contracts.example_record import example_of
from contracts.json_schema import DIALECT, json_schema
from contracts.odcs import NAMES, load_contract
from contracts.plan import Text
from contracts.plan_contract import contract_of
from contracts.plan_reader import read_plan
from contracts.records import Enrolment

ROOT = Path(__file__).parents[3]
PLANS = {path.parent.name: read_plan(path.read_text(encoding="utf-8")) for path in ROOT.glob("examples/*/plan.yaml")}
OBSERVATION = load_contract("observation")


def validator(contract):
    schema = json_schema(contract)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def is_kept(value):
    try:
        decode(value)
    except ContractError:
        return False
    return True


# JSON Schema


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_one_of_2020_12_and_takes_every_example(name):
    schema = validator(load_contract(name))
    assert schema.schema["$schema"] == DIALECT
    lines = (ROOT / "contracts" / "examples" / f"{name}.ndjson").read_bytes().splitlines()
    assert [error.message for line in lines for error in schema.iter_errors(json.loads(line))] == []
    assert schema.is_valid(example_of(load_contract(name)))


CLEAN = json.loads((ROOT / "contracts" / "examples" / "observation.ndjson").read_bytes().splitlines()[0])


@pytest.mark.parametrize(
    ("other", "path"),
    [
        ({"value": None}, ["value"]),
        ({"value": True}, ["value"]),
        ({"value": "1"}, ["value"]),
        ({"unit": "Jan de Vries"}, ["unit"]),
        ({"unit": "5D41402ABC4B2A76"}, ["unit"]),
        ({"period": "2018-4"}, ["period"]),
        ({"observed_at": "2018-04-12T10:00:00"}, ["observed_at"]),
        ({"groups": ["a", "a"]}, ["groups"]),
        ({"groups": "a"}, ["groups"]),
        ({"region": ""}, ["region"]),
        ({"region": "x" * 65}, ["region"]),
        ({"cohort": 2017}, ["cohort"]),
        ({"name": "Jan"}, []),
    ],
)
def test_the_schema_points_at_what_the_contract_refuses(other, path):
    record = CLEAN | other
    assert not is_kept(json.dumps(record).encode())
    errors = list(validator(OBSERVATION).iter_errors(record))
    assert [list(each.path) for each in errors] == [path]


def test_a_required_field_that_is_missing_is_refused_and_an_optional_one_is_not():
    without = {key: value for key, value in CLEAN.items() if key != "region"}
    (error,) = validator(OBSERVATION).iter_errors(without)
    assert error.message == "'region' is a required property"
    assert validator(OBSERVATION).is_valid({key: value for key, value in CLEAN.items() if key != "cohort"})


# The contract of one policy


@pytest.fixture(params=PLANS)
def plan(request):
    return PLANS[request.param]


def admitted(plan, record):
    kept = decode(json.dumps(record).encode())
    admission = Admission(plan)
    check = admission.enrolment if isinstance(kept, Enrolment) else admission.observation
    return check(kept, arrived_ms=None)


@pytest.mark.parametrize("name", ["observation", "enrolment"])
def test_the_example_of_a_policy_fits_its_plan_and_its_schema(plan, name):
    contract = contract_of(plan, load_contract(name))
    example = example_of(contract)
    assert admitted(plan, example) == ()
    assert [each.message for each in validator(contract).iter_errors(example)] == []


def test_the_observations_of_the_examples_fit_the_schema_of_their_policy():
    for name in ("resume", "nsw"):
        schema = validator(contract_of(PLANS[name], OBSERVATION))
        lines = (ROOT / "examples" / name / "observations.ndjson").read_bytes().splitlines()[:300]
        records = [json.loads(line) for line in lines]
        observations = [each for each in records if "indicator" in each]
        assert observations
        assert [each.message for record in observations for each in schema.iter_errors(record)] == []


TRUST = PLANS["trust_trial"]
FITTING = example_of(contract_of(TRUST, OBSERVATION))


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"indicator": "part_time_job"}, "unknown_indicator"),
        ({"region": "GM9999"}, "unknown_region"),
        ({"arm": "placebo"}, "unknown_arm"),
        ({"arm": None}, "missing_arm"),
        ({"cohort": None}, "missing_cohort"),
        ({"groups": ["rich"]}, "unknown_group"),
        ({"period": "2018"}, "period_too_coarse"),
        ({"value": 0.5}, "not_binary"),
        ({"value": 2}, "not_binary"),
    ],
)
def test_the_schema_of_a_policy_refuses_what_its_plan_refuses(other, code):
    record = FITTING | other
    assert [each.code for each in admitted(TRUST, record)] == [code]
    assert not validator(contract_of(TRUST, OBSERVATION)).is_valid(record)


def test_a_range_holds_for_its_own_indicator():
    earnings = PLANS["nsw"]
    schema = validator(contract_of(earnings, OBSERVATION))
    example = example_of(contract_of(earnings, OBSERVATION))
    assert schema.is_valid(example | {"value": 100_000})
    assert schema.is_valid(example | {"value": 12_345.67})
    assert not schema.is_valid(example | {"value": 100_000.01})
    assert [each.code for each in admitted(earnings, example | {"value": 100_000.01})] == ["out_of_range"]


def test_a_policy_without_arms_has_none_and_asks_for_none():
    schema = validator(contract_of(PLANS["resume"], OBSERVATION))
    example = example_of(contract_of(PLANS["resume"], OBSERVATION))
    assert "arm" not in example
    assert schema.is_valid(example | {"arm": None})
    assert schema.is_valid(example | {"arm": "none"})
    assert not schema.is_valid(example | {"arm": "treated"})


def test_a_rule_that_no_record_of_the_policy_can_break_is_left_out():
    codes = {each.code for each in contract_of(PLANS["resume"], OBSERVATION).schema.rules}
    assert {"not_binary", "unknown_group"} <= codes
    assert not codes & {"missing_arm", "missing_cohort", "missing_cluster", "before_maturity", "out_of_range"}


def test_a_policy_shows_no_smaller_cells_than_its_plan_says():
    assert contract_of(TRUST, OBSERVATION).schema.small_cell_threshold == TRUST.disclosure.minimum_cell


def test_a_turned_direction_in_a_plan_is_a_major_change_of_its_contract():
    first, *rest = TRUST.indicators
    turned = replace(TRUST, indicators=(replace(first, direction="lower_is_better"), *rest))
    (found,) = changes(*(contract_of(each, OBSERVATION) for each in (TRUST, turned)))
    assert found.place == "indicator.enum.part_time_work.direction"
    assert str(found.step) == "major"


def test_another_label_in_a_plan_is_a_major_change():
    first, *rest = TRUST.indicators
    renamed = replace(TRUST, indicators=(replace(first, label=Text("werk", "work")), *rest))
    (found,) = changes(*(contract_of(each, OBSERVATION) for each in (TRUST, renamed)))
    assert str(found.step) == "major"


# AsyncAPI


@pytest.fixture(params=["every policy", "one policy"])
def document(request):
    contracts = [load_contract(name) for name in ("observation", "enrolment")]
    if request.param == "one policy":
        contracts = [contract_of(TRUST, each) for each in contracts]
    return asyncapi(contracts, {each.name: [example_of(each)] for each in contracts})


def resolved(document, reference):
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_reference_leads_somewhere(document):
    found = list(references(document))
    assert len(found) == 7
    assert all(resolved(document, each) for each in found)


def test_an_operation_receives_messages_of_its_own_channel_only(document):
    for operation in document["operations"].values():
        assert operation["action"] == "receive"
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")
            assert "$ref" in resolved(document, message["$ref"])


def test_the_channel_is_the_topic_on_kafka(document):
    (channel,) = document["channels"].values()
    assert channel["address"] == OBSERVATIONS == channel["bindings"]["kafka"]["topic"]
    assert channel["bindings"]["kafka"]["partitions"] == 8
    assert resolved(document, channel["servers"][0]["$ref"])["protocol"] == "kafka"


def test_every_variable_of_a_server_is_used_in_its_address(document):
    for server in document["servers"].values():
        assert server["host"] == "".join(f"{{{name}}}" for name in server["variables"])


def test_payloads_are_schemas_of_draft_7_that_take_their_examples(document):
    for message in document["components"]["messages"].values():
        assert message["payload"]["schemaFormat"] == "application/schema+json;version=draft-07"
        schema = message["payload"]["schema"]
        assert not any(key.startswith("$") for key in schema)
        jsonschema.Draft7Validator.check_schema(schema)
        for example in message["examples"]:
            assert jsonschema.Draft7Validator(schema).is_valid(example["payload"])


def test_only_what_version_3_knows_stands_at_the_top(document):
    assert document["asyncapi"] == "3.0.0"
    known = {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"}
    assert document.keys() <= known
    assert {"title", "version"} <= document["info"].keys()
