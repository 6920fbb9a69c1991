"""What a plan may say, and that everything else is refused with its place, its line and what is allowed."""

import json

import pytest
import yaml

from contracts.period import parse_period
from contracts.plan import Arms, GapClaim, Text
from contracts.plan_reader import read_plan

LEFT_OUT = ...


def with_change(document, path, value):
    """Set, or leave out, what lies at a dotted path such as `indicators.0.type`."""
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    part = document
    for step in steps:
        part = part[step]
    if value is LEFT_OUT:
        del part[last]
    else:
        part[last] = value
    return document


class TestThreeClearMessages:
    def test_a_misspelt_key(self, plan_text, problems_of):
        (problem,) = problems_of(
            plan_text().replace("lateness: P2M", "latenes: P2M").replace("look:", "lateness: P2M\nlook:")
        )
        says = "latenes: this key is unknown; did you mean `lateness`? Allowed here are `plan`, `id`, `version`, "
        assert str(problem).startswith(f"line {problem.line}, {says}")

    def test_a_claim_about_an_unknown_indicator(self, plan_text, problems_of):
        text = (
            plan_text(claims=LEFT_OUT)
            + "claims:\n  gap:\n    baseline: declared\n    odds_ratio:\n      wrk: {parents: 0.8}\n"
        )
        (problem,) = problems_of(text)
        assert str(problem) == (
            f"line {text.count(chr(10))}, claims.gap.odds_ratio.wrk: "
            "`wrk` is no indicator of this plan; did you mean `work`? It names `work`, `debts`"
        )

    def test_a_missing_losers(self, plan_document, problems_of):
        document = with_change(plan_document(), "choices.losers", LEFT_OUT)
        text = yaml.safe_dump(document, sort_keys=False)
        line = text[: text.index("choices:")].count("\n") + 1
        (problem,) = problems_of(text)
        assert str(problem) == (
            f"line {line}, choices.losers: this key is missing: name who may lose by this policy, at least one, such "
            "as `- {who: ..., watched_by: {indicator: ...}}`, or say why nobody can: `losers: {none_because: ...}`"
        )


