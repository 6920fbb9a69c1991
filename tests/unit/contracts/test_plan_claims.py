"""What a plan may ask to be tested, what that comes to, and what is refused."""

from typing import get_args

import pytest

from contracts.evidence import Claim
from contracts.plan import (
    Claims,
    CumulationClaim,
    EffectClaim,
    ElsewhereClaim,
    GapClaim,
    PairsClaim,
    RollOutClaim,
)

EVERY_CLAIM = get_args(Claim)
WITHOUT_SETTINGS = ("level", "divergence", "effects_differ", "average_hides", "later")
BEFORE = {"from": "2019-01", "to": "2019-12"}
GROUPED = ("divergence", "effects_differ", "average_hides")
INCOME = {
    "id": "income",
    "label": "income in euros a month",
    "type": "continuous",
    "range": [0, 20_000],
    "decimals": 2,
    "direction": "higher_is_better",
    "aspect": "economic",
    "horizon": "now",
    "maturity": "P6M",
    "role": "primary",
    "relevant_difference": 50,
}


@pytest.fixture
def areas(plan_document):
    """Choices of a plan with areas elsewhere and comparison areas."""

    def choose(**areas):
        choices = plan_document()["choices"]
        return choices | {"areas": {"here": ["north", "south"]} | areas}

    return choose


@pytest.fixture
def policy(plan_document):
    """Changes that make the trial a policy without arms and groups."""
    choices = plan_document()["choices"] | {"losers": {"none_because": "it is a count"}}
    return {"kind": "policy", "arms": ..., "groups": [], "choices": choices}


class TestClaimsThatAreNamed:
    def test_only_they_are_tested(self, plan_of):
        assert plan_of(claims={"effect": {}}).claims == Claims(effect=EffectClaim())
        assert plan_of(claims={"gap": {}, "divergence": {}}).claims == Claims(gap=GapClaim(), divergence=True)

    def test_all_of_them_may_be(self, plan_of, areas):
        choices = areas(elsewhere=["west"], comparison=["east"])
        claims = plan_of(claims={claim: {} for claim in EVERY_CLAIM}, choices=choices, pre_period=BEFORE).claims
        every_pair = PairsClaim((("work", "debts"),))
        assert claims == Claims(
            EffectClaim(1.0),
            GapClaim("none", {}, 0.9, "conditional"),
            ElsewhereClaim(0.9),
            level=True,
            divergence=True,
            effects_differ=True,
            average_hides=True,
            trade_off=every_pair,
            co_benefit=every_pair,
            later=True,
            cumulation=CumulationClaim(3),
            roll_out=RollOutClaim((), drawn_by_lot=False),
        )

    @pytest.mark.parametrize("claim", WITHOUT_SETTINGS)
    def test_a_claim_without_settings_has_none(self, plan_text, refusal_of, claim):
        problem = refusal_of(plan_text(claims={"effect": {}, claim: {"margin": 1}}))
        assert (problem.place, problem.message) == (
            f"claims.{claim}.margin",
            "this key is unknown; allowed here are none",
        )

    @pytest.mark.parametrize("claim", EVERY_CLAIM)
    def test_a_claim_is_asked_for_by_a_mapping(self, plan_text, refusal_of, claim):
        problem = refusal_of(plan_text(claims={"effect": {}, claim: True}))
        assert problem.place == f"claims.{claim}"
        assert "expected a mapping, found true" in problem.message

    def test_effects_and_gaps_need_what_they_compare(self, plan_text, problems_of, policy):
        problems = problems_of(plan_text(**policy, claims={"effect": {}, "gap": {}}))
        assert {problem.place for problem in problems} == {"claims.effect", "claims.gap"}

    @pytest.mark.parametrize("claim", [claim for claim in EVERY_CLAIM if claim not in {"effect", "gap"}])
    def test_a_plan_that_tests_nothing_is_refused_and_hears_why(self, plan_text, refusal_of, policy, claim):
        problem = refusal_of(plan_text(**policy, claims={claim: {}}))
        assert problem.place == "claims"
        assert problem.message.startswith(f"nothing is tested by `{claim}`: for `{claim}`, ")

    def test_a_claim_that_has_nothing_to_be_about_may_stand_beside_others(self, plan_of):
        assert plan_of(claims={"effect": {}, "later": {}}).claims.later


