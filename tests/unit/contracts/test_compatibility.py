"""What a new version of a contract changes, and the version step that each change demands of senders and readers."""

import copy
import json
from dataclasses import replace
from functools import cache

import pytest
import yaml

from contracts.compatibility import changes, demanded, wrong_step
from contracts.compatibility_step import Step, next_version, step_between
from contracts.errors import PlanError
from contracts.odcs import contract_text, load_contract, read_contract
from contracts.odcs_model import EventTime, Pseudonymisation

NONE, PATCH, MINOR, MAJOR = Step
OBSERVATION = yaml.safe_load(contract_text("observation"))


def custom(name, value):
    return {"property": name, "vendor": "leerlus", "value": value}


def documents(change):
    """The contract `observation`, and what `change` makes of it; what both hold beyond it is added first."""
    old = copy.deepcopy(OBSERVATION)
    enrich(old)
    new = copy.deepcopy(old)
    change(new)
    return old, new


def enrich(document):
    """Give `value` a unit and `region` and `arm` what only some contracts have."""
    field(document, "value")["customProperties"] += [
        custom("direction", "higher_is_better"),
        custom("unit", {"nl": "kilo", "en": "kilogram"}),
        custom("ucumCode", "kg"),
        custom("aggregation", "mean"),
    ]
    field(document, "value")["logicalTypeOptions"] = {"minimum": 0, "maximum": 100}
    code_list = {"id": "nl-municipalities", "version": "2023-01-01", "sha256": "0" * 64}
    field(document, "region")["customProperties"].append(custom("codeList", code_list))
    field(document, "arm")["enum"] = [code("exemption"), code("none")]


def code(value):
    return {"value": value, "label": value, "customProperties": [custom("nl", value)]}


def field(document, name):
    return next(each for each in document["schema"][0]["properties"] if each["name"] == name)


def set_field(name, /, **keys):
    return lambda document: field(document, name).update(keys)


def set_custom(where, name, value):
    """Set a custom property of a field, or of the record where `where` is None."""

    def change(document):
        place = document["schema"][0] if where is None else field(document, where)
        next(each for each in place["customProperties"] if each["property"] == name)["value"] = value

    return change


def drop_custom(where, name):
    def change(document):
        customs = field(document, where)["customProperties"]
        customs[:] = [each for each in customs if each["property"] != name]

    return change


def option(name, /, **options):
    return lambda document: field(document, name)["logicalTypeOptions"].update(options)


def add_field(document, *, required=False):
    added = copy.deepcopy(field(document, "cohort"))
    added |= {"name": "wave", "businessName": "Wave", "description": "Which wave.", "required": required}
    document["schema"][0]["properties"].append(added)


@cache
def read(text):
    return read_contract(text)


@cache
def versions(change):
    """The contract before and after a change."""
    old, new = documents(change)
    return read(json.dumps(old)), read(json.dumps(new))


def compared(change):
    return changes(*versions(change))


