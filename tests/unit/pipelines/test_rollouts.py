"""The row of a roll-out, from records to what it says."""

import json
from pathlib import Path

import numpy as np
import pytest

from contracts.plan_reader import read_plan
from pipelines.replay import replay

PLAN = Path(__file__).parents[2] / "data" / "plans" / "parking.yaml"
STARTS = {"centre": 12, "harbour": 18, "station": 24}


def records(effect, *, n_months=30, people=40):
    rng, unit = np.random.default_rng(3), 0
    for month in range(n_months):
        for region in (*STARTS, "east", "west", "north"):
            for _ in range(people):
                unit += 1
                share = 0.4 + effect * (month >= STARTS.get(region, n_months))
                yield json.dumps(
                    {
                        "observation_id": f"00000000-0000-0000-0000-{unit:012x}",
                        "policy": "paid-parking",
                        "indicator": "finds_a_place",
                        "unit": f"{unit:016x}",
                        "region": region,
                        "groups": [],
                        "period": f"{2021 + month // 12}-{month % 12 + 1:02}",
                        "value": int(rng.random() < share),
                        "observed_at": "2026-01-01T12:00:00Z",
                    }
                ).encode()


@pytest.fixture(scope="module")
def told():
    found = replay(read_plan(PLAN.read_text(encoding="utf-8")), records(0.3))
    assert found.tally.quarantined == 0
    return [row for row in found.rows if row.claim == "roll_out"]


def test_there_is_one_row_an_indicator_and_look(told):
    assert [row.look_index for row in told] == list(range(1, 31))
    assert {(row.arm, row.region, row.group) for row in told} == {("all", "all", "all")}


def test_it_waits_for_the_first_period_under_the_policy(told):
    early, first = told[11], told[12]
    assert (early.state, early.estimate) == ("too_early", None)
    assert early.reason.startswith("too_early: ")
    assert first.state == "watching"


def test_it_shows_the_effect_of_few_regions_as_a_description_that_never_stands(told):
    last = told[-1]
    assert last.estimate == pytest.approx(0.3, abs=0.15)
    assert (last.guarantee, last.stands, last.log_e_worse, last.log_e_better) == ("descriptive", None, 0.0, 0.0)
    assert last.reason.startswith("descriptive: 5 regions; 20 are needed")
    assert "of the draws by lot show as much" in last.reason


def test_its_people_are_those_under_the_policy_and_those_not_yet_without_the_areas_elsewhere(told):
    last = told[-1]
    under = sum(30 - start for start in STARTS.values()) * 40
    assert (last.n_b, last.n_a) == (under, 5 * 30 * 40 - under)