SETTINGS = [
    # what is refused under `claims`, where, and why
    ({"elsewhere": {"baseline": "declared"}}, "elsewhere.baseline", "allowed are `pre_period`"),
    ({"elsewhere": {"margin": 1.5}}, "elsewhere.margin", "above 0 and at most 1"),
    ({"cumulation": {"at_least": 1}}, "cumulation.at_least", "a whole number from 2"),
    ({"cumulation": {"at_least": 2.5}}, "cumulation.at_least", "a whole number from 2"),
    ({"trade_off": {"pairs": []}}, "trade_off.pairs", "a list of at least 1"),
    ({"trade_off": {"pairs": [["work"]]}}, "trade_off.pairs[0]", "two different indicators"),
    ({"trade_off": {"pairs": [["work", "work"]]}}, "trade_off.pairs[0]", "two different indicators"),
    ({"trade_off": {"pairs": [["work", "dets"]]}}, "trade_off.pairs[0][1]", "did you mean `debts`?"),
    (
        {"co_benefit": {"pairs": [["work", "debts"], ["debts", "work"]]}},
        "co_benefit.pairs[1]",
        "stands at [0] already",
    ),
    ({"roll_out": {"starts": {"wset": "2020-05"}}}, "roll_out.starts.wset", "no region of this plan"),
    ({"roll_out": {"starts": {"north": "soon"}}}, "roll_out.starts.north", "is no period"),
    ({"roll_out": {"drawn_by_lot": True}}, "roll_out.drawn_by_lot", "no starts are given"),
    ({"roll_out": {"drawn_by_lot": "yes"}}, "roll_out.drawn_by_lot", "expected true or false"),
    ({"gap": {"baseline": "pre_period"}}, "gap.baseline", "needs `pre_period: {from: ..., to: ...}` at the top"),
    ({"gap": {"baseline_scale": "marginal"}}, "gap.baseline_scale", "used with `baseline: declared` only"),
    (
        {
            "gap": {
                "baseline": "declared",
                "odds_ratio": {"work": {"parents": 0.8}},
                "baseline_scale": "crude",
            }
        },
        "gap.baseline_scale",
        "allowed are `conditional`, `marginal`",
    ),
]


@pytest.mark.parametrize(("claims", "place", "says"), SETTINGS, ids=[row[1] for row in SETTINGS])
def test_a_setting_that_does_not_fit_is_refused_at_its_place(plan_text, refusal_of, claims, place, says):
    text = plan_text(claims={"effect": {}} | claims)
    problem = refusal_of(text)
    assert problem.place == f"claims.{place}"
    assert says in problem.message
    written, _, is_item = place.rpartition(".")[2].partition("[")
    assert ("- " if is_item else f"{written}:") in text.splitlines()[problem.line - 1]


class TestPairs:
    def test_those_that_are_named_are_looked_at(self, plan_of):
        claims = plan_of(claims={"trade_off": {"pairs": [["debts", "work"]]}}).claims
        assert claims == Claims(trade_off=PairsClaim((("debts", "work"),)))

    def test_left_out_they_are_all_that_differ_in_aspect_or_horizon(self, plan_of, plan_document):
        work, debts = plan_document()["indicators"]
        later = work | {"id": "grandchildren", "horizon": "later"}
        hours = work | {"id": "hours"}
        claims = plan_of(indicators=[work, debts, later, hours], claims={"trade_off": {}}).claims
        assert claims.trade_off.pairs == (
            ("work", "debts"),
            ("work", "grandchildren"),
            ("debts", "grandchildren"),
            ("debts", "hours"),
            ("grandchildren", "hours"),
        )

    def test_co_benefits_follow_the_trade_offs_unless_they_name_their_own(self, plan_of, plan_document):
        work, debts = plan_document()["indicators"]
        plan = {"indicators": [work, debts, debts | {"id": "trust"}]}
        trade_off = {"pairs": [["debts", "trust"]]}
        claims = plan_of(**plan, claims={"trade_off": trade_off, "co_benefit": {}}).claims
        assert claims.co_benefit == claims.trade_off == PairsClaim((("debts", "trust"),))
        own = {"pairs": [["work", "trust"]]}
        claims = plan_of(**plan, claims={"trade_off": trade_off, "co_benefit": own}).claims
        assert claims.co_benefit == PairsClaim((("work", "trust"),))
        claims = plan_of(**plan, claims={"co_benefit": {}}).claims
        assert claims == Claims(co_benefit=PairsClaim((("work", "debts"), ("work", "trust"))))


