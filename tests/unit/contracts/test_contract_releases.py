"""Released versions stay as they were, and what is in force follows them by the step that its changes demand."""

from dataclasses import replace
from importlib.resources import files

import pytest

from contracts import releases
from contracts.contract_check import check_contract
from contracts.errors import PlanError
from contracts.odcs import EXTENSIONS, NAMES, contract_text, load_contract, read_contract
from contracts.releases import last_released, recorded, released, unfit_version

IN_FORCE = (*NAMES, *EXTENSIONS)


@pytest.mark.parametrize("name", IN_FORCE)
def test_every_contract_was_released_and_its_version_follows(name):
    contract = read_contract(contract_text(name))
    assert last_released(name) is not None
    assert unfit_version(contract) is None
    check_contract(contract)


def test_every_released_file_has_a_digest_and_every_digest_a_file():
    folder = files("contracts").joinpath("released")
    names = [each.name for each in folder.iterdir() if each.is_dir()]
    assert sorted(names) == sorted(IN_FORCE)
    assert sorted(recorded()) == sorted(f"{name}/{version}" for name in names for version in released(name))


@pytest.mark.parametrize("name", IN_FORCE)
def test_a_released_file_holds_the_version_it_is_named_after(name):
    for version, text in released(name).items():
        assert read_contract(text).version == version


def test_a_released_file_that_changed_is_refused(monkeypatch):
    monkeypatch.setattr(releases, "_digest", lambda text: text[:64])
    with pytest.raises(PlanError, match="is not what was released; a change is a new version"):
        released("observation")


def test_a_change_under_the_same_version_is_refused():
    last = last_released("observation")
    changed = replace(last, schema=replace(last.schema, small_cell_threshold=5))
    assert "smallCellThreshold demands a major step (was 10, is 5)" in unfit_version(changed)
    with pytest.raises(PlanError, match="demands a major step"):
        check_contract(changed)


def test_a_version_before_the_last_released_one_is_refused():
    assert "lies before" in unfit_version(replace(load_contract("observation"), version="0.9.0"))


def test_a_contract_that_was_never_released_follows_nothing():
    assert unfit_version(replace(load_contract("observation"), name="visits")) is None
    assert last_released("visits") is None
