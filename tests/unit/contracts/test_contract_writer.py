"""A contract that is written out is read as the same contract, and keeps the standard."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from contracts.errors import PlanError
from contracts.odcs import EXTENSIONS, NAMES, contract_text, load_contract, read_contract
from contracts.odcs_writer import odcs_document
from contracts.plan_contract import contract_of
from contracts.plan_reader import read_plan
from services.commands.contract_sources import everything

PLANS = sorted((Path(__file__).parents[3] / "examples").glob("*/plan.yaml"))
STANDARD = yaml.safe_load(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))


def contracts():
    for name in (*NAMES, *EXTENSIONS):
        yield pytest.param(read_contract(contract_text(name)), id=name)
    for path in PLANS:
        plan = read_plan(path.read_text(encoding="utf-8"))
        for name in ("observation", "enrolment"):
            yield pytest.param(contract_of(plan, everything(name)), id=f"{path.parent.name}-{name}")


@pytest.mark.parametrize("contract", list(contracts()))
def test_what_is_written_is_read_as_the_same_contract(contract):
    assert read_contract(yaml.safe_dump(odcs_document(contract), sort_keys=False, allow_unicode=True)) == contract


@pytest.mark.parametrize("contract", list(contracts()))
def test_what_is_written_keeps_the_standard(contract):
    document = json.loads(json.dumps(odcs_document(contract)))
    errors = jsonschema.Draft201909Validator(STANDARD).iter_errors(document)
    assert [f"{each.json_path}: {each.message}" for each in errors] == []
    assert OpenDataContractStandard(**document).model_dump(exclude_unset=True, by_alias=True) == document


def test_bounds_that_only_the_contract_of_a_plan_may_name_are_refused_elsewhere():
    document = odcs_document(contract_of(read_plan(PLANS[0].read_text(encoding="utf-8")), load_contract("observation")))
    assert "customProperties" in document
    del document["customProperties"]
    with pytest.raises(PlanError, match="which only the contract of a plan may name"):
        read_contract(yaml.safe_dump(document))
