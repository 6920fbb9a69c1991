"""The view across places: an effect in a place like these, from what each place may show."""

from dataclasses import replace

import pytest

from contracts.evidence import EvidenceRow
from pipelines.across_sites import across_sites

WORK = ("work", "trust")


def site(region, n_a=400, k_a=120, n_b=400, k_b=160, **facts):
    """The effect of `trust` on `work` in one region; 30 against 40 of the 100 unless told otherwise."""
    made = {
        "policy": "trial",
        "plan_version": 1,
        "plan_sha256": f"{1:064}",
        "claim": "effect",
        "indicator": "work",
        "other_indicator": None,
        "arm": "trust",
        "region": region,
        "group": "all",
        "look": "2026-03",
        "look_index": 3,
        "offsets": (0, 99),
        "n_a": n_a,
        "k_a": k_a,
        "n_b": n_b,
        "k_b": k_b,
        "scale": "odds_ratio",
        "guarantee": "exact",
        "state": "watching",
    }
    rest = {field: None for field in EvidenceRow.__struct_fields__ if field not in made}
    return EvidenceRow(**rest | made | {"log_e_worse": 0.0, "log_e_better": 0.0} | facts)


@pytest.fixture
def plan(make):
    return make.plan()


def test_places_that_agree_give_their_difference_and_no_variation(plan):
    found = across_sites([site("north"), site("south"), site("west")], plan)[WORK]
    assert found.n_sites == 3
    assert found.estimate == pytest.approx(0.1)
    assert found.tau2 == found.i2 == 0.0
    by_hand = (0.3 * 0.7 + 0.4 * 0.6) / 399 / 3  # variance of a mean of three equal differences
    assert (found.upper - found.estimate) == pytest.approx(4.302652729911275 * by_hand**0.5)  # t, 2 degrees, 97.5 %


def test_places_that_disagree_vary(plan):
    found = across_sites([site("north"), site("south", k_b=60), site("west", k_b=240)], plan)[WORK]
    assert found.tau2 > 0.01
    assert found.predicted_lower < found.lower < found.upper < found.predicted_upper


def test_the_last_row_of_a_place_counts(plan):
    found = across_sites([site("north", k_b=10), site("south"), site("north")], plan)[WORK]
    assert found.estimate == pytest.approx(0.1)


@pytest.mark.parametrize(
    "facts",
    [
        {"k_b": 9},
        {"n_a": 9, "k_a": 4},
        {"state": "too_early"},
        {"guarantee": "descriptive"},
        {"group": "parents"},
        {"claim": "gap"},
    ],
)
def test_a_place_that_may_not_be_shown_or_promises_nothing_is_left_out(plan, facts):
    assert across_sites([site("north"), site("south", **facts)], plan) == {}


def test_what_a_row_does_not_say_the_spread_of_is_not_laid_together(plan):
    rows = [site("north"), site("south")]
    values = tuple(replace(each, type="continuous") for each in plan.indicators)
    assert across_sites(rows, plan)
    assert across_sites(rows, replace(plan, indicators=values)) == {}
    assert across_sites(rows, replace(plan, cluster="class")) == {}
    assert across_sites(rows, replace(plan, measured="repeatedly", n_looks=3)) == {}
