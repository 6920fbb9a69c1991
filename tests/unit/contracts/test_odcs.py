"""The contract files: standard, complete, read strictly, and each with examples that keep it."""

import copy
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from contracts import odcs
from contracts.codes import LOG_CODES, PLAN_CODES
from contracts.decoder import _KINDS, decode
from contracts.errors import PlanError
from contracts.odcs import EXTENSIONS, NAMES, load_contract, read_contract
from contracts.patterns import body_of
from contracts.records import Observation
from contracts.shortcut import Shortcut
from contracts.values import faults

HERE = Path(odcs.__file__).parent
CONTRACTS = {name: (HERE / f"{name}.odcs.yaml").read_text(encoding="utf-8") for name in NAMES}
DOCUMENTS = {name: yaml.safe_load(text) for name, text in CONTRACTS.items()}


def problems_of(document):
    with pytest.raises(PlanError) as caught:
        read_contract(yaml.safe_dump(document, sort_keys=False))
    return caught.value.problems


# The registry


def test_every_contract_file_is_known_and_has_examples():
    known = (*NAMES, *EXTENSIONS)
    assert {each.name for each in HERE.glob("*.odcs.yaml")} == {f"{name}.odcs.yaml" for name in known}
    assert {each.name for each in (HERE / "examples").iterdir()} == {f"{name}.ndjson" for name in known}


@pytest.mark.parametrize("name", NAMES)
def test_every_example_keeps_its_contract(name):
    lines = (HERE / "examples" / f"{name}.ndjson").read_bytes().splitlines()
    assert lines
    assert {type(decode(line)) for line in lines} == {_KINDS[name]}


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_examples_that_fit(name):
    for field in load_contract(name).schema.properties:
        assert field.examples
        assert [fault for example in field.examples for fault in faults(field, example)] == []


def test_every_reason_that_a_plan_or_the_log_gives_is_a_rule_of_a_contract():
    rules = {rule.code for name in NAMES for rule in load_contract(name).schema.rules}
    assert rules == {*PLAN_CODES, *LOG_CODES}


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_describes_the_struct_that_its_records_become(name):
    names = [each.name for each in load_contract(name).schema.properties]
    assert sorted(names) == sorted(_KINDS[name].__struct_fields__)


def test_only_pseudonyms_stand_for_people():
    marked = {
        (name, each.name) for name in NAMES for each in load_contract(name).schema.properties if each.pseudonymisation
    }
    assert marked == {("observation", "unit"), ("enrolment", "unit")}


# The standard


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_keeps_the_schema_of_the_standard(name):
    jsonschema = pytest.importorskip("jsonschema")
    schema = yaml.safe_load(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))
    errors = jsonschema.Draft201909Validator(schema).iter_errors(DOCUMENTS[name])
    assert [f"{each.json_path}: {each.message}" for each in errors] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_models_of_the_standard_lose_nothing_of_a_contract(name):
    model = OpenDataContractStandard(**DOCUMENTS[name])
    assert model.model_dump(exclude_unset=True, by_alias=True) == DOCUMENTS[name]


# Strictness