REFUSED = [
    # the document
    ("plan", "leerlus/v2", "plan", "found `leerlus/v2`; did you mean `leerlus/v1`?"),
    ("id", "Trust_Trial", "id", "small letters, digits and -"),
    ("id", "x" * 65, "id", "at most 64 characters"),
    ("id", LEFT_OUT, "id", "missing"),
    ("version", 0, "version", "a whole number from 1"),
    ("version", True, "version", "found true"),
    ("version", 1.0, "version", "found the number 1.0"),
    ("version", 2, "supersedes_reason", "version 2 needs the reason"),
    ("supersedes_reason", "better", "supersedes_reason", "version 1 replaces nothing"),
    ("kind", "trial", "kind", "allowed are `experiment`, `policy`"),
    ("title", " ", "title", "expected text"),
    ("title", {}, "title", "expected text"),
    ("title", {"de": "Probe"}, "title.de", "allowed here are `nl`, `en`"),
    ("title", 12, "title", "put it in quotes"),
    ("owner", {"table": "board"}, "owner.office", "never a person's name"),
    ("owner.contact", "someone", "owner.contact", "mailto: and https:// addresses"),
    ("effective_from", "2020-13", "effective_from", "is no period"),
    ("effective_from", LEFT_OUT, "effective_from", "missing"),
    ("look", "P2M", "look", "is no look"),
    ("lateness", "2M", "lateness", "is no duration"),
    ("lateness", LEFT_OUT, "lateness", "missing"),
    ("follow_up", "later", "follow_up", "is no duration"),
    ("programme", "A B", "programme", "small letters"),
    ("groups", {}, "groups", "expected a list"),
    ("unit", None, "unit", "expected text, found nothing"),
    # choices
    ("choices.for_whom", LEFT_OUT, "choices.for_whom", "missing"),
    ("choices.not_for_whom", LEFT_OUT, "choices.not_for_whom", "missing"),
    ("choices.areas", LEFT_OUT, "choices.areas", "missing"),
    ("choices.losers", [], "choices.losers", "found an empty list; name who may lose"),
    ("choices.losers", "nobody", "choices.losers", "none_because"),
    ("choices.losers", {"none_because": ""}, "choices.losers.none_because", "expected text"),
    ("choices.losers.0.watched_by", {}, "choices.losers[0].watched_by", "names no cell"),
    ("choices.losers.0.watched_by.indicator", "wrok", "choices.losers[0].watched_by.indicator", "did you mean `work`?"),
    ("choices.losers.0.watched_by.arm", "contrl", "choices.losers[0].watched_by.arm", "It names `control`, `trust`"),
    ("choices.losers.0.watched_by.group", "young", "choices.losers[0].watched_by.group", "no group of this plan"),
    ("choices.losers.0.watched_by.region", "west", "choices.losers[0].watched_by.region", "no region of this plan"),
    ("choices.areas.here", [], "choices.areas.here", "at least 1"),
    ("choices.areas.here", ["north", "north"], "choices.areas.here[1]", "`north` stands in `here` already"),
    ("choices.areas.comparison", ["south"], "choices.areas.comparison[0]", "`south` stands in `here` already"),
    ("choices.areas.here.0", 150, "choices.areas.here[0]", "put it in quotes"),
    ("choices.areas.here.0", "all", "choices.areas.here[0]", "a meaning of its own"),
    ("choices.fairness", "equal", "choices.fairness", "`worst_off_first`, `parity`, `sufficiency`"),
    # assignment, arms and groups
    ("assignment", LEFT_OUT, "assignment", "missing"),
    ("assignment.kind", "random", "assignment.kind", "did you mean `randomised`?"),
    ("assignment.strata", ["region", "age"], "assignment.strata[1]", "allowed are `region`, `cohort`"),
    ("assignment.strata", ["region", "region"], "assignment.strata[1]", "stands here twice"),
    ("arms", LEFT_OUT, "arms", "an experiment needs its arms"),
    ("kind", "policy", "arms", "a policy has no arms"),
    ("arms.watched", ["trust", "control"], "arms.watched[1]", "it cannot be watched against itself"),
    ("arms.watched", ["trust", "trust"], "arms.watched[1]", "stands here twice"),
    ("arms.watched", [], "arms.watched", "at least 1"),
    ("arms.reference", "none", "arms.reference", "a meaning of its own"),
    ("groups.1.id", "parents", "groups[1].id", "`parents` stands at `groups[0]` already"),
    ("groups.2.disadvantaged", "yes", "groups[2].disadvantaged", "expected true or false, found `yes`"),
    ("groups.0.label", LEFT_OUT, "groups[0].label", "missing"),
    ("groups.0.order", 1.5, "groups[0].order", "whole number"),
    # indicators
    ("indicators", [], "indicators", "at least 1"),
    ("indicators.1.id", "work", "indicators[1].id", "`work` stands at `indicators[0]` already"),
    ("indicators.0.direction", "up", "indicators[0].direction", "allowed are `higher_is_better`, `lower_is_better`"),
    ("indicators.0.aspect", LEFT_OUT, "indicators[0].aspect", "missing"),
    ("indicators.0.horizon", "soon", "indicators[0].horizon", "allowed are `now`, `later`"),
    ("indicators.0.role", "main", "indicators[0].role", "allowed are `primary`"),
    ("indicators.0.relevant_difference", 0, "indicators[0].relevant_difference", "above 0"),
    ("indicators.0.relevant_difference", 5, "indicators[0].relevant_difference", "a share from 0 to 1"),
    ("indicators.0.relevant_difference", float("nan"), "indicators[0].relevant_difference", "expected a number"),
    ("indicators.0.maturity", "half a year", "indicators[0].maturity", "is no duration"),
    ("indicators.0.range", [0, 1], "indicators[0].range", "belongs to continuous outcomes"),
    ("indicators.0.decimals", 2, "indicators[0].decimals", "belongs to continuous outcomes"),
    ("indicators.0.margin_difference", 0.1, "indicators[0].margin_difference", "belongs to continuous outcomes"),
    ("indicators.0.floor", 1.5, "indicators[0].floor", "a share between 0 and 1, found 1.5"),
    ("indicators.0.target", 1, "indicators[0].target", "one person is enough to miss 0 or 1"),
    ("indicators.0.target", "high", "indicators[0].target", "expected a number"),
    ("indicators.0.expected", {"control": [0, 0.1]}, "indicators[0].expected.control", "no watched arm of this plan"),
    ("indicators.0.expected", {"trust": [0.1, 0]}, "indicators[0].expected.trust", "the lowest first"),
    ("indicators.0.expected", {"trust": [0, 0.1, 1]}, "indicators[0].expected.trust", "expected two numbers"),
    ("indicators.0.expected", {"trust": [0, 2]}, "indicators[0].expected.trust", "between -1 and 1"),
    ("indicators.0.later_of", "wrk", "indicators[0].later_of", "did you mean `work`?"),
    ("indicators.0.later_of", "work", "indicators[0].later_of", "at a shorter maturity"),
    ("indicators.0.later_of", "debts", "indicators[0].later_of", "the same outcome (type, direction, range)"),
    # claims and evidence
    ("claims", {}, "claims", "nothing is tested"),
    ("claims", {"efect": {}}, "claims.efect", "did you mean `effect`?"),
    ("claims.effect", None, "claims.effect", "expected a mapping, found nothing; `{}` is an empty one"),
    ("claims.effect.margin_odds_ratio", 1.1, "claims.effect.margin_odds_ratio", "above 0 and at most 1"),
    ("claims.gap.margin", 0, "claims.gap.margin", "above 0 and at most 1"),
    ("claims.gap.baseline", "before", "claims.gap.baseline", "allowed are `declared`"),
    ("claims.gap.baseline", "none", "claims.gap.odds_ratio", "used with `baseline: declared` only"),
    ("claims.gap.odds_ratio", LEFT_OUT, "claims.gap.odds_ratio", "needs the odds ratios"),
    ("claims.gap.odds_ratio.work.parents", -1, "claims.gap.odds_ratio.work.parents", "above 0"),
    (
        "claims.gap.odds_ratio.work.older",
        0.9,
        "claims.gap.odds_ratio.work.older",
        "no disadvantaged group of this plan",
    ),
    ("evidence", {"alpha": 0}, "evidence.alpha", "above 0"),
    ("evidence", {"run_length": 10.5}, "evidence.run_length", "whole number"),
    ("evidence", {"bets": []}, "evidence.bets", "at least 1"),
    ("evidence", {"bets": [0.3, 0.25]}, "evidence.bets[1]", "a multiple of 0.1, found 0.25"),
    ("evidence", {"bets": [0.3, 0.3]}, "evidence.bets[1]", "stands here twice"),
    ("evidence", {"bets": [-0.3]}, "evidence.bets[0]", "above 0"),
    ("disclosure", {"minimum_cell": 0}, "disclosure.minimum_cell", "whole number from 1"),
    ("disclosure", [], "disclosure", "expected a mapping, found an empty list"),
    ("evidence", {"bets": [3.1]}, "evidence.bets[0]", "above 0 and at most 3, found the number 3.1"),
    # what is counted, and when
    ("cluster", " ", "cluster", "expected text"),
    ("measured", "twice", "measured", "allowed are `once`, `repeatedly`"),
    ("measured", "repeatedly", "looks", "this key is missing: units that are measured repeatedly need the planned"),
    ("looks", 12, "looks", "belongs to `measured: repeatedly`"),
    ("looks", 0, "looks", "a whole number from 1 to 10000"),
    ("looks", 10_001, "looks", "a whole number from 1 to 10000"),
    ("pre_period", {"from": "2019-01"}, "pre_period.to", "missing: the last period before the policy"),
    ("pre_period", {"from": "2019-01", "to": "late"}, "pre_period.to", "is no period"),
    (
        "pre_period",
        {"from": "2019-06", "to": "2019-05"},
        "pre_period.to",
        "`2019-05` starts or ends before `from`, 2019-06",
    ),
    ("pre_period", {"from": "2019", "to": "2019-05"}, "pre_period.to", "`2019-05` starts or ends before `from`, 2019"),
    ("pre_period", {"from": "2019-01", "to": "2020-01"}, "pre_period.to", "must end before the plan takes effect"),
    ("pre_period", {"from": "2019", "to": "2019", "by": 1}, "pre_period.by", "allowed here are `from`, `to`"),
    ("arms.planned", {"control": 100, "trust": 0}, "arms.planned.trust", "a whole number from 1"),
    ("arms.planned", {"control": 100, "trsut": 1}, "arms.planned.trsut", "no arm of this plan; did you mean `trust`?"),
    ("arms.planned", {"control": 100, "guidance": 90}, "arms.planned.trust", "for every arm, or for none"),
]