class TestClaimsLeftOut:
    def test_everything_the_plan_implies_is_tested_with_the_defaults(self, plan_of, areas, plan_document):
        first, second = plan_document()["indicators"]
        indicators = [
            first | {"floor": 0.1},
            second,
            first | {"id": "work_later", "maturity": "P2Y", "later_of": "work"},
        ]
        plan = {
            "claims": ...,
            "choices": areas(elsewhere=["west"], comparison=["east"]),
            "pre_period": BEFORE,
            "indicators": indicators,
            "assignment": {"kind": "none"},
        }
        every_claim = plan_of(**plan | {"claims": {claim: {} for claim in EVERY_CLAIM}})
        assert plan_of(**plan).claims == every_claim.claims

    def test_what_the_plan_has_nothing_for_is_not(self, plan_of):
        claims = plan_of(claims=...).claims
        pair = PairsClaim((("work", "debts"),))
        assert claims == Claims(
            EffectClaim(),
            GapClaim(),
            divergence=True,
            effects_differ=True,
            average_hides=True,
            trade_off=pair,
            co_benefit=pair,
        )

    def test_a_policy_with_groups_and_nothing_else_tests_their_gaps(self, plan_of, plan_document):
        losers = [{"who": "single parents", "watched_by": {"group": "parents"}}]
        choices = plan_document()["choices"] | {"losers": losers}
        plan = plan_of(kind="policy", arms=..., claims=..., choices=choices)
        assert plan.claims == Claims(gap=GapClaim("none", {}, 0.9))

    def test_an_experiment_without_groups_tests_effects(self, plan_of, plan_document):
        plan = plan_of(groups=[], indicators=plan_document()["indicators"][:1], claims=...)
        assert plan.claims == Claims(effect=EffectClaim())

    def test_a_plan_without_anything_to_compare_is_refused(self, plan_text, refusal_of, policy):
        problem = refusal_of(plan_text(**policy, claims=...))
        assert problem.place == "claims"
        assert "nothing can be tested: the plan has neither arms nor a disadvantaged group" in problem.message

    def test_areas_elsewhere_need_the_time_before_the_policy(self, plan_text, plan_of, refusal_of, areas):
        choices = areas(elsewhere=["west"], comparison=["east"])
        problem = refusal_of(plan_text(claims=..., choices=choices))
        assert problem.place == "pre_period"
        assert "give `pre_period: {from: ..., to: ...}`, or name under `claims` what is to be tested" in problem.message
        assert plan_of(claims=..., choices=choices, pre_period=BEFORE).claims.elsewhere == ElsewhereClaim(0.9)
        assert plan_of(claims={"effect": {}}, choices=choices).claims.elsewhere is None


class TestBaselinesFromBeforeThePolicy:
    def test_gaps_and_areas_elsewhere_have_them(self, plan_of, areas):
        choices = areas(elsewhere=["west"], comparison=["east"])
        claims = {"gap": {"baseline": "pre_period"}, "elsewhere": {"baseline": "pre_period", "margin": 0.8}}
        found = plan_of(claims=claims, choices=choices, pre_period=BEFORE).claims
        assert found == Claims(gap=GapClaim("pre_period"), elsewhere=ElsewhereClaim(0.8))

    def test_elsewhere_needs_the_period(self, plan_text, refusal_of, areas):
        choices = areas(elsewhere=["west"], comparison=["east"])
        problem = refusal_of(plan_text(claims={"elsewhere": {}}, choices=choices))
        assert problem.place == "claims.elsewhere"
        assert "give `pre_period: {from: ..., to: ...}` at the top of the plan" in problem.message

    def test_without_such_areas_there_is_nothing_to_need_it(self, plan_of):
        assert plan_of(claims={"effect": {}, "elsewhere": {}}).pre_period is None


