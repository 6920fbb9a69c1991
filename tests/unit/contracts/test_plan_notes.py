"""Advice about plans that are correct."""

import pytest

from contracts.plan_reader import notes

BEFORE = {"from": "2019-01", "to": "2019-12"}
INCOME = {
    "id": "income",
    "label": "income",
    "type": "continuous",
    "range": [0, 20_000],
    "decimals": 2,
    "direction": "higher_is_better",
    "aspect": "economic",
    "horizon": "now",
    "role": "primary",
    "relevant_difference": 50,
    "margin_difference": 10,
}


def said(plan, *words):
    return [note for note in notes(plan) if all(word in note for word in words)]


def test_a_gap_without_declared_baseline_counts_as_1(plan_of):
    assert said(plan_of(), "gap in `work` for low_education", "odds ratio of 1")
    assert said(plan_of(), "gap in `debts` for parents, low_education")
    assert not said(plan_of(), "gap in `work` for parents")


def test_a_plan_without_gaps_says_nothing_about_baselines(plan_of):
    assert not said(plan_of(claims={"effect": {}}), "baseline")


def test_what_could_be_tested_and_is_not_is_named(plan_of):
    assert said(plan_of(claims={"effect": {}}), "`gap` is not tested", "parents, low_education")
    assert said(plan_of(claims={"gap": {}}), "`effect` is not tested", "trust, guidance")
    assert not said(plan_of(), "is not tested")


def test_rows_hypotheses_and_what_a_run_length_means_for_all_detectors_together_are_said(plan_of):
    effects = 2 * (1 + 3) * (1 + 2) * 4  # watched arms x (all, groups) x (all, regions) x indicators, missing or not
    gaps = 2 * (1 + 3) * (1 + 2) * 2  # disadvantaged groups x (all, arms) x (all, regions) x indicators
    assert (effects, gaps) == (96, 48)
    assert said(plan_of(), "144 rows of evidence", "288 hypotheses")
    assert said(plan_of(), "288 detectors", "for 144 rows", "once in 10,000 looks", "once in 35 looks")


def test_a_plan_without_detectors_says_so(plan_of):
    plan = plan_of(measured="repeatedly", looks=24)
    assert said(plan, "No row has a detector")
    assert not said(plan, "false alarm")


EMPTY = [
    ("elsewhere", "`choices.areas` has no `elsewhere`"),
    ("level", "no indicator has a `floor` or a `target`"),
    ("later", "no indicator has `later_of`"),
    ("cumulation", "it has fewer primary and guardrail indicators than `at_least`"),
    ("roll_out", "`assignment.kind` is `randomised`"),
]


@pytest.mark.parametrize(("claim", "lack"), EMPTY)
def test_a_claim_that_is_named_and_has_nothing_to_be_about_is_named(plan_of, claim, lack):
    plan = plan_of(claims={"effect": {}, "gap": {}, claim: {}})
    assert f"`{claim}` is named, but {lack}: nothing is tested by it." in notes(plan)
    assert len(said(plan, "nothing is tested by it")) == 1


@pytest.mark.parametrize("claim", ["divergence", "effects_differ", "average_hides", "trade_off", "co_benefit"])
def test_a_policy_without_arms_hears_which_claims_need_them(plan_of, plan_document, claim):
    losers = [{"who": "single parents", "watched_by": {"group": "parents"}}]
    choices = plan_document()["choices"] | {"losers": losers}
    plan = plan_of(kind="policy", arms=..., choices=choices, claims={"gap": {}, claim: {}})
    assert said(plan, f"`{claim}` is named, but the plan has no arms: nothing is tested by it.")


def test_a_gap_in_means_is_held_against_a_difference(plan_of, plan_document):
    first, second = plan_document()["indicators"]
    plan = plan_of(indicators=[first, second, INCOME], claims={"effect": {}, "gap": {}})
    assert said(plan, "gap in `income`", "a difference of 0 (margin 10)")
    assert said(plan, "`income` are compared by their means", "`margin_difference`")
    assert not said(plan_of(), "`margin_difference`")


