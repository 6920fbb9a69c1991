"""Combined claims against their parts' own rows: the rules, written down once more."""

from math import log

import numpy as np
import pytest

from pipelines.together import Verdicts
from pipelines.tracks import NOTHING, STANDING, STANDS_WORSE, TOO_EARLY

CLAIMS = {
    "effect": {},
    "gap": {},
    "divergence": {},
    "average_hides": {},
    "trade_off": {"pairs": [["work", "debts"]]},
    "co_benefit": {"pairs": [["work", "debts"]]},
    "cumulation": {"at_least": 2},
}


def indicator(name, direction, role="primary"):
    return {
        "id": name,
        "label": name,
        "type": "binary",
        "direction": direction,
        "aspect": "economic",
        "horizon": "now",
        "role": role,
        "relevant_difference": 0.05,
    }


INDICATORS = [
    indicator("work", "higher_is_better"),
    indicator("debts", "lower_is_better"),
    indicator("health", "higher_is_better", role="guardrail"),
    indicator("mood", "higher_is_better", role="context"),
]
SHARES = {
    ("work", "trust"): (0.1, 0.8),
    ("debts", "trust"): (0.7, 0.6),
    ("health", "trust"): (0.2, 0.3),
    ("mood", "trust"): (0.1, 0.1),
}
"""In the group and in the rest; 0.5 in the control arm."""


@pytest.fixture(scope="module")
def rows(make_log_module, plan_of):
    """The rows of every closing of six months, by address."""
    log, chance = make_log_module(plan_of(indicators=INDICATORS, claims=CLAIMS)), np.random.default_rng(2)
    for month in range(1, 7):
        for each in INDICATORS:
            for person in range(40):
                arm, is_parent = ("control", "trust")[person % 2], person % 4 < 2
                share = SHARES.get((each["id"], arm), (0.5, 0.5))[0 if is_parent else 1]
                cell = {"arm": arm, "groups": ["parents"] if is_parent else [], "indicator": each["id"]}
                log.observe(f"2020-0{month}", value=int(chance.random() < share), **cell)
    log.mark()
    found = {}
    for closing in log.closings:
        for row in closing.rows:
            key = (row.claim, row.indicator, row.other_indicator, row.arm, row.group)
            if row.region == "all" and row.arm == "trust":
                found.setdefault(key, []).append((closing.closing, row))
    return found


def at(rows, closing, claim, indicator, group="all"):
    """Return the last row of a comparison up to a closing, None where there is none."""
    life = [row for number, row in rows[claim, indicator, None, "trust", group] if number <= closing]
    return life[-1] if life else None


def test_divergence_is_the_weaker_of_harm_in_the_group_and_help_in_the_rest(rows):
    """The rest of the group has no row of its own; of work it has all the evidence that the group does not limit."""
    for number, row in rows["divergence", "work", None, "trust", "parents"]:
        harm = at(rows, number, "effect", "work", "parents")
        assert row.log_e_worse <= harm.log_e_worse + 1e-12
        assert (row.n_a, row.k_a, row.n_b, row.k_b) == (harm.n_a, harm.k_a, harm.n_b, harm.k_b)
        assert row.difference == harm.difference
    assert row.other_difference > 0 > row.difference


def test_an_average_hides_by_the_weaker_of_what_all_gain_and_the_gap(rows):
    for number, row in rows["average_hides", "work", None, "trust", "parents"]:
        gap, effect = at(rows, number, "gap", "work", "parents"), at(rows, number, "effect", "work")
        assert row.log_e_worse == pytest.approx(min(gap.log_e_worse, effect.log_e_better), abs=1e-12)


@pytest.mark.parametrize(("first", "second"), [("work", "debts"), ("debts", "work")])
def test_a_trade_off_is_the_weaker_of_what_gets_better_and_what_gets_worse(rows, first, second):
    for number, row in rows["trade_off", first, second, "trust", "all"]:
        better, worse = at(rows, number, "effect", first), at(rows, number, "effect", second)
        expected = min(better.log_e_better if better else 0.0, worse.log_e_worse if worse else 0.0)
        assert row.log_e_worse == pytest.approx(expected, abs=1e-12)
        if row.state != "too_early":
            assert (row.difference, row.other_difference) == (better.difference, worse.difference)