CASES = {
    # what other tools pass over
    "direction_flipped": (set_custom("value", "direction", "lower_is_better"), "value.direction", MAJOR, MAJOR),
    "unit_changed": (set_custom("value", "unit", {"nl": "gram", "en": "gram"}), "value.unit", MAJOR, MAJOR),
    "ucum_changed": (set_custom("value", "ucumCode", "g"), "value.ucum", MAJOR, MAJOR),
    "newer_code_list": (
        set_custom("region", "codeList", {"id": "nl-municipalities", "version": "2026-01-01", "sha256": "1" * 64}),
        "region.codeList",
        MAJOR,
        MAJOR,
    ),
    "smaller_threshold": (set_custom(None, "smallCellThreshold", 5), "smallCellThreshold", MAJOR, MAJOR),
    "lowered_classification": (set_field("unit", classification="internal"), "unit.classification", MAJOR, MINOR),
    "raised_classification": (set_field("value", classification="restricted"), "value.classification", MINOR, MAJOR),
    "unknown_fields": (set_custom(None, "compatibility", "every_field_is_major"), "compatibility", MAJOR, MAJOR),
    "another_event_time": (
        set_custom(None, "eventTime", {"property": "observed_at", "allowedLateness": "plan"}),
        "eventTime",
        MAJOR,
        MAJOR,
    ),
    "another_lateness": (
        set_custom(None, "eventTime", {"property": "period", "allowedLateness": "none"}),
        "eventTime",
        MAJOR,
        MAJOR,
    ),
    "no_pseudonym_any_more": (drop_custom("unit", "pseudonymisation"), "unit.pseudonymisation", MAJOR, MAJOR),
    "another_aggregation": (set_custom("value", "aggregation", "sum"), "value.aggregation", MAJOR, MAJOR),
    "another_role": (set_field("cohort", semanticType="column"), "cohort.semanticType", MAJOR, MAJOR),
    "another_purpose": (lambda d: d["description"].update(purpose="Sells."), "description.purpose", MAJOR, MAJOR),
    # the form of a record
    "optional_field": (add_field, "wave", MINOR, MINOR),
    "required_field": (lambda document: add_field(document, required=True), "wave", MAJOR, MINOR),
    "field_removed": (lambda d: d["schema"][0]["properties"].remove(field(d, "cluster")), "cluster", MAJOR, MAJOR),
    "field_renamed": (set_field("cluster", name="klas"), "cluster", MAJOR, MAJOR),
    "made_required": (set_field("cohort", required=True), "cohort.required", MAJOR, MINOR),
    "made_optional": (set_field("region", required=False), "region.required", MINOR, MAJOR),
    "always_present": (
        lambda document: field(document, "cohort")["customProperties"].append(custom("presence", "always")),
        "cohort.presence",
        MAJOR,
        MINOR,
    ),
    "another_pattern": (option("unit", pattern="^[0-9a-f]{32}$"), "unit.pattern", MAJOR, MAJOR),
    "shorter": (option("region", maxLength=32), "region.maxLength", MAJOR, MINOR),
    "longer": (option("region", maxLength=128), "region.maxLength", MINOR, MAJOR),
    "higher_minimum": (option("value", minimum=1), "value.minimum", MAJOR, MINOR),
    "lower_minimum": (option("value", minimum=-1), "value.minimum", MINOR, MAJOR),
    "higher_maximum": (option("value", maximum=200), "value.maximum", MINOR, MAJOR),
    "no_maximum": (lambda d: field(d, "value")["logicalTypeOptions"].pop("maximum"), "value.maximum", MINOR, MAJOR),
    "fewer_items": (option("groups", maxItems=10), "groups.maxLength", MAJOR, MINOR),
    "items_may_repeat": (option("groups", uniqueItems=False), "groups.uniqueItems", MINOR, MAJOR),
    "longer_items": (
        lambda document: field(document, "groups")["items"]["logicalTypeOptions"].update(maxLength=80),
        "groups.items.maxLength",
        MINOR,
        MAJOR,
    ),
    "whole_numbers": (set_field("value", logicalType="integer"), "value.logicalType", MAJOR, MINOR),
    "another_type": (
        set_field("cohort", logicalType="number", logicalTypeOptions={}),
        "cohort.logicalType",
        MAJOR,
        MAJOR,
    ),
    "code_added": (lambda d: field(d, "arm")["enum"].append(code("guidance")), "arm.enum", MINOR, MAJOR),
    "code_removed": (lambda d: field(d, "arm")["enum"].pop(), "arm.enum", MAJOR, MINOR),
    "any_code": (lambda d: field(d, "arm").pop("enum"), "arm.enum", MINOR, MAJOR),
    "another_key": (
        lambda d: (field(d, "policy").update(partitioned=False), field(d, "region").update(partitioned=True)),
        "policy.partitioned",
        MAJOR,
        MAJOR,
    ),
    "rule_dropped": (lambda d: d["schema"][0]["quality"].pop(0), "quality.unknown_policy", MINOR, MAJOR),
    "another_topic": (lambda d: d["schema"][0].update(physicalName="other"), "topic", MAJOR, MAJOR),
    # words that say what the data are
    "another_name_of_a_code": (
        lambda document: field(document, "arm")["enum"][0].update(label="Exempt"),
        "arm.enum.exemption.label",
        MAJOR,
        MAJOR,
    ),
    "swapped_names_of_codes": (
        lambda d: [each.update(label=name) for each, name in zip(field(d, "arm")["enum"], "ba", strict=True)],
        "arm.enum.none.label",
        MAJOR,
        MAJOR,
    ),
    "another_granularity": (
        lambda d: d["schema"][0].update(dataGranularityDescription="One household."),
        "schema.dataGranularityDescription",
        MAJOR,
        MAJOR,
    ),
    "another_rule_in_words": (
        lambda d: d["schema"][0]["quality"][0].update(description="The opposite."),
        "quality.unknown_policy.description",
        MAJOR,
        MAJOR,
    ),
    "another_physical_type": (set_field("region", physicalType="bytes"), "region.physicalType", MAJOR, MAJOR),
    "another_physical_type_of_items": (
        lambda document: field(document, "groups")["items"].update(physicalType="bytes"),
        "groups.items.physicalType",
        MAJOR,
        MAJOR,
    ),
    "another_record_name": (lambda d: d["schema"][0].update(name="visit"), "schema.name", MAJOR, MAJOR),
    # words about them
    "another_description": (set_field("value", description="What was seen."), "value.description", PATCH, PATCH),
    "another_domain": (lambda document: document.update(domain="other"), "domain", PATCH, PATCH),
    "other_tags": (lambda document: document.update(tags=["other"]), "tags", PATCH, PATCH),
    "another_side_of_quality": (
        lambda d: d["schema"][0]["quality"][0].update(dimension="timeliness"),
        "quality.unknown_policy.dimension",
        PATCH,
        PATCH,
    ),
    "other_limitations": (
        lambda document: document["description"].update(limitations="None."),
        "description.limitations",
        PATCH,
        PATCH,
    ),
    "deprecated": (lambda document: document.update(status="deprecated"), "status", MINOR, MINOR),
    "retired": (lambda document: document.update(status="retired"), "status", MAJOR, MAJOR),
}


