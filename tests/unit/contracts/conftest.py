"""The corpus of broken records, one a line, beside what is expected of each: `name: code@place code@place`.

`problems_of(text)` are the problems for which a plan is refused, `refusal_of(text)` the only one.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from contracts.errors import PlanError
from contracts.plan_reader import read_plan

BROKEN = Path(__file__).parents[2] / "data" / "broken"
CORPORA = {"broken_by_contract": "contract", "broken_by_plan": "plan"}


class Broken(NamedTuple):
    """A record as it is sent, and the reasons that it deserves."""

    value: bytes
    expected: list[str]


def _corpus(name):
    values = (BROKEN / f"{name}.ndjson").read_bytes().splitlines()
    lines = (BROKEN / f"{name}.expected").read_text(encoding="utf-8").splitlines()
    for value, line in zip(values, lines, strict=True):
        case, _, reasons = line.partition(": ")
        yield pytest.param(Broken(value, reasons.split()), id=case)


def pytest_generate_tests(metafunc):
    for fixture, name in CORPORA.items():
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, list(_corpus(name)))


def _spelled(reasons):
    return [f"{each.code}@{each.place}" if each.place else each.code for each in reasons]


@pytest.fixture(scope="session")
def spelled():
    """Reasons as the corpus writes them."""
    return _spelled


def _problems_of(text):
    with pytest.raises(PlanError) as refused:
        read_plan(text)
    return refused.value.problems


def _refusal_of(text):
    (problem,) = _problems_of(text)
    return problem


@pytest.fixture(scope="session")
def problems_of():
    return _problems_of


@pytest.fixture(scope="session")
def refusal_of():
    return _refusal_of
