"""What the rows of every claim keep to, whatever the plan: one set of checks, and no test of a kind of its own."""

import random
from itertools import pairwise, product
from math import isfinite
from typing import get_args

import msgspec
import pytest

from contracts.evidence import REFUSALS, Claim, EvidenceRow
from contracts.plan_rows import n_rows

COMBINED = {"divergence", "effects_differ", "average_hides", "trade_off", "co_benefit", "later", "cumulation"}
FIGURES = (
    *("scale", "estimate", "lower", "upper", "difference", "difference_lower", "difference_upper"),
    *("selected_lower", "selected_upper", "smallest_visible", "placebos"),
    *("other_difference", "other_difference_lower", "other_difference_upper"),
)


@pytest.fixture(scope="module")
def plan(world, name):
    return world.plans[name]


@pytest.fixture(scope="module")
def rows(world, name):
    """Every row of a quiet stream by address."""
    return world.rows(name)


@pytest.fixture(scope="module")
def every(rows):
    return [row for life in rows.values() for row in life]


def implied(plan):
    """Return the addresses that "Which comparisons a plan implies" names, written down once more."""
    asked, areas = plan.claims, plan.choices.areas
    watched = plan.arms.watched if plan.arms else ()
    arms = ("all", *(plan.arms.every if plan.arms else ()))
    regions, groups = ("all", *areas.here), ("all", *(each.id for each in plan.groups))
    behind = tuple(each.id for each in plan.groups if each.disadvantaged)
    ids = [each.id for each in plan.indicators]
    awaited = [f"{each.id}.missing" for each in plan.indicators if each.maturity and plan.measured == "once"]
    levels = [each.id for each in plan.indicators if each.floor or each.target]
    pairs = [tuple(pair) for claim in (asked.trade_off, asked.co_benefit) if claim for pair in claim.pairs]
    longer = [(each.id, each.later_of) for each in plan.indicators if each.later_of]
    parts = {
        "effect": product([(each, None) for each in (*ids, *awaited)], watched, regions, groups),
        "gap": product([(each, None) for each in ids], arms, regions, behind),
        "elsewhere": product([(each, None) for each in ids], ["all"], areas.elsewhere, ["all"]),
        "level": product([(each, None) for each in levels], arms, regions, groups),
        "divergence": product([(each, None) for each in ids], watched, regions, behind),
        "effects_differ": product([(each, None) for each in ids], watched, regions, behind),
        "average_hides": product([(each, None) for each in ids], watched, regions, behind),
        "trade_off": product([order for pair in pairs for order in (pair, pair[::-1])], watched, regions, groups),
        "co_benefit": product(pairs, watched, regions, groups),
        "later": product(longer, watched, regions, ("all", *behind)),
        "cumulation": product([("all", None)], watched, ["all"], groups),
        "roll_out": product([(each, None) for each in ids], ["all"], ["all"], ["all"]),
    }
    return {
        (claim, *names, arm, region, group)
        for claim, cells in parts.items()
        if getattr(asked, claim)
        for names, arm, region, group in cells
    }


def test_the_plans_test_every_claim_there_is(world):
    asked = {claim for plan in world.plans.values() for claim in get_args(Claim) if getattr(plan.claims, claim)}
    assert asked == set(get_args(Claim))


def test_the_rows_are_those_that_the_plan_implies(plan, rows):
    assert set(rows) == implied(plan)
    assert len(rows) == n_rows(plan)


def test_evidence_is_finite(every):
    for row in every:
        evidence = (row.log_e_worse, row.log_e_better, row.log_detector_worse, row.log_detector_better)
        assert all(isfinite(each) for each in evidence if each is not None)


def test_a_combined_claim_looks_one_way_and_has_no_detector(every):
    for row in every:
        if row.claim in COMBINED:
            unused = row.log_e_worse if row.claim == "co_benefit" else row.log_e_better
            assert (unused, row.log_detector_worse, row.log_detector_better, row.recent) == (0.0, None, None, None)
        else:
            assert row.other_difference is None


def test_what_is_too_early_or_without_guarantee_says_why(every):
    for row in every:
        code = row.reason.split(":")[0] if row.reason else None
        assert code is None or code in REFUSALS
        if row.claim != "roll_out":
            assert (code in {"too_early", "too_few"}) == (row.state == "too_early")
            assert (code == "descriptive") == (row.guarantee == "descriptive" and row.state != "too_early")
        else:
            assert row.guarantee == "descriptive"


def test_what_is_too_early_has_no_figures(every):
    for row in every:
        if row.state == "too_early":
            assert [getattr(row, each) for each in FIGURES] == [None] * len(FIGURES)
        elif row.claim not in {"cumulation", "roll_out"}:
            assert row.scale is not None
            assert row.difference is not None


def test_only_what_stands_has_a_direction_and_a_selected_interval(every):
    for row in every:
        assert (row.stands is not None) == (row.state == "standing")
        assert row.stands is not None or (row.selected_lower, row.selected_upper) == (None, None)
        assert row.recent is not None or row.began is None