@pytest.mark.parametrize(("change", "place", "producers", "consumers"), CASES.values(), ids=CASES)
def test_every_change_demands_its_step(change, place, producers, consumers):
    found = next(each for each in compared(change) if each.place == place)
    assert (found.producers, found.consumers) == (producers, consumers)


@pytest.mark.parametrize(("change", "step"), [(case[0], max(case[2:])) for case in CASES.values()], ids=CASES)
def test_a_version_that_goes_up_by_less_is_refused_and_by_as_much_accepted(change, step):
    old, new = versions(change)
    for taken in range(step):
        said = wrong_step(old, replace(new, version=next_version("1.0.0", Step(taken))))
        assert said is not None
        assert f"version {next_version('1.0.0', step)} follows 1.0.0" in said
    assert wrong_step(old, replace(new, version=next_version("1.0.0", step))) is None


def test_what_did_not_change_demands_nothing():
    assert compared(lambda _: None) == ()
    assert demanded(()) is NONE


def test_the_order_of_fields_means_nothing():
    assert compared(lambda document: document["schema"][0]["properties"].reverse()) == ()


def test_a_rule_that_is_added_refuses_what_was_accepted():
    old = load_contract("observation")
    fewer = replace(old, schema=replace(old.schema, rules=old.schema.rules[1:]))
    (found,) = changes(fewer, old)
    assert (found.place, found.producers, found.consumers) == ("quality.unknown_policy", MAJOR, MINOR)


@pytest.mark.parametrize("action", ["flag", "stop"])
def test_another_action_of_a_rule_is_a_major_change(action):
    old = load_contract("observation")
    first, *rest = old.schema.rules
    new = replace(old, schema=replace(old.schema, rules=(replace(first, action=action), *rest)))
    (found,) = changes(old, new)
    assert (found.place, found.step) == ("quality.unknown_policy.action", MAJOR)


def test_the_way_a_pseudonym_is_made_is_part_of_the_agreement():
    old = load_contract("observation")
    fewer = Pseudonymisation("keyed_hash", "sender", ("name",))
    properties = tuple(
        replace(each, pseudonymisation=fewer) if each.pseudonymisation else each for each in old.schema.properties
    )
    (found,) = changes(old, replace(old, schema=replace(old.schema, properties=properties)))
    assert (found.place, found.step) == ("unit.pseudonymisation", MAJOR)


def test_losing_the_event_time_is_a_major_change():
    old = load_contract("observation")
    assert old.schema.event_time == EventTime("period", "plan")
    (found,) = changes(old, replace(old, schema=replace(old.schema, event_time=None)))
    assert (found.place, found.step) == ("eventTime", MAJOR)


def test_a_field_is_a_major_change_where_readers_must_be_told():
    def change(document):
        set_custom(None, "compatibility", "every_field_is_major")(document)
        add_field(document)

    found = {each.place: each for each in compared(change)}
    assert (found["wave"].producers, found["wave"].consumers) == (MINOR, MAJOR)


def test_of_changed_words_it_is_said_that_a_typo_looks_the_same():
    (found,) = compared(CASES["another_purpose"][0])
    assert "a typo cannot be told from it" in found.message


def test_two_contracts_are_not_compared():
    with pytest.raises(PlanError, match="another contract"):
        changes(load_contract("observation"), load_contract("enrolment"))


def test_what_demands_most_stands_first():
    def change(document):
        document["description"]["usage"] = "Other."
        add_field(document)
        set_custom("value", "direction", "lower_is_better")(document)

    assert [each.step for each in compared(change)] == [MAJOR, MINOR, PATCH]


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [("1.0.0", "1.0.0", NONE), ("1.0.0", "1.0.1", PATCH), ("1.4.2", "1.5.0", MINOR), ("1.9.9", "2.0.0", MAJOR)],
)
def test_a_step_is_told_from_two_versions(old, new, step):
    assert step_between(old, new) is step
    assert next_version(old, step) == new


@pytest.mark.parametrize(
    ("old", "new"), [("1.1.0", "1.0.0"), ("1.0.3", "1.1.3"), ("1.2.0", "2.2.0"), ("10.0.0", "9.0.0")]
)
def test_a_version_that_does_not_follow_is_refused(old, new):
    with pytest.raises(ValueError, match=f"{new}"):
        step_between(old, new)