@pytest.mark.parametrize("refused", REFUSED, ids=[f"{row[0]}={row[1]}"[:60] for row in REFUSED])
def test_what_does_not_fit_is_refused_at_its_place(plan_document, problems_of, refused):
    path, value, place, says = refused
    document = with_change(plan_document(), path, value)
    problems = problems_of(yaml.safe_dump(document, sort_keys=False))
    (problem,) = [each for each in problems if each.place == place]
    assert says in problem.message
    assert problem.line is not None
    assert all("of this plan" in each.message for each in problems if each is not problem)  # what referred to it


class TestTheSameUnitsInEveryLook:
    def test_they_are_looked_at_by_the_calendar_a_planned_number_of_times(self, plan_of):
        plan = plan_of(measured="repeatedly", looks=24)
        assert (plan.measured, plan.n_looks) == ("repeatedly", 24)
        assert plan_of().n_looks is None

    def test_they_cannot_be_looked_at_by_count(self, plan_text, refusal_of):
        problem = refusal_of(plan_text(measured="repeatedly", looks=24, look="P50N"))
        assert problem.place == "look"
        assert "`P50N` counts observations; units that are measured repeatedly need P1D" in problem.message

    def test_missingness_is_not_compared(self, plan_of):
        plan = plan_of(measured="repeatedly", looks=24)
        assert plan.watched_indicators == plan.indicators


