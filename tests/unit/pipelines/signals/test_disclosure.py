from dataclasses import replace

import msgspec
import pytest

from contracts.plan import Disclosure, EvidenceSettings
from pipelines.disclosure import disclose, disclose_evidence, round_to


def figures(shown):
    return {name: value for name, value in msgspec.structs.asdict(shown).items() if name != "held_back"}


def test_people_are_rounded_and_shares_keep_a_tenth_of_a_per_cent(plan, make_row):
    shown = disclose(make_row(n_a=2435, k_a=235, n_b=2433, k_b=157), plan)
    assert (shown.n_a, shown.n_b) == (2435, 2435)
    assert (shown.share_a, shown.share_b) == (0.097, 0.065)
    assert shown.held_back is None


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ({"n_b": 9, "k_b": 4}, "few_people"),
        ({"n_a": 9, "k_a": 4}, "few_people"),
        ({"k_b": 9}, "few_with_outcome"),
        ({"k_a": 0}, "few_with_outcome"),
        ({"k_b": 191}, "few_without_outcome"),
        ({"k_a": 200}, "few_without_outcome"),
    ],
)
def test_a_small_cell_on_either_side_holds_back_every_figure(plan, make_row, cell, reason):
    shown = disclose(make_row(**cell), plan)
    assert shown.held_back == reason
    assert set(figures(shown).values()) == {None}
    assert set(msgspec.structs.asdict(disclose_evidence(make_row(**cell), plan)).values()) == {None}


def test_evidence_is_too_coarse_to_count_people_from(plan, make_row):
    row = make_row(log_e_worse=4.5178, log_e_better=-3.0014, log_detector_worse=None, smallest_visible=0.05567)
    shown = disclose_evidence(row, plan)
    assert (shown.log_e_worse, shown.log_e_better) == (4.52, -3.0)
    assert (shown.log_detector_worse, shown.log_detector_better, shown.smallest_visible) == (None, 0.5, 0.056)


def test_a_cell_of_exactly_the_minimum_is_shown(plan, make_row):
    assert disclose(make_row(k_b=10), plan).held_back is None


def test_an_empty_side_is_held_back_even_without_a_minimum(plan, make_row):
    without = replace(plan, disclosure=Disclosure(0, 1))
    assert disclose(make_row(n_b=0, k_b=0), without).held_back == "few_people"


# Claims that are not counts on two sides


def test_of_values_only_the_people_count_and_the_mean_is_shown(make_plan, make_row, make_indicator):
    wages = make_plan(make_indicator(type="continuous", low=0.0, high=5000.0, decimals=2))
    row = make_row(n_a=12, k_a=13_200.5, n_b=11, k_b=4, scale="difference", estimate=-1099.7)
    shown = disclose(row, wages)
    assert (shown.held_back, shown.n_a, shown.share_a, shown.share_b) == (None, 10, 1100.042, 0.364)
    assert disclose(make_row(n_a=9, k_a=9000.0), wages).held_back == "few_people"


def test_of_clusters_their_number_and_their_summed_shares_count(make_plan, make_row):
    classes = replace(make_plan(), cluster="class")
    assert disclose(make_row(n_a=40, k_a=12.25, n_b=40, k_b=18.5), classes).share_a == 0.306
    assert disclose(make_row(n_a=40, k_a=9.75, n_b=40, k_b=18.5), classes).held_back == "few_with_outcome"


@pytest.mark.parametrize(
    ("cell", "reason"), [({}, None), ({"n_b": 9}, "few_people"), ({"k_b": 191}, "few_without_outcome")]
)
def test_a_level_has_no_reference_that_could_be_small(plan, make_row, cell, reason):
    shown = disclose(make_row(**{"claim": "level", "n_a": 0, "k_a": 0, "scale": "difference", **cell}), plan)
    assert shown.held_back == reason
    assert (shown.n_a, shown.share_a) == (None, None)
    assert (shown.share_b == 0.24) == (reason is None)


def test_setbacks_in_several_outcomes_show_people_and_nothing_of_one_outcome(plan, make_row):
    shown = disclose(make_row(claim="cumulation", indicator="all", k_a=0, k_b=3, estimate=None), plan)
    assert (shown.held_back, shown.n_b, shown.share_a, shown.share_b) == (None, 200, None, None)


OTHER = {"other_difference": 0.0612, "other_difference_lower": 0.0204, "other_difference_upper": 0.1021}


def test_both_parts_of_a_combined_claim_are_shown_or_neither(plan, make_row):
    shown = disclose(make_row(claim="divergence", **OTHER), plan)
    others = (shown.other_difference, shown.other_difference_lower, shown.other_difference_upper)
    assert others == (0.061, 0.02, 0.102)
    assert set(figures(disclose(make_row(claim="divergence", n_b=9, k_b=4, **OTHER), plan)).values()) == {None}


def test_another_part_whose_size_nothing_vouches_for_is_not_shown(plan, make_row):
    unbounded = make_row(claim="divergence", **{**OTHER, "other_difference_lower": None})
    assert disclose(unbounded, plan).other_difference is None
    lenient = replace(plan, evidence=EvidenceSettings(minimum_events=9))
    assert disclose(make_row(claim="divergence", **OTHER), lenient).other_difference is None


@pytest.mark.parametrize(("count", "rounded"), [(12, 10), (13, 15), (17, 15), (18, 20), (20, 20)])
def test_counts_go_to_the_nearest_step(count, rounded):
    assert round_to(count, 5) == rounded


def test_halves_go_up_and_a_step_of_one_rounds_nothing():
    assert (round_to(15, 10), round_to(13, 1), round_to(13, 0)) == (20, 13, 13)
