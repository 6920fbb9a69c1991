"""The simulated trial has the sizes it says, the same bytes every time, and the differences its plan declares."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from contracts.plan_reader import read_plan
from contracts.plan_rows import rows_of
from examples.trust_trial.generator import generate, truth
from examples.trust_trial.implied import Implied
from examples.trust_trial.make import FOLDER, broken, make
from examples.trust_trial.outcomes import OUTCOMES, drawn, shares
from examples.trust_trial.people import ARMS, GROUPS, SIZES, participants
from pipelines.replay import replay

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def plan():
    return read_plan((FOLDER / "plan.yaml").read_text())


@pytest.fixture(scope="module")
def records():
    return list(generate(scale=1, seed=11))


@pytest.fixture(scope="module")
def enrolled(records):
    decoded = map(json.loads, records)
    return [each["enrolment"] for each in decoded if "enrolment" in each]


@pytest.fixture(scope="module")
def observed(records):
    decoded = map(json.loads, records)
    return [each for each in decoded if "enrolment" not in each]


# Who and when


def test_six_municipalities_have_the_published_range_and_total():
    assert (min(SIZES.values()), max(SIZES.values()), sum(SIZES.values())) == (304, 890, 3458)


def test_at_scale_1_as_many_people_enrol(enrolled):
    assert Counter(each["region"] for each in enrolled) == SIZES
    assert len({each["unit"] for each in enrolled}) == 3458


def test_scale_multiplies_every_municipality():
    sizes = Counter(SIZES[region] for region in SIZES)
    people = participants(np.random.default_rng(0), scale=3)
    assert Counter((np.bincount(people.region) // 3).tolist()) == sizes


def test_arms_are_drawn_by_lot_in_equal_numbers_within_municipality_and_quarter(enrolled):
    cells = Counter((each["region"], each["cohort"], each["arm"]) for each in enrolled)
    places = {(region, cohort) for region, cohort, _ in cells}
    spread = [[cells[(*place, arm)] for arm in ARMS] for place in places]
    assert all(max(each) - min(each) <= 1 for each in spread)
    assert len(places) == 6 * 6


def test_groups_overlap_and_the_three_of_education_share_everybody(enrolled):
    of_education = {"low_education", "middle_education", "high_education"}
    assert {len(of_education & set(each["groups"])) for each in enrolled} == {1}
    assert {group for each in enrolled for group in each["groups"]} == set(GROUPS)
    assert any(len(each["groups"]) == 4 for each in enrolled)


def test_records_come_in_the_order_in_which_they_were_measured(observed):
    moments = [each["observed_at"] for each in observed]
    assert moments == sorted(moments)


def test_every_area_has_work_from_before_and_only_those_outside_go_on_without_an_arm(observed, plan):
    outside = [each for each in observed if each["arm"] == "none"]
    before = {each["region"] for each in outside if each["period"] < "2017-10"}
    after = {each["region"] for each in outside if each["period"] >= "2017-10"}
    areas = plan.choices.areas
    assert before == set(areas.every)
    assert after == {*areas.elsewhere, *areas.comparison}
    assert {each["period"] for each in outside if each["period"] < "2017-10"} == {
        *(f"2016-{month}" for month in (10, 11, 12)),
        *(f"2017-0{month}" for month in range(1, 10)),
    }


# Chance


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(records):
    assert list(generate(scale=1, seed=11)) == records
    assert list(generate(scale=1, seed=12)) != records


def test_the_quiet_version_has_the_same_people_and_differs_in_values_only(observed):
    quiet = [each for each in map(json.loads, generate(scale=1, seed=11, quiet=True)) if "enrolment" not in each]
    differing = 0
    for one, other in zip(observed, quiet, strict=True):
        differing += one["value"] != other["value"]
        assert one | {"value": 0} == other | {"value": 0}
    assert 0 < differing < len(observed) / 10


def test_outcomes_are_as_common_as_the_model_says():
    """Each of six shares lies within five standard errors of its expectation: a false alarm in 3 of a million runs."""
    rng = np.random.default_rng(5)
    people = participants(rng, scale=5)
    for outcome in OUTCOMES:
        share = shares(people, outcome, arm=people.arm)
        error = np.sqrt((share * (1 - share)).sum()) / len(people)
        assert abs(drawn(people, share, rng).mean() - share.mean()) < 5 * error


@pytest.mark.parametrize("group", ["single_parent", "low_education"])
@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda each: each.id)
def test_the_declared_gap_is_that_of_drawn_outcomes_inside_the_strata(outcome, group, plan):
    """Mantel-Haenszel over region and month of a large sample; its standard error is at most 0.02 in log odds."""
    rng = np.random.default_rng(6)
    people = participants(rng, scale=30)
    value = drawn(people, shares(people, outcome, arm=people.arm), rng)
    inside = people.groups[:, GROUPS.index(group)]
    stratum = people.region * 65_536 + people.month
    top = bottom = 0.0
    for each in np.unique(stratum):
        here = stratum == each
        b, a = value[here & inside], value[here & ~inside]
        top += b.sum() * (1 - a).sum() / here.sum()
        bottom += a.sum() * (1 - b).sum() / here.sum()
    assert np.log(top / bottom) == pytest.approx(np.log(plan.claims.gap.odds_ratio[outcome.id, group]), abs=0.07)


# What was put in


def test_every_change_is_about_something_that_the_plan_tests(plan):
    tested = {rows.claim for rows in rows_of(plan)}
    ids, groups = {each.id for each in plan.indicators}, {each.id for each in plan.groups}
    for change in truth():
        assert change.claim in tested
        assert change.odds_ratios.keys() <= ids
        assert change.indicator in ids | {"all"}
        assert change.arm in {*plan.arms.watched, "all"}
        assert change.group in groups | {"all"}
        assert change.region in {*plan.choices.areas.elsewhere, "all"}
    assert [change.claim for change in truth()] == ["divergence", "elsewhere", "later", "trade_off", "cumulation"]


def test_the_plan_and_the_model_agree_about_what_is_measured_and_which_way_is_better(plan):
    assert [(each.id, each.maturity.months, each.direction == "higher_is_better") for each in plan.indicators] == [
        (each.id, each.maturity, each.is_good) for each in OUTCOMES
    ]
    assert tuple(each.id for each in plan.groups) == GROUPS
    assert plan.arms.every == ARMS
    assert set(plan.choices.areas.here) == set(SIZES)


def test_the_rows_that_name_the_changes_are_true_with_them_and_not_without(plan):
    with_changes, without = Implied(plan, truth()), Implied(plan, ())
    for change in truth():
        assert with_changes.is_true(_Standing(change))
        assert not without.is_true(_Standing(change))


class _Standing:
    """The part of a row of evidence that says what stands."""

    def __init__(self, change):
        self.claim, self.indicator, self.other_indicator = change.claim, change.indicator, change.other_indicator
        self.arm, self.region, self.group, self.stands = change.arm, change.region, change.group, change.direction


# Files


def test_the_files_are_written_and_a_quiet_trial_states_no_truth(tmp_path, records):
    make(tmp_path, seed=11, scale=1)
    assert (tmp_path / "observations.ndjson").read_bytes().splitlines() == records
    for name in ("plan.yaml", "truth.yaml", "broken.ndjson"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()
    make(tmp_path, seed=11, scale=0.1, quiet=True)
    assert yaml.safe_load((tmp_path / "truth.yaml").read_text()) == []


def test_the_command_writes_the_files(tmp_path):
    command = [sys.executable, "-m", "examples.trust_trial.make", "--seed", "3", "--scale", "0.1", "--out", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    assert (tmp_path / "observations.ndjson").read_bytes().splitlines() == list(generate(scale=0.1, seed=3))


def test_every_broken_record_is_refused_for_its_own_reason(plan):
    found = replay(plan, [line.encode() for line in broken()])
    assert [" ".join(reason.code for reason in each.reasons) for each in found.quarantined] == [
        "not_json",
        "not_a_pseudonym",
        "unknown_indicator",
        "unknown_region",
        "unknown_arm",
        "unknown_arm",
        "missing_cohort",
        "unknown_group",
        "not_binary",
        "period_too_coarse",
        "before_effective_from",
        "period_in_future",
        "unknown_field",
    ]