def test_intervals_hold_their_estimates(every):
    bounds = [("estimate", "lower", "upper"), ("difference", "difference_lower", "difference_upper")]
    for row, names in product(every, bounds):
        estimate, lower, upper = (getattr(row, each) for each in names)
        assert lower is None or lower <= estimate + 1e-12
        assert upper is None or upper >= estimate - 1e-12


def test_a_guarantee_is_that_of_how_it_is_counted(plan, every):
    is_exact = plan.cluster is None and plan.indicators[0].type == "binary"
    for row in every:
        is_counts = is_exact or (row.indicator.endswith(".missing") and plan.cluster is None)
        assert row.guarantee in {"exact" if is_counts else "asymptotic", "descriptive"}
        is_against_before = row.claim == "elsewhere" or (row.claim == "gap" and plan.pre_period is not None)
        if row.claim not in COMBINED and (not is_counts or is_against_before or plan.measured == "repeatedly"):
            assert row.log_detector_worse is row.log_detector_better is None


def test_a_level_has_no_reference(every):
    for row in every:
        if row.claim == "level":
            assert (row.n_a, row.k_a) == (0, 0)


def test_rows_are_in_their_order_and_closings_are_numbered(world, name):
    closings = world.closings(name)
    assert [each.closing for each in closings] == list(range(1, len(closings) + 1))
    for closing in closings:
        order = [
            (row.claim, row.indicator, row.other_indicator or "", row.arm, row.region, row.group)
            for row in closing.rows
        ]
        assert order == sorted(set(order))


def test_a_closing_shows_what_it_counted_and_nothing_of_other_indicators_but_what_moved(world, name):
    before = {}
    for closing in world.closings(name):
        for row in closing.rows:
            key = (row.claim, row.indicator, row.other_indicator, row.arm, row.region, row.group)
            is_moved = before.get(key) not in {None, (row.state, row.stands)}
            is_counted = closing.indicator in {row.indicator, row.other_indicator} or row.claim == "cumulation"
            assert is_moved or is_counted or key not in before
            before[key] = (row.state, row.stands)


def test_cumulative_counts_never_fall(rows):
    for life in rows.values():
        for earlier, later in pairwise(life):
            assert earlier.n_a <= later.n_a
            assert earlier.n_b <= later.n_b
            if life[0].claim != "roll_out":
                assert earlier.k_a <= later.k_a
                assert earlier.k_b <= later.k_b


def test_rows_survive_json(every):
    assert msgspec.json.decode(msgspec.json.encode(every), type=list[EvidenceRow]) == every


def test_any_chunks_and_restarts_give_the_same_rows(world, name):
    contents, plan = world.stream(name).contents, world.plans[name]
    cuts = sorted(random.Random(7).sample(range(1, len(contents)), 6))
    for is_restarted in (False, True):
        assert world.fold(plan, contents, cuts=cuts, is_restarted=is_restarted) == world.closings(name)


def shuffled(quarter):
    """Return the records of a quarter in which those of each indicator changed places; who closes a look does so."""
    of_kind = {}
    for each in quarter:
        of_kind.setdefault(each.get("indicator"), []).append(each)
    drawn = {kind: iter(random.Random(3).sample(each, len(each)) if kind else each) for kind, each in of_kind.items()}
    return [next(drawn[each.get("indicator")]) for each in quarter]


def test_the_order_within_a_look_changes_nothing(world, name):
    quarters = world.stream(name).quarters.values()
    contents = [content for quarter in quarters for content in shuffled(quarter)]
    assert without_offsets(world.fold(world.plans[name], contents)) == without_offsets(world.closings(name))


def test_a_quarter_sent_twice_changes_no_row(world, name):
    stream = world.stream(name)
    twice = [content for quarter in stream.quarters.values() for content in quarter * 2]
    assert without_offsets(world.fold(stream.plan, twice)) == without_offsets(world.closings(name))


def without_offsets(closings):
    return [msgspec.structs.replace(row, offsets=(0, 0)) for closing in closings for row in closing.rows]


def test_a_version_that_changes_nothing_changes_no_evidence(world, name):
    """Whatever is kept per look is found again under the new version; only what a version says of itself differs."""
    over_a_version = world.rows_over_a_version(name, from_quarter="2020-Q3")
    assert {row.plan_version for life in over_a_version.values() for row in life} == {1, 2}
    assert {key: said(life) for key, life in over_a_version.items()} == {
        key: said(life) for key, life in world.rows(name).items()
    }


def said(life):
    """Return what the last row says, without its version; of a roll-out, which starts with its version, nothing."""
    unnamed = {"plan_version": 0, "plan_sha256": "", "offsets": (0, 0)}
    return None if life[-1].claim == "roll_out" else msgspec.structs.replace(life[-1], **unnamed)
