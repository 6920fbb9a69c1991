"""The row of a roll-out, from records to what it says."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from contracts.period import parse_period
from contracts.plan import RollOutClaim
from contracts.plan_reader import read_plan
from pipelines.replay import replay
from pipelines.rollouts import starts_of

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


def test_a_region_began_with_the_first_version_that_has_it(make):
    first = make.plan()
    second = make.plan(version=2, effective_from="2020-04", regions="north, west, south")
    log = make.log(first, second)
    log.register(second)
    log.observe("2020-02")
    log.observe("2020-05")
    log.restart()
    began = log.partition.policies["trial"].began
    assert began == {"north": date(2020, 1, 1), "south": date(2020, 1, 1), "west": date(2020, 4, 1)}


def test_starts_that_the_plan_names_go_before_when_a_region_began():
    plan = read_plan(PLAN.read_text(encoding="utf-8"))
    began = dict.fromkeys(plan.choices.areas.here, date(2021, 1, 1))
    starts = starts_of(plan, RollOutClaim(((plan.choices.areas.here[0], parse_period("2022-03")),)), began)
    assert starts[plan.choices.areas.here[0]] == date(2022, 3, 1)
    assert {starts[region] for region in plan.choices.areas.here[1:]} == {date(2021, 1, 1)}
    assert {starts[region] for region in plan.choices.areas.comparison} == {None}
    assert not set(plan.choices.areas.elsewhere) & set(starts)
