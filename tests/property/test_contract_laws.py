"""Laws of what is generated from contracts: a sender's own check is never stricter than the service."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
from hypothesis import event, given, settings
from hypothesis import strategies as st

from contracts.additions import extended_observation
from contracts.admission import Admission
from contracts.compatibility import changes, demanded, wrong_step
from contracts.compatibility_step import Step, next_version, step_between
from contracts.decoder import decode
from contracts.errors import ContractError
from contracts.example_record import example_of
from contracts.json_schema import json_schema
from contracts.odcs import load_contract
from contracts.odcs_model import Contract
from contracts.plan_contract import contract_of
from contracts.plan_reader import read_plan

EXAMPLES = Path(__file__).parents[2] / "examples"
BASE = replace(load_contract("observation"), schema=extended_observation())
PLAN = read_plan((EXAMPLES / "trust_trial" / "plan.yaml").read_text(encoding="utf-8"))
OF_POLICY: Contract = contract_of(PLAN, BASE)
ANY_POLICY, ONE_POLICY = (jsonschema.Draft202012Validator(json_schema(each)) for each in (BASE, OF_POLICY))
CLEAN = example_of(OF_POLICY) | {"neighbourhood": "BU01500000", "home_municipality": "GM0150"}

OTHERS = st.one_of(
    st.sampled_from(
        [None, True, 0, 1, 1.0, 0.5, -1, "", "none", "control", "GM0150", "GM0014", "GM0457", [], ["debts"]]
    ),
    st.sampled_from(["2018-04", "2018-Q2", "2018", "2018-W15", "2018-13", "2018-04-12", "2018-04-12T10:00:00Z"]),
    st.sampled_from([["single_parent"], ["single_parent", "single_parent"], "part_time_work", "debts", "a" * 65]),
    st.text(max_size=4),
)
RECORDS = st.dictionaries(st.sampled_from([*CLEAN, "cluster", "street"]), OTHERS, max_size=2).map(
    lambda more: CLEAN | more
)


def is_kept(record, check):
    try:
        return check(decode(json.dumps(record).encode()))
    except ContractError:
        return False


@settings(max_examples=500)
@given(RECORDS)
def test_the_schema_refuses_nothing_that_the_contract_accepts(record):
    kept, valid = is_kept(record, bool), ANY_POLICY.is_valid(record)
    event(f"kept {kept}, valid {valid}")
    assert valid or not kept


@settings(max_examples=500)
@given(RECORDS)
def test_the_schema_of_a_policy_refuses_nothing_that_its_plan_accepts(record):
    admission = Admission(PLAN)
    kept = is_kept(record, lambda each: each.policy == PLAN.id and not admission.observation(each, arrived_ms=None))
    valid = ONE_POLICY.is_valid(record)
    event(f"kept {kept}, valid {valid}")
    assert valid or not kept


@given(st.tuples(*[st.integers(0, 99)] * 3), st.sampled_from(Step))
def test_the_version_that_follows_is_one_step_away(parts, step):
    version = ".".join(map(str, parts))
    assert step_between(version, next_version(version, step)) is step


FIELDS = BASE.schema.properties


@given(st.permutations(FIELDS), st.sets(st.sampled_from([each.name for each in FIELDS if not each.is_key]), max_size=3))
def test_fields_that_come_and_go_are_mirrored(order, left_out):
    fewer = replace(BASE, schema=replace(BASE.schema, properties=tuple(p for p in order if p.name not in left_out)))
    there, back = changes(BASE, fewer), changes(fewer, BASE)
    assert {each.place for each in there} == {each.place for each in back} == left_out
    needed = demanded(there)
    assert needed is (Step.MAJOR if left_out else Step.NONE)
    assert wrong_step(BASE, replace(fewer, version=next_version(BASE.version, needed))) is None
