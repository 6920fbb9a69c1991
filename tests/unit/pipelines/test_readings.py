"""What a look says beside its evidence: warnings about the data, and how unequal an outcome is spread."""

import json

import numpy as np
import pytest

from contracts.plan_reader import read_plan
from pipelines.replay import replay

PLAN = """
plan: leerlus/v1
id: wages
version: 1
kind: experiment
title: Wages
question: Does it raise wages?
owner: {office: department of work}
effective_from: 2020-01
choices:
  for_whom: all
  not_for_whom: nobody
  losers: {none_because: nobody pays}
  areas: {here: [north]}
  alternatives: [nothing]
  fairness: parity
look: P1M
lateness: P1M
assignment: {kind: randomised}
arms: {reference: control, watched: [trust], planned: {control: 300, trust: 300}}
groups:
  - {id: low, label: low, disadvantaged: true, order: 1}
  - {id: high, label: high, disadvantaged: false, order: 2}
indicators:
  - {id: wage, label: wage, type: continuous, range: [1, 10000], decimals: 2, direction: higher_is_better,
     aspect: economic, horizon: now, role: primary, relevant_difference: 50}
claims: {effect: {}}
"""


@pytest.fixture(scope="module")
def plan():
    return read_plan(PLAN)


def wages(n_by_arm, *, seed=1, late=(), share_low=(0.5, 0.5)):
    """Yield wages of two months; `late` arms report a month's people in the next month."""
    rng, unit = np.random.default_rng(seed), 0
    for month in (1, 2, 3, 4, 5):
        for arm, n in n_by_arm.items():
            for _ in range(n):
                unit += 1
                group = "low" if rng.random() < share_low[min(month, 2) - 1] else "high"
                own = month - 1 if arm in late and month > 1 else month
                yield arm, group, f"2020-{own:02}", round(float(rng.lognormal(6.0 + (group == "high"), 0.4)), 2)


def closings(plan, records):
    lines = [
        json.dumps(
            {
                "observation_id": f"00000000-0000-0000-0000-{at:012x}",
                "policy": "wages",
                "indicator": "wage",
                "unit": f"{at:016x}",
                "arm": arm,
                "region": "north",
                "groups": [group],
                "period": period,
                "value": value,
                "observed_at": "2020-12-01T12:00:00Z",
            }
        ).encode()
        for at, (arm, group, period, value) in enumerate(records)
    ]
    found = replay(plan, lines)
    assert found.tally.quarantined == 0
    return found.closings


def test_the_mean_log_deviation_is_that_of_the_people_and_splits_over_the_scale(plan):
    records = list(wages({"control": 200, "trust": 200}))
    said = {(each.arm, each.measure, each.part): each for each in closings(plan, records)[-1].inequality}
    values = np.array([value for arm, _, _, value in records if arm == "control"])
    whole = said["control", "mean_log_deviation", "total"]
    assert whole.value == pytest.approx(np.log(values.mean()) - np.log(values).mean(), abs=1e-5)
    error = np.std(values / values.mean() - np.log(values)) / np.sqrt(len(values) - 1)
    assert whole.standard_error == pytest.approx(error, rel=1e-4)
    within, between = (said["control", "mean_log_deviation", part].value for part in ("within", "between"))
    assert within + between == pytest.approx(whole.value)
    assert between > 0.05


def test_a_scale_on_which_the_higher_group_earns_more_has_a_positive_index_equal_to_its_gini(plan):
    said = {
        (each.arm, each.measure): each for each in closings(plan, wages({"control": 200, "trust": 200}))[-1].inequality
    }
    index = said["control", "concentration_index"]
    assert index.value > 4 * index.standard_error
    assert index.value == said["control", "gini"].value


def test_units_that_come_as_planned_raise_no_warning_but_that_not_all_are_there(plan):
    warnings = closings(plan, wages({"control": 55, "trust": 55}))[-1].warnings
    assert {(each.code, each.arm, each.seen, each.expected) for each in warnings} == {
        ("enrolment_behind", "control", 275.0, 300.0),
        ("enrolment_behind", "trust", 275.0, 300.0),
    }


def test_other_shares_of_the_units_than_planned_are_a_warning_with_both_shares(plan):
    warnings = closings(plan, wages({"control": 140, "trust": 80}))[-1].warnings
    seen = {each.arm: (round(each.seen, 3), each.expected) for each in warnings if each.code == "sample_ratio"}
    assert seen == {"control": (0.636, 0.5), "trust": (0.364, 0.5)}


def test_an_arm_that_reports_later_is_a_warning(plan):
    warnings = closings(plan, wages({"control": 100, "trust": 100}, late=("trust",)))[-1].warnings
    (delay,) = [each for each in warnings if each.code == "reporting_delay"]
    assert delay.arm == "trust"
    assert delay.seen > 0.3
    assert delay.expected == 0.0
    assert delay.log_e > np.log(100)


def test_a_group_whose_share_moved_by_more_than_five_points_is_a_warning(plan):
    warnings = closings(plan, wages({"control": 200, "trust": 200}, share_low=(0.5, 0.3)))[-1].warnings
    assert {each.group for each in warnings if each.code == "group_shares"} == {"low", "high"}
    calm = closings(plan, wages({"control": 200, "trust": 200}))[-1].warnings
    assert not [each for each in calm if each.code == "group_shares"]


def test_an_arm_that_nobody_is_in_yet_has_no_delay(plan):
    assert closings(plan, wages({"control": 100, "trust": 0}))[-1].warnings