class TestDeclaredGaps:
    def test_their_scale_may_be_marginal(self, plan_of):
        gap = {"baseline": "declared", "odds_ratio": {"work": {"parents": 0.8}}}
        assert plan_of(claims={"gap": gap}).claims.gap.baseline_scale == "conditional"
        assert plan_of(claims={"gap": gap | {"baseline_scale": "marginal"}}).claims.gap.baseline_scale == "marginal"

    def test_a_continuous_outcome_has_no_odds_ratio(self, plan_text, refusal_of):
        gap = {"baseline": "declared", "odds_ratio": {"income": {"parents": 0.8}}}
        choices = {"losers": {"none_because": "x"}, "areas": {"here": ["north"]}, "for_whom": "x", "not_for_whom": "x"}
        problem = refusal_of(plan_text(indicators=[INCOME], claims={"gap": gap}, choices=choices))
        assert problem.place == "claims.gap.odds_ratio.income"
        assert problem.message == (
            "`income` is continuous and has no odds ratio; use `baseline: pre_period`, or `none` with the indicator's "
            "`margin_difference`"
        )

    def test_means_of_clusters_have_no_odds_ratio(self, plan_text, refusal_of):
        problem = refusal_of(plan_text(cluster="class"))
        assert problem.place == "claims.gap.odds_ratio.work"
        assert "clusters are compared by their means, which have no odds ratio" in problem.message


class TestTheSameUnitsInEveryLook:
    REPEATEDLY = {"measured": "repeatedly", "looks": 24}  # noqa: RUF012

    @pytest.mark.parametrize("claim", ["effects_differ", "later", "elsewhere", "roll_out"])
    def test_claims_that_multiply_looks_are_refused(self, plan_text, refusal_of, claim):
        problem = refusal_of(plan_text(**self.REPEATEDLY, claims={"effect": {}, claim: {}}, pre_period=BEFORE))
        assert problem.place == f"claims.{claim}"
        assert problem.message.startswith(f"`{claim}` multiplies the evidence of looks")

    def test_so_is_a_baseline_that_does(self, plan_text, refusal_of):
        claims = {"gap": {"baseline": "pre_period"}}
        problem = refusal_of(plan_text(**self.REPEATEDLY, claims=claims, pre_period=BEFORE))
        assert problem.place == "claims.gap.baseline"
        assert "use `declared` or `none`" in problem.message

    def test_left_out_they_are_not_implied(self, plan_of, areas):
        choices = areas(elsewhere=["west"], comparison=["east"])
        claims = plan_of(**self.REPEATEDLY, claims=..., choices=choices, assignment={"kind": "none"}).claims
        assert (claims.elsewhere, claims.effects_differ, claims.later, claims.roll_out) == (None, False, False, None)
        assert claims.effect is not None
        assert claims.divergence

    def test_the_others_may_be_named(self, plan_of):
        names = ["effect", "gap", "level", "divergence", "average_hides", "trade_off", "co_benefit", "cumulation"]
        claims = plan_of(**self.REPEATEDLY, claims={name: {} for name in names}).claims
        assert all(getattr(claims, name) for name in names)


class TestRollOut:
    def test_regions_may_start_at_different_times(self, plan_of):
        settings = {"starts": {"north": "2020-03", "south": "2020-Q3"}, "drawn_by_lot": True}
        claim = plan_of(claims={"roll_out": settings}, assignment={"kind": "rollout"}).claims.roll_out
        assert [(region, period.label) for region, period in claim.starts] == [
            ("north", "2020-03"),
            ("south", "2020-Q3"),
        ]
        assert claim.drawn_by_lot

    def test_it_is_implied_where_areas_never_start(self, plan_of, areas):
        plan = {"assignment": {"kind": "none"}, "claims": ...}
        assert plan_of(**plan, choices=areas(comparison=["east"])).claims.roll_out == RollOutClaim()
        assert plan_of(**plan).claims.roll_out is None
        plan["assignment"] = {"kind": "randomised"}
        assert plan_of(**plan, choices=areas(comparison=["east"])).claims.roll_out is None