class TestClusters:
    def test_a_cluster_is_named(self, plan_of):
        claims = {"effect": {}, "gap": {}}
        assert plan_of(cluster="class", claims=claims).cluster == "class"
        assert plan_of(cluster=None).cluster is None

    def test_a_cluster_closes_with_a_period(self, plan_text, refusal_of):
        problem = refusal_of(plan_text(cluster="class", look="P50N", claims={"effect": {}}))
        assert problem.place == "look"
        assert "a cluster closes with a period: use P1D, P1W, P1M, P3M or P1Y" in problem.message

    def test_a_cluster_contributes_once(self, plan_text, refusal_of):
        problem = refusal_of(plan_text(cluster="class", measured="repeatedly", looks=4, claims={"effect": {}}))
        assert problem.place == "measured"
        assert "a cluster contributes once" in problem.message


class TestTheTimeBeforeThePolicy:
    def test_it_runs_from_one_period_to_another(self, plan_of):
        before = plan_of(pre_period={"from": "2018-Q3", "to": "2019-12"}).pre_period
        assert (before.first.label, before.last.label) == ("2018-Q3", "2019-12")
        assert [before.holds(parse_period(text)) for text in ("2018-07", "2019-12-31", "2018-06", "2020-01")] == [
            True,
            True,
            False,
            False,
        ]


class TestPlannedUnits:
    def test_they_are_kept_in_the_order_of_the_arms(self, plan_of):
        arms = {"reference": "control", "watched": ["trust", "guidance"]}
        planned = {"guidance": 300, "control": 500, "trust": 400}
        assert plan_of(arms=arms | {"planned": planned}).arms.planned == (
            ("control", 500),
            ("trust", 400),
            ("guidance", 300),
        )
        assert plan_of(arms=arms).arms.planned == ()


