"""How many rows, hypotheses and detectors a plan asks for: as counted by hand, and as the pipelines make them."""

from pathlib import Path

import pytest

from contracts.plan_reader import read_plan
from contracts.plan_rows import n_detectors, n_hypotheses, n_rows, rows_of
from pipelines.combined import joints
from pipelines.comparisons import comparisons
from pipelines.watched import fresh

FILES = sorted((Path(__file__).parents[2] / "data" / "plans").glob("*.yaml"))
BEFORE = {"from": "2019-01", "to": "2019-12"}
REGIONS, GROUPS, DISADVANTAGED, ARMS, WATCHED, INDICATORS = 1 + 2, 1 + 3, 2, 1 + 3, 2, 2


def per_claim(plan):
    found = {}
    for rows in rows_of(plan):
        found[rows.claim] = found.get(rows.claim, 0) + rows.n
    return found


def test_effects_are_counted_for_outcomes_and_for_their_missingness(plan_of):
    assert per_claim(plan_of(claims={"effect": {}})) == {"effect": 2 * INDICATORS * WATCHED * GROUPS * REGIONS}


def test_gaps_levels_and_areas_elsewhere(plan_of, plan_document):
    first, second = plan_document()["indicators"]
    choices = plan_document()["choices"]
    areas = {"here": ["north", "south"], "elsewhere": ["west", "isle", "coast"], "comparison": ["east"]}
    plan = plan_of(
        claims={"gap": {}, "level": {}, "elsewhere": {}},
        indicators=[first | {"target": 0.5}, second],
        choices=choices | {"areas": areas},
        pre_period=BEFORE,
    )
    assert per_claim(plan) == {
        "gap": INDICATORS * DISADVANTAGED * ARMS * REGIONS,
        "level": ARMS * GROUPS * REGIONS,
        "elsewhere": INDICATORS * 3,
    }
    assert n_hypotheses(plan) == 2 * n_rows(plan)


def test_combined_claims_are_one_hypothesis_a_row(plan_of, plan_document):
    first, second = plan_document()["indicators"]
    indicators = [first, second, first | {"id": "work_later", "maturity": "P2Y", "later_of": "work"}]
    names = ["divergence", "effects_differ", "average_hides", "trade_off", "co_benefit", "later", "cumulation"]
    plan = plan_of(claims={name: {} for name in names}, indicators=indicators)
    in_groups = 3 * WATCHED * DISADVANTAGED * REGIONS
    assert per_claim(plan) == {
        "divergence": in_groups,
        "effects_differ": in_groups,
        "average_hides": in_groups,
        "trade_off": 2 * 2 * WATCHED * GROUPS * REGIONS,  # both orders of (work, debts) and (debts, work_later)
        "co_benefit": 2 * WATCHED * GROUPS * REGIONS,
        "later": WATCHED * (1 + DISADVANTAGED) * REGIONS,
        "cumulation": WATCHED * GROUPS,
    }
    assert n_hypotheses(plan) == n_rows(plan)
    assert n_detectors(plan) == 0


def test_a_claim_that_has_nothing_to_be_about_makes_no_rows(plan_of):
    claims = {"effect": {}, "level": {}, "later": {}, "elsewhere": {}, "cumulation": {}, "roll_out": {}}
    assert per_claim(plan_of(claims=claims)).keys() == {"effect"}


def test_a_roll_out_is_a_row_for_each_indicator(plan_of):
    claims = {"roll_out": {"starts": {"north": "2020-05"}}}
    assert per_claim(plan_of(claims=claims, assignment={"kind": "rollout"})) == {"roll_out": INDICATORS}


class TestDetectors:
    def test_two_follow_every_comparison_of_events(self, plan_of):
        plan = plan_of()
        assert n_detectors(plan) == 2 * n_rows(plan)

    @pytest.mark.parametrize(
        "changes",
        [
            {"cluster": "class", "claims": {"effect": {}, "gap": {}}},
            {"measured": "repeatedly", "looks": 12},
            {"pre_period": BEFORE, "claims": {"gap": {"baseline": "pre_period"}}},
        ],
        ids=["clusters", "repeated measures", "a baseline from before"],
    )
    def test_none_follows_other_comparisons(self, plan_of, changes):
        assert n_detectors(plan_of(**changes)) == 0

    def test_of_continuous_outcomes_only_missingness_is_followed(self, plan_of, plan_document):
        first, second = plan_document()["indicators"]
        income = first | {"type": "continuous", "range": [0, 100], "decimals": 0, "relevant_difference": 5}
        plan = plan_of(indicators=[income, second], claims={"effect": {}})
        assert n_detectors(plan) == 2 * n_rows(plan) * 3 // 4


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_pipelines_make_these_rows(file):
    plan = read_plan(file.read_text(encoding="utf-8"))
    members = {each.id: fresh(plan, each) for each in plan.watched_indicators}
    made = {}
    for indicator in plan.watched_indicators:
        for comparison in comparisons(plan, indicator):
            made[comparison.claim] = made.get(comparison.claim, 0) + comparison.is_shown
    for joint in joints(plan, members):
        made[joint.claim] = made.get(joint.claim, 0) + len(joint.cells)
    counted = per_claim(plan)
    counted.pop("roll_out", None)  # estimated from all regions together, not made of comparisons
    assert {claim: n for claim, n in made.items() if n} == {claim: n for claim, n in counted.items() if n}
