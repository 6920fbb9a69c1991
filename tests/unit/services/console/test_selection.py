from dataclasses import replace

from services.console.selection import arms_of, select


def test_an_experiment_shows_the_effect_of_its_first_arm(plan):
    selection = select(plan)
    assert (selection.claim, selection.arm, selection.region, selection.order) == (
        "effect",
        "exemption",
        "all",
        "slechtste",
    )


def test_what_an_old_link_asks_for_and_the_plan_does_not_know_falls_back(plan):
    assert select(plan, arm="gone", region="GM9999", order="sideways") == select(plan)


def test_groups_against_everyone_else_are_the_disadvantaged_ones(plan):
    assert select(plan).groups == ("single_parent", "low_education", "under_27", "health")
    assert select(plan, arm="all").groups == ("single_parent", "low_education", "health")


def test_a_policy_without_arms_compares_each_group_with_the_rest(plan):
    policy = replace(plan, kind="policy", arms=None)
    assert arms_of(policy) == ("all",)
    assert select(policy).claim == "gap"


def test_without_gaps_in_the_plan_there_is_no_comparison_with_the_rest(plan):
    assert arms_of(replace(plan, claims=replace(plan.claims, gap=None))) == ("exemption", "guidance")


def test_an_effect_is_also_read_for_everyone_together(plan):
    assert select(plan).board().groups[-1] == "all"
    assert "all" not in select(plan, arm="all").board().groups


def test_regions_stand_beside_each_other_only_when_none_is_chosen(plan):
    assert select(plan).has_places
    assert not select(plan, region="GM0014").has_places


def test_the_board_of_regions_shows_all_indicators_of_everyone_or_one_indicator_of_all_groups(plan):
    assert len(select(plan).places().indicators) == 3
    gaps = select(plan, arm="all").places()
    assert gaps.indicators == ("part_time_work",)
    assert gaps.groups == ("single_parent", "low_education", "health")
