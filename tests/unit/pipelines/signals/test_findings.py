"""Which rows are findings, of every kind of claim."""

from typing import get_args

import pytest

from contracts.evidence import Claim
from pipelines.findings import findings

EVERY = get_args(Claim)
NOTHING_RUNNING = {"stands": None, "recent": None, "state": "watching"}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"claim": "gap", "stands": "worse"}, ["worse"]),
        ({"claim": "gap", "stands": "better"}, []),
        ({"claim": "gap", "stands": None, "recent": "worse"}, ["worse"]),
        ({"claim": "effect", "stands": "worse"}, ["worse"]),
        ({"claim": "effect", "stands": "better"}, ["better"]),
        ({"claim": "effect", "stands": None, "recent": "better"}, []),
        ({"claim": "effect", "stands": "better", "recent": "worse"}, ["worse", "better"]),
        ({"claim": "effect", "stands": None}, []),
    ],
)
def test_findings_are_harm_and_falling_behind_and_standing_effects_that_are_better(plan, make_row, row, found):
    assert list(findings(make_row(**row), plan)) == found


@pytest.mark.parametrize("claim", EVERY)
def test_nothing_that_runs_on_is_no_finding(plan, make_row, claim):
    assert list(findings(make_row(claim=claim, log_e_worse=0.5, **NOTHING_RUNNING), plan)) == []


@pytest.mark.parametrize("claim", [each for each in EVERY if each != "level"])
def test_what_stands_and_is_worse_is_a_finding_whatever_the_claim(plan, make_row, claim):
    assert list(findings(make_row(claim=claim), plan)) == ["worse"]


@pytest.mark.parametrize("claim", EVERY)
def test_better_is_news_of_effects_and_of_outcomes_that_go_up_together(plan, make_row, claim):
    found = list(findings(make_row(claim=claim, stands="better", log_e_worse=-1.0), plan))
    assert found == (["better"] if claim in {"effect", "co_benefit"} else [])


def test_a_level_is_a_finding_below_the_floor_and_not_below_a_target(make_plan, make_row, make_indicator):
    row = make_row(claim="level", n_a=0, k_a=0)
    assert list(findings(row, make_plan(make_indicator(floor=0.3, target=0.5)))) == ["worse"]
    assert list(findings(row, make_plan(make_indicator(target=0.5)))) == []


@pytest.mark.parametrize(
    ("stands", "placebos", "found"),
    [
        ("worse", (0, 4), ["worse"]),
        ("worse", None, ["worse"]),
        ("worse", (1, 4), []),
        ("better", (0, 4), []),
        (None, (0, 4), []),
    ],
)
def test_an_area_is_a_finding_when_it_falls_behind_as_no_comparison_area_does(plan, make_row, stands, placebos, found):
    row = make_row(claim="elsewhere", region="east", log_e_worse=99.0, stands=stands, placebos=placebos)
    assert list(findings(row, plan)) == found


@pytest.mark.parametrize("direction", ["worse", "better"])
def test_drop_out_is_a_finding_either_way_and_for_everybody_only(plan, make_row, direction):
    row = {"claim": "effect", "indicator": "work.missing", "arm": "trust", "stands": direction}
    assert list(findings(make_row(**row, group="all"), plan)) == [direction]
    assert list(findings(make_row(**row), plan)) == []
    assert list(findings(make_row(**row, group="all", region="north"), plan)) == []
    assert list(findings(make_row(**{**row, "stands": None}, group="all", recent="worse"), plan)) == []