def mappings(value, path=()):
    """The paths of all mappings in a document whose keys have a meaning; examples may hold anything."""
    if isinstance(value, dict):
        yield path
        for key, each in value.items():
            if key != "examples":
                yield from mappings(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from mappings(each, (*path, index))


def at(document, path):
    for step in path:
        document = document[step]
    return document


@pytest.mark.parametrize("path", list(mappings(DOCUMENTS["plan_registered"])), ids=str)
def test_an_unknown_key_is_refused_wherever_it_stands(path):
    document = copy.deepcopy(DOCUMENTS["plan_registered"])
    at(document, path)["surprise"] = True
    problem = next(each for each in problems_of(document) if each.place.endswith("surprise"))
    assert "unknown" in problem.message
    assert problem.line is not None


FIELD = ("schema", 0, "properties", 0)
CHANGES = {
    "an_older_standard": (("apiVersion",), "v3.1.0", "v3.2.0"),
    "another_contract": (("name",), "observations", "observation"),
    "a_version_in_words": (("version",), "first", "1.0.0"),
    "another_encoding": (("servers", 0, "encoding"), "utf-16", "utf-8"),
    "a_misspelt_requirement": ((*FIELD, "requiredd"), True, "did you mean `required`"),
    "uniqueness": ((*FIELD, "unique"), True, "unknown"),
    "a_type_without_meaning": ((*FIELD, "logicalType"), "vector", "timestamp"),
    "a_format_without_meaning": ((*FIELD, "logicalTypeOptions"), {"format": "email"}, "uuid"),
    "a_pattern_that_python_reads_otherwise": ((*FIELD, "logicalTypeOptions"), {"pattern": r"^\d+$"}, "backslash"),
    "a_pattern_without_end": ((*FIELD, "logicalTypeOptions"), {"pattern": "^[0-9]"}, "begin with ^ and end with $"),
    "an_option_of_another_type": ((*FIELD, "logicalTypeOptions"), {"maximum": 3}, "maxLength"),
    "another_vendor": ((*FIELD, "customProperties", 0, "vendor"), "other", "leerlus"),
    "an_unknown_custom_property": ((*FIELD, "customProperties", 0, "property"), "colour", "unknown"),
    "a_direction_of_what_is_no_number": (
        (*FIELD, "customProperties"),
        [
            {"property": "nl", "vendor": "leerlus", "value": "Een id."},
            {"property": "direction", "vendor": "leerlus", "value": "higher_is_better"},
        ],
        "only a number",
    ),
    "another_action": (("schema", 0, "customProperties", 1, "value"), "stop", "quarantine"),
    "a_rule_that_nothing_checks": (("schema", 0, "quality", 0, "name"), "value_is_even", "unknown_indicator"),
    "a_rule_for_another_engine": (("schema", 0, "quality", 0, "type"), "library", "text"),
    "event_time_of_nothing": (("schema", 0, "customProperties", 3, "value", "property"), "when", "no property"),
    "a_second_key": (("schema", 0, "properties", 2, "partitioned"), True, "exactly one"),
    "naive_times": (("schema", 0, "properties", 11, "logicalTypeOptions", "timezone"), False, "offset"),
    "an_object_among_the_fields": (
        (*FIELD,),
        DOCUMENTS["plan_registered"]["schema"][0]["properties"][0],
        "envelope",
    ),
}


@pytest.mark.parametrize(("path", "value", "said"), CHANGES.values(), ids=CHANGES)
def test_what_is_not_understood_is_refused(path, value, said):
    document = copy.deepcopy(DOCUMENTS["observation"])
    at(document, path[:-1])[path[-1]] = value
    assert any(said in str(each) for each in problems_of(document))


def test_a_key_that_stands_twice_is_refused():
    with pytest.raises(PlanError, match="twice"):
        read_contract(CONTRACTS["observation"].replace("status: active", "status: active\nstatus: draft"))


def test_a_custom_property_that_stands_twice_is_refused():
    document = copy.deepcopy(DOCUMENTS["observation"])
    customs = at(document, (*FIELD, "customProperties"))
    customs.append(dict(customs[0]))
    assert any("twice" in each.message for each in problems_of(document))


def test_one_contract_describes_one_kind_of_record():
    document = copy.deepcopy(DOCUMENTS["observation"])
    document["schema"].append(copy.deepcopy(document["schema"][0]))
    assert any("expected one item" in each.message for each in problems_of(document))


def test_every_problem_is_told_at_once():
    document = copy.deepcopy(DOCUMENTS["observation"])
    del document["version"]
    document["status"] = "new"
    at(document, FIELD)["unique"] = True
    assert len(problems_of(document)) == 3


# The compiler


def test_a_contract_that_differs_from_its_struct_is_refused():
    schema = load_contract("enrolment").schema
    with pytest.raises(PlanError, match="differ about this field"):
        Shortcut(schema, Observation)


@pytest.mark.parametrize("options", [{"maxLength": 40}, {"format": "period"}])
def test_only_codes_may_have_what_one_expression_cannot_check(options):
    document = copy.deepcopy(DOCUMENTS["observation"])
    at(document, FIELD)["logicalTypeOptions"] = options
    schema = read_contract(yaml.safe_dump(document)).schema
    with pytest.raises(PlanError, match="observation_id"):
        Shortcut(schema, Observation)


@pytest.mark.parametrize(
    "pattern",
    ["[a-z]+", "^[a-z]+", "^a|b$", "^.$", r"^\w$", r"^[\d]$", "^(?i:a)$", "^(?=a)a$", "^a$a$", "^a^$", "^[a$", r"^a\$"],
)
def test_a_pattern_that_may_mean_two_things_is_refused(pattern):
    with pytest.raises(ValueError, match=r"pattern|anchor|bind|begin|end"):
        body_of(pattern)


def test_a_pattern_describes_the_whole_text():
    assert body_of("^(?:a|b[.$]{2}|\\u0041\\.)+$") == "(?:(?:a|b[.$]{2}|\\u0041\\.)+)"
