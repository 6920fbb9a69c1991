"""Over the policies of a programme few findings are false, and each policy speaks with one e-value."""

import math
from dataclasses import replace
from itertools import product

import msgspec
import numpy as np
import pytest

from contracts.evidence import EvidenceRow
from pipelines.programme import Taking, turns

ALPHA = 0.05


NOTHING = {field.name: None for field in msgspec.structs.fields(EvidenceRow) if field.required}
QUIET = NOTHING | {
    "indicator": "work",
    "n_a": 100,
    "n_b": 100,
    "log_e_worse": 0.0,
    "log_e_better": 0.0,
    "guarantee": "exact",
}


def row(claim="effect", **fields):
    """A row of 100 people a side without evidence; fields say what differs."""
    return EvidenceRow(**QUIET | {"claim": claim} | fields)


@pytest.fixture
def policy(make):
    """Makes a policy of these rows."""

    def made(*rows, alpha=ALPHA, policy_id="trial"):
        plan = make.plan()
        return Taking(replace(plan, id=policy_id, evidence=replace(plan.evidence, alpha=alpha)), rows)

    return made


def only(taking):
    (turn,) = turns([taking])
    return turn


def test_a_policy_speaks_with_the_mean_of_its_hypotheses(policy):
    rows = row(log_e_worse=math.log(7.0), log_e_better=math.log(0.5)), row("divergence", log_e_worse=math.log(4.5))
    turn = only(policy(*rows))
    assert turn.n_hypotheses == 3
    assert turn.log_e == pytest.approx(math.log(4.0))


@pytest.mark.parametrize(
    ("tested", "n_hypotheses"),
    [
        (row(), 2),
        (row("gap", n_b=9), 0),
        (row("gap", n_a=9), 0),
        (row("level", n_a=0, k_a=0), 2),
        (row("level", n_a=0, k_a=0, n_b=9), 0),
        (row("co_benefit"), 1),
        (row("cumulation", n_a=0, n_b=0), 1),
        (row("trade_off", other_indicator="y"), 1),
        (row(indicator="work.missing", log_e_worse=50.0), 0),
    ],
)
def test_both_directions_of_comparisons_with_people_count_and_each_combined_claim_once(policy, tested, n_hypotheses):
    assert only(policy(tested)).n_hypotheses == n_hypotheses


def test_a_combined_claim_counts_in_its_own_direction(policy):
    assert only(policy(row("co_benefit", log_e_better=3.0, log_e_worse=9.0))).log_e == pytest.approx(3.0)
    assert only(policy(row("later", log_e_better=9.0, log_e_worse=3.0))).log_e == pytest.approx(3.0)


def test_a_row_without_guarantee_counts_and_carries_nothing(policy):
    turn = only(policy(row(log_e_worse=90.0, guarantee="descriptive"), row("divergence", log_e_worse=math.log(6.0))))
    assert turn.n_hypotheses == 3
    assert turn.log_e == pytest.approx(math.log(2.0))
    assert only(policy(row(guarantee="descriptive"))).log_e == -math.inf


def test_a_policy_without_evidence_takes_its_turn_and_finds_nothing(policy):
    turn = only(policy())
    assert (turn.order, turn.n_hypotheses, turn.log_e, turn.found) == (1, 0, 0.0, False)


def test_no_policies_take_no_turns():
    assert turns([]) == ()


def test_turns_follow_registration_and_findings_make_room_for_later_ones(policy):
    strong, weak = row("divergence", log_e_worse=8.0), row("divergence", log_e_worse=1.0)
    found = turns(
        [policy(weak, policy_id="first"), policy(strong, policy_id="second"), policy(weak, policy_id="third")]
    )
    assert [(turn.order, turn.policy, turn.found) for turn in found] == [
        (1, "first", False),
        (2, "second", True),
        (3, "third", False),
    ]
    share = 6.0 / math.pi**2
    assert [turn.level for turn in found] == pytest.approx(
        [ALPHA * share, ALPHA * share / 4, 2 * ALPHA * share / 9], rel=1e-12
    )


def test_the_strictest_plan_decides_the_promise(policy):
    first, _ = turns([policy(row()), policy(row(), alpha=0.01)])
    assert first.level == pytest.approx(0.01 * 6.0 / math.pi**2)


def test_in_policies_without_effect_little_is_found_whatever_the_dependence_of_their_rows(policy):
    """Four quiet policies of two directions each, e-values of 0 or 80 that exclude each other inside a policy.

    All outcomes are enumerated with their probabilities. As everything found is false, the expected false share is the
    probability that anything is found.
    """
    outcomes = ((80.0, 0.0, 1 / 80), (0.0, 80.0, 1 / 80), (0.0, 0.0, 78 / 80))
    p_found = 0.0
    for way in product(outcomes, repeat=4):
        rows = [row(log_e_worse=log(worse), log_e_better=log(better)) for worse, better, _ in way]
        if any(turn.found for turn in turns([policy(each) for each in rows])):
            p_found += np.prod([p for _, _, p in way])
    assert 0.0 < p_found <= ALPHA


def log(e):
    return math.log(e) if e else -math.inf


def test_a_turn_is_written_as_json_also_where_nothing_has_a_guarantee(policy):
    written = msgspec.json.decode(msgspec.json.encode(only(policy(row(guarantee="descriptive")))))
    assert written["log_e"] is None
    assert written["found"] is False
