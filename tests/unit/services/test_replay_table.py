"""What a terminal shows of evidence: both sides of every kind of claim, and of many comparisons those that matter."""

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from contracts.evidence import Claim, EvidenceRow
from contracts.plan_reader import read_plan
from services.amounts import sides
from services.commands import replay

PLAN = Path(__file__).parents[2] / "e2e" / "console" / "trial.yaml"
ROW = EvidenceRow(
    policy="trust-trial",
    plan_version=1,
    plan_sha256="",
    claim="effect",
    indicator="part_time_work",
    other_indicator=None,
    arm="exemption",
    region="all",
    group="all",
    look="2018-03",
    look_index=6,
    offsets=(0, 9),
    n_a=300,
    k_a=75,
    n_b=200,
    k_b=44,
    scale="odds_ratio",
    estimate=0.85,
    lower=None,
    upper=1.4,
    difference=-0.03,
    difference_lower=-0.12,
    difference_upper=0.06,
    log_e_worse=0.1,
    log_e_better=-0.4,
    log_detector_worse=None,
    log_detector_better=None,
    recent=None,
    guarantee="exact",
    state="watching",
    stands=None,
    smallest_visible=0.08,
    reason=None,
)
WAGE = {"indicator": "wage", "k_a": 4210.5, "k_b": 3000, "scale": "difference", "estimate": 0.965, "lower": 0.1}


def row(**facts):
    return msgspec.structs.replace(ROW, **facts)


@pytest.fixture(scope="module")
def plan():
    return read_plan(PLAN.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("facts", "reference", "watched"),
    [
        ({}, "75 of 300 (25.0%)", "44 of 200 (22.0%)"),
        ({"n_a": 0, "k_a": 0}, "nobody", "44 of 200 (22.0%)"),
        ({"claim": "level", "n_a": 0, "k_a": 0}, "-", "44 of 200 (22.0%)"),
        (WAGE, "14.04 in 300", "15 in 200"),
        ({"claim": "cumulation", "indicator": "all"}, "300", "200"),
    ],
)
def test_a_side_is_people_with_the_outcome_or_a_mean_or_people_alone(plan, facts, reference, watched):
    assert sides(row(**facts), plan, decimals=1) == (reference, watched)


@pytest.mark.parametrize("claim", get_args(Claim))
def test_every_claim_has_a_line(plan, claim):
    table = replay._table([[row(claim=claim, indicator="all" if claim == "cumulation" else "part_time_work")]], plan)
    assert table.row_count == 1
    assert next(table.columns[0].cells).startswith(claim)


def test_an_estimate_is_an_odds_ratio_or_a_difference_or_two_of_them():
    assert replay._estimate(row()) == "0.85 (0 to 1.40)"
    assert replay._estimate(row(**WAGE)) == "+0.965 (+0.100 to +1.400)"
    pair = {"other_difference": 0.061, "other_difference_lower": 0.02, "other_difference_upper": None}
    assert replay._estimate(row(**pair)) == "-0.030 (-0.120 to +0.060) and +0.061 (+0.020 to ∞)"
    assert replay._estimate(row(estimate=None)) == "-"


def test_of_many_comparisons_all_that_stand_and_the_strongest_others_are_shown_in_their_order():
    standing = [[row(group=f"s{at}", stands="worse")] for at in range(10)]
    others = [[row(group=f"o{at:03}", log_e_worse=float(at))] for at in range(100)]
    shown = replay._shown(others + standing)
    assert [each[-1].group for each in shown] == [f"o{at:03}" for at in range(50, 100)] + [f"s{at}" for at in range(10)]
    assert replay._shown(standing * 7) == standing * 7
    assert replay._shown(others[:60]) == others[:60]


def test_a_row_that_says_less_says_why():
    assert replay._state([row(reason="too_few: 12 and 9 clusters")]) == "too_few: 12 and 9 clusters"
    stood = [
        row(look_index=4),
        row(look_index=5, stands="worse", state="standing"),
        row(stands="worse", state="standing"),
    ]
    assert replay._state(stood) == "standing worse, since look 5"