def test_a_co_benefit_is_the_weaker_of_both_gains(rows):
    for number, row in rows["co_benefit", "work", "debts", "trust", "all"]:
        parts = [at(rows, number, "effect", each) for each in ("work", "debts")]
        expected = min(each.log_e_better if each else 0.0 for each in parts)
        assert row.log_e_better == pytest.approx(expected, abs=1e-12)


def test_cumulation_is_the_mean_of_the_weakest_adjusted_maxima_and_context_does_not_count(rows):
    """At least 2 of 3: the mean of the 2 smallest (x - 1 - ln x) / (ln x)^2, x the largest e-value so far."""
    counted = ("work", "debts", "health")
    life = rows["cumulation", "all", None, "trust", "parents"]
    assert len(life) > 6
    for number, row in life:
        values = sorted(adjusted(peak(rows, number, each, "parents")) for each in counted)
        mean = sum(values[:2]) / 2
        assert row.log_e_worse == pytest.approx(log(mean) if mean > 0 else -1000, abs=1e-9)
        assert (row.estimate, row.difference, row.other_difference) == (None, None, None)


def peak(rows, closing, indicator, group):
    life = [row for number, row in rows["effect", indicator, None, "trust", group] if number <= closing]
    return max([0.0, *(row.log_e_worse for row in life)])


def adjusted(log_x):
    if log_x <= 0:
        return 0.0
    return (np.expm1(log_x) - log_x) / log_x**2


def test_a_claim_waits_until_the_last_of_its_parts_has_people(rows):
    """The first look has 20 people an arm and 10 in the group, so what needs one indicator alone need not wait."""
    for claim, second, group in (
        ("divergence", None, "parents"),
        ("trade_off", "debts", "all"),
        ("cumulation", None, "all"),
    ):
        name = "all" if claim == "cumulation" else "work"
        states = [row.state for _, row in rows[claim, name, second, "trust", group]]
        n_waiting = {"divergence": 0, "trade_off": 1, "cumulation": 2}[claim]
        assert [each == "too_early" for each in states[:4]] == [place < n_waiting for place in range(4)]


def test_a_claim_of_which_a_part_begins_anew_begins_anew_itself():
    verdicts = Verdicts.empty(2, version=1)
    verdicts.stands[:], verdicts.state[:] = STANDS_WORSE, STANDING
    for _ in range(2):
        verdicts.begin_with([np.array([1, 1]), np.array([1, 2])])
        assert verdicts.since.tolist() == [1, 2]
        assert verdicts.stands.tolist() == [STANDS_WORSE, NOTHING]
        assert verdicts.state.tolist() == [STANDING, TOO_EARLY]


def test_a_new_version_of_one_part_withdraws_nothing_of_the_claim(make, plan_of):
    """Trust brings work and debts; the second version counts debts at another maturity, and work goes on."""
    work, debts = (indicator(name, way) for name, way in (("work", "higher_is_better"), ("debts", "lower_is_better")))
    claims = {"trade_off": {"pairs": [["work", "debts"]]}}
    first = plan_of(indicators=[work, debts], claims=claims)
    second = {"version": 2, "supersedes_reason": "debts settle later", "effective_from": "2020-04"}
    plans = (first, plan_of(indicators=[work, debts | {"maturity": "P2M"}], claims=claims, **second))
    log = make.log(*plans)
    log.register(plans[1])
    for month in range(1, 6):
        for name in ("work", "debts"):
            for person in range(60):
                cell = {"arm": ("control", "trust")[person % 2], "indicator": name}
                log.observe(f"2020-0{month}", value=int(person % 2 or person % 12 == 0), **cell)
        if month == 4:
            log.restart()
    log.mark()
    rows = [row for each in log.closings for row in each.rows if row.claim == "trade_off" and row.region == "all"]
    life = [row for row in rows if (row.indicator, row.group) == ("work", "all")]
    before = [row for row in life if row.plan_version == 1]
    after = [row for row in life if row.plan_version == 2]
    assert before[-1].stands == "worse"
    assert after[0].state == "too_early"
    assert {row.state for row in after} <= {"too_early", "watching", "standing"}
