import msgspec
import pytest

from contracts.plan import Disclosure
from pipelines.disclosure import disclose, disclose_evidence, round_to

RULE = Disclosure(minimum_cell=10, round_to=5)


def figures(shown):
    return {name: value for name, value in msgspec.structs.asdict(shown).items() if name != "held_back"}


def test_people_are_rounded_and_shares_keep_a_tenth_of_a_per_cent(make_row):
    shown = disclose(make_row(n_a=2435, k_a=235, n_b=2433, k_b=157), RULE)
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
def test_a_small_cell_on_either_side_holds_back_every_figure(make_row, cell, reason):
    shown = disclose(make_row(**cell), RULE)
    assert shown.held_back == reason
    assert set(figures(shown).values()) == {None}
    assert set(msgspec.structs.asdict(disclose_evidence(make_row(**cell), RULE)).values()) == {None}


def test_evidence_is_too_coarse_to_count_people_from(make_row):
    row = make_row(log_e_worse=4.5178, log_e_better=-3.0014, log_detector_worse=None, smallest_visible=0.05567)
    shown = disclose_evidence(row, RULE)
    assert (shown.log_e_worse, shown.log_e_better) == (4.52, -3.0)
    assert (shown.log_detector_worse, shown.log_detector_better, shown.smallest_visible) == (None, 0.5, 0.056)


def test_a_cell_of_exactly_the_minimum_is_shown(make_row):
    assert disclose(make_row(k_b=10), RULE).held_back is None


def test_an_empty_side_is_held_back_even_without_a_minimum(make_row):
    assert disclose(make_row(n_b=0, k_b=0), Disclosure(0, 1)).held_back == "few_people"


@pytest.mark.parametrize(("count", "rounded"), [(12, 10), (13, 15), (17, 15), (18, 20), (20, 20)])
def test_counts_go_to_the_nearest_step(count, rounded):
    assert round_to(count, 5) == rounded


def test_halves_go_up_and_a_step_of_one_rounds_nothing():
    assert (round_to(15, 10), round_to(13, 1), round_to(13, 0)) == (20, 13, 13)
