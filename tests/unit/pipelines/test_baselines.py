"""Gaps and areas elsewhere held against the time before the policy; the worst case over a grid, tried one by one."""

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

BETS = np.array([0.3, 0.5, 0.8, 1.2])
THETAS = np.arange(-150, 151) * 0.02
PRE = {"from": "2019-01", "to": "2019-12"}
BEFORE = {"2019-06": (200, 80, 100, 20), "2019-07": (150, 70, 120, 30)}
"""Rest and group: people and events. The odds ratio is about 0.4 in both."""


AREAS = {"here": ["north", "south"], "elsewhere": ["east"], "comparison": ["c1", "c2", "c3"]}
GAP = (("north", []), ("north", ["parents"]))
NEIGHBOURS = (("c1", []), ("east", []))
"""Region and groups of the reference and of who is watched."""


@pytest.fixture
def policy(plan_of):
    """A maker of plans of a policy without arms."""

    def make_policy(*, margin=0.9, **changes):
        return plan_of(
            kind="policy",
            arms=...,
            assignment={"kind": "none", "strata": ["region"]},
            choices={
                "for_whom": "everybody",
                "not_for_whom": "nobody",
                "losers": {"none_because": "a test"},
                "areas": AREAS,
            },
            pre_period=PRE,
            claims={"gap": {"baseline": "pre_period", "margin": margin}, "elsewhere": {"margin": margin}},
            **changes,
        )

    return make_policy


def tell(log, tables, sides):
    """Append the people of tables, per period."""
    for period, (n_a, k_a, n_b, k_b) in tables.items():
        for (region, groups), n, k in zip(sides, (n_a, n_b), (k_a, k_b), strict=True):
            for person in range(n):
                cell = {"arm": None, "region": region, "groups": groups, "value": int(person < k)}
                assert log.observe(period, **cell) == "counted"


@pytest.fixture
def world(make, policy):
    """A maker of logs of that policy, of the tables before it and those after."""

    def fold(after, *, sides=GAP):
        log = make.log(policy())
        tell(log, BEFORE | after, sides)
        log.mark()
        return log

    return fold


def last(log, claim, **cell):
    wanted = {"claim": claim, "indicator": "work", "arm": "all", "region": "all", "group": "all"} | cell
    rows = [row for closing in log.closings for row in closing.rows]
    return [row for row in rows if all(getattr(row, key) == value for key, value in wanted.items())][-1]


def log_e_beyond(tables, theta, sign):
    """Return the log e-value of tables against the log odds ratio theta, for more (sign 1) or less of it."""
    total = np.zeros(len(BETS))
    for n_a, k_a, n_b, k_b in tables:
        k = k_a + k_b
        j = np.arange(max(0, k - n_a), min(k, n_b) + 1)
        ways = -gammaln(k - j + 1) - gammaln(n_a - k + j + 1) - gammaln(j + 1) - gammaln(n_b - j + 1)
        null = logsumexp(ways + theta * j)
        total += [sign * d * k_b - logsumexp(ways + (theta + sign * d) * j) + null for d in BETS]
    return logsumexp(total) - np.log(len(BETS))


def against_before(after, *, margin, sign):
    """Return the least over the intervals of the grid of what before and after say together."""
    before, after = list(BEFORE.values()), list(after.values())
    shift = sign * -np.log(margin)
    pre = np.array([log_e_beyond(before, theta, -sign) for theta in THETAS])
    post = np.array([log_e_beyond(after, theta + shift, sign) for theta in THETAS])
    return (pre[1:] + post[:-1]).min() if sign < 0 else (pre[:-1] + post[1:]).min()


GREW = {"2020-01": (300, 150, 200, 20), "2020-02": (300, 140, 200, 24)}
SAME = {"2020-01": (300, 130, 200, 45), "2020-02": (300, 150, 200, 55)}


@pytest.mark.parametrize("after", [GREW, SAME])
def test_the_evidence_is_the_worst_case_over_what_the_gap_was(world, after):
    row = last(world(after), "gap", group="parents")
    assert row.log_e_worse == pytest.approx(against_before(after, margin=0.9, sign=-1), abs=1e-6)
    assert row.log_e_better == pytest.approx(against_before(after, margin=0.9, sign=1), abs=1e-6)


def test_a_gap_that_was_there_is_no_finding_and_one_that_grew_is(world):
    assert last(world(SAME), "gap", group="parents").stands is None
    assert last(world(GREW), "gap", group="parents").stands == "worse"


def test_records_from_before_feed_the_baseline_alone(world):
    row = last(world(GREW), "gap", group="parents")
    assert (row.n_a, row.k_a, row.n_b, row.k_b) == (600, 290, 400, 44)


def test_without_a_baseline_nothing_is_said(make, plan_of):
    log = make.log(plan_of(pre_period=PRE, claims={"gap": {"baseline": "pre_period"}}))
    for person in range(60):
        log.observe("2020-01", groups=["parents"][: person % 2], value=person % 2)
    log.mark()
    row = last(log, "gap", group="parents")
    assert (row.state, row.log_e_worse, row.log_e_better, row.estimate) == ("too_early", 0.0, 0.0, None)
    assert row.reason == "too_early: too few people were counted on a side before the policy"


def test_an_area_elsewhere_is_held_against_the_comparison_areas_in_the_same_way(world):
    log = world(GREW, sides=NEIGHBOURS)
    row = last(log, "elsewhere", region="east")
    assert row.log_e_worse == pytest.approx(against_before(GREW, margin=0.9, sign=-1), abs=1e-6)
    assert (row.guarantee, row.reason) == (
        "descriptive",
        "descriptive: areas have shocks of their own; compare with the placebos",
    )
    assert row.placebos == (0, 1)  # two comparison areas of the plan have no records


def test_a_gap_that_begins_anew_keeps_its_baseline_and_counts_from_its_version(make, policy):
    """With another margin from February on: the whole baseline, and February alone, also after a restart."""
    first, second = policy(), policy(version=2, supersedes_reason="better", effective_from="2020-02", margin=0.8)
    log = make.log(first, second)
    tell(log, BEFORE | {"2020-01": GREW["2020-01"]}, GAP)
    log.register(second)
    log.restart()
    tell(log, {"2020-02": GREW["2020-02"]}, GAP)
    log.restart()
    log.mark()
    row = last(log, "gap", group="parents")
    assert (row.plan_version, row.n_a, row.n_b) == (2, 300, 200)
    february = {"2020-02": GREW["2020-02"]}
    assert row.log_e_worse == pytest.approx(against_before(february, margin=0.8, sign=-1), abs=1e-6)
