"""One word per outcome and arm: better, worse, mixed, no difference seen, or too early; and what was expected."""

import pytest

from contracts.evidence import EvidenceRow
from pipelines.verdicts import verdicts, word_of


def effect(**facts):
    """Return the effect of `trust` on `work` for everybody, which does not stand, unless told otherwise."""
    quiet = {
        "policy": "trial",
        "plan_version": 1,
        "plan_sha256": f"{1:064}",
        "claim": "effect",
        "indicator": "work",
        "other_indicator": None,
        "arm": "trust",
        "region": "all",
        "group": "all",
        "look": "2026-03",
        "look_index": 3,
        "offsets": (0, 99),
        "n_a": 400,
        "k_a": 120,
        "n_b": 400,
        "k_b": 124,
        "scale": "odds_ratio",
        "estimate": 1.05,
        "lower": 0.7,
        "upper": 1.5,
        "difference": 0.01,
        "difference_lower": -0.08,
        "difference_upper": 0.10,
        "log_e_worse": -1.0,
        "log_e_better": -0.5,
        "log_detector_worse": 0.0,
        "log_detector_better": 0.0,
        "recent": None,
        "guarantee": "exact",
        "state": "watching",
        "stands": None,
        "smallest_visible": 0.11,
        "reason": None,
    }
    return EvidenceRow(**quiet | facts)


def standing(way, **facts):
    return effect(stands=way, state="standing", **facts)


@pytest.fixture
def of_trust(plan_of):
    """Give the verdict on `trust` and `work` by these rows."""
    return lambda *rows: verdicts(rows, plan_of())[0]


# The word


@pytest.mark.parametrize("way", ["better", "worse"])
def test_what_stands_for_everybody_and_nowhere_the_other_way_is_the_verdict(of_trust, way):
    found = of_trust(standing(way), standing(way, region="north"), effect(group="parents"))
    assert (found.word, found.why) == (way, "stands")
    assert [row.region for row in found.standing] == ["all", "north"]


@pytest.mark.parametrize("cell", [{"group": "parents"}, {"region": "north"}, {"group": "older", "region": "south"}])
def test_a_group_or_region_that_stands_the_other_way_makes_it_mixed(of_trust, cell):
    found = of_trust(standing("better"), standing("worse", **cell))
    assert (found.word, found.why) == ("mixed", "stands_both_ways")


def test_regions_that_stand_against_each_other_make_it_mixed(of_trust):
    found = of_trust(effect(), standing("worse", region="north"), standing("better", region="south"))
    assert (found.word, found.why) == ("mixed", "stands_both_ways")


def test_what_stands_in_a_group_only_is_mixed_and_not_hidden_by_the_average(of_trust):
    found = of_trust(effect(), standing("worse", group="parents"))
    assert (found.word, found.why) == ("mixed", "stands_somewhere_only")


@pytest.mark.parametrize("whole", [effect(), standing("better"), standing("worse")])
def test_a_divergence_stands_both_ways(of_trust, whole):
    found = of_trust(whole, standing("worse", claim="divergence", group="parents"))
    assert (found.word, found.why) == ("mixed", "stands_both_ways")


def test_where_nothing_stands_no_difference_was_seen(of_trust):
    found = of_trust(effect(), effect(group="parents", state="withdrawn"))
    assert (found.word, found.why, found.standing) == ("no_difference_seen", "nothing_stands", ())
    assert found.smallest_visible == 0.11


def test_a_gap_or_another_arm_or_outcome_is_not_the_effect(of_trust):
    others = [
        standing("worse", claim="gap", arm="trust", group="parents"),
        standing("worse", arm="guidance"),
        standing("worse", indicator="debts"),
        standing("worse", indicator="work.missing"),
    ]
    assert of_trust(effect(), *others).word == "no_difference_seen"


def test_the_last_telling_of_a_row_counts(of_trust):
    assert of_trust(standing("better"), effect(look_index=4, state="withdrawn")).word == "no_difference_seen"


# Nothing may be concluded


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (effect(state="too_early", reason="too_early: fewer than 10 people on a side"), "too_early"),
        (effect(state="too_early", reason="too_few: fewer than 30 clusters on a side"), "too_few"),
        (
            effect(guarantee="descriptive", reason="descriptive: missing outcomes differ between the arms"),
            "descriptive",
        ),
        (effect(state="too_early", reason=None), "too_early"),
    ],
)
def test_what_is_refused_is_too_early_with_its_reason(of_trust, row, why):
    found = of_trust(row)
    assert (found.word, found.why) == ("too_early", why)
    assert not found.rules_out_relevant


def test_before_the_first_look_it_is_too_early(of_trust):
    found = of_trust()
    assert (found.word, found.whole, found.smallest_visible) == ("too_early", None, None)


def test_every_indicator_and_watched_arm_has_a_verdict_in_the_order_of_the_plan(plan_of):
    found = [(each.indicator, each.arm) for each in verdicts([effect()], plan_of())]
    assert found == [("work", "trust"), ("work", "guidance"), ("debts", "trust"), ("debts", "guidance")]


# What matters, and what was expected


@pytest.mark.parametrize(
    ("bounds", "is_ruled_out"),
    [((-0.04, 0.03), True), ((-0.06, 0.03), False), ((-0.04, 0.05), False), ((None, 0.03), False)],
)
def test_a_relevant_difference_is_ruled_out_when_the_interval_lies_inside_it_on_both_sides(
    of_trust, bounds, is_ruled_out
):
    lower, upper = bounds
    assert of_trust(effect(difference_lower=lower, difference_upper=upper)).rules_out_relevant is is_ruled_out


@pytest.mark.parametrize(
    ("bounds", "seen"),
    [
        ((0.01, 0.05), "inside"),
        ((-0.09, -0.01), "below"),
        ((0.06, 0.20), "above"),
        ((-0.02, 0.03), "uncertain"),
        ((-0.10, 0.20), "uncertain"),
        ((None, None), "uncertain"),
    ],
)
def test_what_was_expected_is_held_against_the_interval(plan_of, plan_document, bounds, seen):
    work, debts = plan_document()["indicators"]
    plan = plan_of(indicators=[work | {"expected": {"trust": [0.0, 0.05]}}, debts])
    lower, upper = bounds
    of_trust, of_guidance, *_ = verdicts([effect(difference_lower=lower, difference_upper=upper)], plan)
    assert (of_trust.expected.low, of_trust.expected.high, of_trust.expected.seen) == (0.0, 0.05, seen)
    assert of_guidance.expected is None


def test_the_rule_by_itself():
    assert word_of("better", ["better", "better"]) == ("better", "stands")
    assert word_of("better", ["worse"]) == ("mixed", "stands_both_ways")
    assert word_of(None, ["worse", "better"]) == ("mixed", "stands_both_ways")
    assert word_of(None, []) == ("no_difference_seen", "nothing_stands")