def test_all_problems_are_reported_together_in_the_order_of_the_file(plan_document, problems_of):
    document = plan_document()
    for path, value in [
        ("id", "A"),
        ("choices.losers", LEFT_OUT),
        ("groups.0.colour", "red"),
        ("indicators.0.aspect", "money"),
        ("indicators.1.relevant_difference", -1),
        ("claims.gap.odds_ratio", {"wrk": {"parents": 0.8}}),
        ("claims.divergence", {"arm": "trust"}),
    ]:
        with_change(document, path, value)
    text = yaml.safe_dump(document, sort_keys=False).replace("unit: person", "unit: person\nunit: household")
    problems = problems_of(text)
    assert [problem.place for problem in problems] == [
        "id",
        "choices.losers",
        "unit",
        "groups[0].colour",
        "indicators[0].aspect",
        "indicators[1].relevant_difference",
        "claims.gap.odds_ratio.wrk",
        "claims.divergence.arm",
    ]
    lines = text.splitlines()
    for problem in problems:
        written = problem.place.rpartition(".")[2].partition("[")[0]
        assert problem.place == "choices.losers" or written in lines[problem.line - 1]


class TestWhatIsRead:
    def test_a_whole_plan(self, plan_of):
        plan = plan_of(version=2, supersedes_reason="the margin was too wide", follow_up="P2Y", programme="trust")
        assert (plan.id, plan.version, plan.kind) == ("trial", 2, "experiment")
        assert plan.supersedes_reason == Text("the margin was too wide", "the margin was too wide")
        assert plan.arms == Arms("control", ("trust", "guidance"))
        assert plan.choices.losers[0].arm == "control"
        assert plan.effective_from.label == "2020-01"
        assert (plan.look.text, plan.lateness.months, plan.follow_up.months) == ("P1M", 2, 24)
        assert plan.claims.gap == GapClaim("declared", {("work", "parents"): 0.8}, 0.9)
        assert plan.evidence.bets == (0.3, 0.5, 0.8, 1.2)
        assert (plan.disclosure.minimum_cell, plan.disclosure.round_to) == (10, 5)

    def test_binary_outcomes_run_from_0_to_1(self, plan_of):
        indicator = plan_of().indicator("work")
        assert (indicator.low, indicator.high, indicator.decimals) == (0, 1, 0)

    def test_nobody_who_may_lose_is_a_choice_with_a_reason(self, plan_of, plan_document):
        plan = plan_of(choices=plan_document()["choices"] | {"losers": {"none_because": "everybody gets it"}})
        assert plan.choices.losers == ()
        assert plan.choices.no_losers_because.en == "everybody gets it"

    def test_a_plain_text_counts_for_both_languages_and_a_single_one_for_the_other(self, plan_of):
        assert plan_of(title="Proef").title.in_language("en") == "Proef"
        assert plan_of(title={"nl": "Proef"}).title.in_language("en") == "Proef"

    def test_looks_by_count_need_no_lateness(self, plan_of):
        plan = plan_of(look="P50N", lateness=LEFT_OUT)
        assert (plan.look.every, plan.lateness.text) == (50, "P0D")

    def test_a_year_may_be_written_as_a_number(self, plan_of):
        assert plan_of(effective_from=2020).effective_from.label == "2020"

    def test_a_later_outcome_names_the_same_one_at_a_shorter_maturity(self, plan_of, plan_document):
        first = plan_document()["indicators"][0]
        later = first | {"id": "work_later", "maturity": "P2Y", "later_of": "work"}
        assert plan_of(indicators=[first, later]).indicator("work_later").later_of == "work"

    def test_expectations_are_kept_per_arm(self, plan_of, plan_document):
        first = plan_document()["indicators"][0] | {"expected": {"trust": [0, 0.05]}}
        plan = plan_of(indicators=[first, plan_document()["indicators"][1]])
        assert plan.indicators[0].expected == (("trust", 0.0, 0.05),)

    def test_a_plan_may_be_written_as_json(self, plan_of, plan_document):
        assert read_plan(json.dumps(plan_document())) == plan_of()