def test_a_baseline_from_before_the_policy_needs_no_warning(plan_of):
    assert not said(plan_of(claims={"gap": {"baseline": "pre_period"}}, pre_period=BEFORE), "so a gap from before")


def test_a_marginal_baseline_makes_rows_descriptive(plan_of):
    gap = {"baseline": "declared", "odds_ratio": {"work": {"parents": 0.8}}, "baseline_scale": "marginal"}
    assert said(plan_of(claims={"gap": gap}), "`baseline_scale: marginal`", "descriptive")


@pytest.mark.parametrize(
    ("comparison", "says"), [(["east"], "One comparison area gives no placebo"), (["east", "isle"], "2 comparison")]
)
def test_areas_elsewhere_are_descriptive(plan_of, plan_document, comparison, says):
    areas = {"here": ["north"], "elsewhere": ["west"], "comparison": comparison}
    choices = plan_document()["choices"] | {"areas": areas}
    assert said(plan_of(claims={"elsewhere": {}}, choices=choices, pre_period=BEFORE), "is descriptive", says)


class TestRollOut:
    STARTS = {"north": "2020-03"}  # noqa: RUF012

    def roll_out(self, plan_of, settings, **changes):
        return plan_of(claims={"roll_out": settings}, assignment={"kind": "rollout"}, **changes)

    def test_few_regions_are_only_described(self, plan_of, plan_document):
        assert said(self.roll_out(plan_of, {"starts": self.STARTS}), "`roll_out` compares 2 regions", "descriptive")
        areas = {"here": ["north", "south"], "comparison": [f"GM{number:04}" for number in range(18)]}
        many = self.roll_out(plan_of, {}, choices=plan_document()["choices"] | {"areas": areas})
        assert not said(many, "descriptive")

    def test_starts_that_were_not_drawn_are_named(self, plan_of):
        assert said(self.roll_out(plan_of, {"starts": self.STARTS}), "were not drawn by lot: regions")
        drawn = self.roll_out(plan_of, {"starts": self.STARTS, "drawn_by_lot": True})
        assert not said(drawn, "were not drawn by lot: regions")

    def test_regions_that_start_with_the_plan_need_a_time_before_it(self, plan_of):
        assert said(self.roll_out(plan_of, {"starts": self.STARTS}), "before 2020-01 are refused", "give `pre_period`")
        assert not said(self.roll_out(plan_of, {"starts": self.STARTS}, pre_period=BEFORE), "give `pre_period`")
        later = {"north": "2020-03", "south": "2020-06"}
        assert not said(self.roll_out(plan_of, {"starts": later}), "give `pre_period`")

    def test_one_that_begins_everywhere_at_once_tests_nothing(self, plan_of):
        plan = plan_of(claims={"effect": {}, "roll_out": {}}, assignment={"kind": "rollout"})
        assert said(plan, "`roll_out` is named, but every region starts in the same period")


def test_clusters_need_many(plan_of):
    assert said(plan_of(cluster="class", claims={"effect": {}}), "Clusters are counted (class)", "under 30 clusters")


def test_repeated_measures_are_averaged_over_the_planned_looks(plan_of):
    assert said(plan_of(measured="repeatedly", looks=24), "in 24 looks", "averaged", "`effects_differ`")


def test_who_may_lose_unwatched_is_named(plan_of, plan_document):
    choices = plan_document()["choices"] | {"losers": [{"who": {"nl": "de buren", "en": "the neighbours"}}]}
    assert said(plan_of(choices=choices), "`the neighbours` may lose", "`watched_by` is left out")


def test_arms_that_were_not_drawn_by_lot_are_named(plan_of):
    assert said(plan_of(assignment={"kind": "none"}), "not drawn by lot")
    assert not said(plan_of(), "not drawn by lot")


def test_a_programme_is_controlled_over_its_policies(plan_of):
    assert said(plan_of(programme="trust"), "`programme: trust`", "by e-LOND", "`leerlus programme trust`")
    assert not said(plan_of(), "programme")
