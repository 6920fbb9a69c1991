"""While nothing is wrong the evidence of every claim averages at most 1, by enumeration through the fold.

Every outcome that a small world can have is given a region of its own, and a region's rows are those of its tables
alone. So one fold makes the evidence of all outcomes, and their probabilities make its average. For claims whose rule
is a minimum, the law is that it ever reaches x with a probability of at most 1/x, for every x.
"""

import json
from itertools import product
from math import exp, log, prod
from uuid import UUID

import pytest
from scipy.special import expit, logit
from scipy.stats import binom

from contracts.plan_reader import read_plan
from pipelines.replay import replay

N = 3
"""People in a cell."""

PLAN = """
plan: leerlus/v1
id: laws
version: 1
kind: {kind}
title: Laws
question: Does it average at most one?
owner: {{office: department of work}}
effective_from: 2020-01
choices:
  for_whom: everybody
  not_for_whom: nobody
  losers: {{none_because: this is a test}}
  areas: {{here: [{regions}]}}
unit: person
{more}
look: P1M
lateness: P1M
assignment: {{kind: none, strata: [region]}}
groups: [{{id: parents, label: parents, disadvantaged: true}}]
indicators:
  - {{id: work, label: works, type: binary, direction: {direction}, aspect: economic, horizon: now, role: primary,
     relevant_difference: 0.05, floor: 0.3, target: 0.6}}
  - {{id: debts, label: debts, type: binary, direction: lower_is_better, aspect: social, horizon: now, role: primary,
     relevant_difference: 0.05}}
  - {{id: later, label: works later, type: binary, direction: {direction}, aspect: economic, horizon: now,
     maturity: P1Y, later_of: work, role: context, relevant_difference: 0.05}}
claims: {claims}
disclosure: {{minimum_cell: 1}}
"""
ARMS = "arms: {reference: control, watched: [trust]}\n"
directions = pytest.mark.parametrize("direction", ["higher_is_better", "lower_is_better"])


def table(indicator, period, **cell):
    """Return a cell of N people, as the fields of their records."""
    return {"indicator": indicator, "period": period, "groups": []} | cell


class Outcomes:
    """Every outcome of some cells, one region each, and what the fold says of it.

    Args:
        cells: The cells of N people that are free to vary.
        copies: Cells whose people are those of another one, with their outcomes, as (cell, place of the other one).
    """

    def __init__(self, cells, claims, *, direction="higher_is_better", copies=(), more=ARMS):
        self.events = list(product(range(N + 1), repeat=len(cells)))
        regions = [f"r{place}" for place in range(len(self.events))]
        kind = "experiment" if "arms" in more else "policy"
        plan = read_plan(
            PLAN.format(kind=kind, regions=", ".join(regions), more=more, direction=direction, claims=claims)
        )
        every = [*((cell, place, place) for place, cell in enumerate(cells)), *((*copy, copy[1]) for copy in copies)]
        records = [
            self._record(cell | {"region": region}, which=which, person=person, value=int(person < events[place]))
            for cell, place, which in sorted(every, key=lambda each: each[0]["period"])
            for region, events in zip(regions, self.events, strict=True)
            for person in range(N)
        ]
        found = replay(plan, records)
        assert found.tally.counted == len(records)
        self.rows = {}
        for row in found.rows:
            self.rows.setdefault((row.claim, row.group, row.arm, row.region), []).append(row)

    @staticmethod
    def _record(cell, *, which, person, value):
        name = f"{cell['region']}-{which}-{person}"
        unit = {"policy": "laws", "unit": name.encode().hex().ljust(32, "0"), "value": value}
        fixed = {"observation_id": str(UUID(int=1)), "observed_at": "2030-01-01T00:00:00Z"}
        return json.dumps(fixed | unit | cell).encode()

    def evidence(self, claim, *, group="all", arm="trust", way="worse"):
        """Yield for every outcome its e-process, look by look, from the rows of its region."""
        for place in range(len(self.events)):
            life = self.rows[claim, group, arm, f"r{place}"]
            yield [exp(getattr(row, f"log_e_{way}")) for row in life]

    def probabilities(self, *shares):
        return [prod(binom.pmf(k, N, share) for k, share in zip(events, shares, strict=True)) for events in self.events]

    def average(self, shares, claim, **which):
        """Return the average of the e-process after the last look, where the cells have these shares."""
        last = [life[-1] for life in self.evidence(claim, **which)]
        return sum(p * e for p, e in zip(self.probabilities(*shares), last, strict=True))

    def assert_rarely_reached(self, shares, claim, **which):
        """Check that the e-process ever reaches x with a probability of at most 1/x, for every x it can reach."""
        highest = [max(life) for life in self.evidence(claim, **which)]
        assert max(highest) > 1
        p = self.probabilities(*shares)
        for x in set(highest):
            assert sum(each for each, peak in zip(p, highest, strict=True) if peak >= x) <= 1 / x + 1e-9


def shifted(share, log_or):
    """Return the share at a log odds ratio from another one."""
    return float(expit(logit(share) + log_or))


BY_ARM = [table("work", period, arm=arm) for period in ("2020-01", "2020-02") for arm in ("control", "trust")]


@pytest.fixture(scope="module", params=["higher_is_better", "lower_is_better"])
def effects(request):
    return request.param, Outcomes(BY_ARM, "{effect: {margin_odds_ratio: 0.8}}", direction=request.param)


@pytest.mark.parametrize("way", ["worse", "better"])
def test_an_effect_averages_one_at_its_margin_whatever_the_shares_and_less_inside(effects, way):
    direction, outcomes = effects
    sign = 1 if (direction == "higher_is_better") == (way == "better") else -1
    at_margin, inside = ([0.3, shifted(0.3, s), 0.6, shifted(0.6, s)] for s in (sign * -logit(4 / 9), 0.0))
    assert outcomes.average(at_margin, "effect", way=way) == pytest.approx(1, abs=1e-9)
    assert outcomes.average(inside, "effect", way=way) < 1


def test_a_gap_averages_one_where_it_is_the_declared_one_times_the_margin():
    cells = [table("work", period, groups=groups) for period in ("2020-01", "2020-02") for groups in ([], ["parents"])]
    declared = "{gap: {baseline: declared, odds_ratio: {work: {parents: 0.7}}, margin: 0.9}}"
    outcomes = Outcomes(cells, declared, more="")
    for way, log_or in (("worse", log(0.7 * 0.9)), ("better", log(0.7 / 0.9))):
        shares = [0.3, shifted(0.3, log_or), 0.8, shifted(0.8, log_or)]
        assert outcomes.average(shares, "gap", group="parents", arm="all", way=way) == pytest.approx(1, abs=1e-9)


@directions
def test_a_level_averages_one_at_the_floor_and_at_the_target(direction):
    cells = [table("work", period) for period in ("2020-01", "2020-02", "2020-03")]
    outcomes = Outcomes(cells, "{level: {}}", direction=direction, more="")
    assert outcomes.average([0.3] * 3, "level", arm="all") == pytest.approx(1, abs=1e-9)
    assert outcomes.average([0.6] * 3, "level", arm="all", way="better") == pytest.approx(1, abs=1e-9)


@directions
@pytest.mark.parametrize("log_or", [-1.5, 0.0, 0.4])
def test_a_gap_as_before_the_policy_averages_at_most_one_both_ways(direction, log_or):
    before = "pre_period: {from: 2019-11, to: 2019-12}\n"
    cells = [table("work", period, groups=groups) for period in ("2019-12", "2020-01") for groups in ([], ["parents"])]
    claims = "{gap: {baseline: pre_period, margin: 1.0}}"
    outcomes = Outcomes(cells, claims, direction=direction, more=before)
    shares = [0.5, shifted(0.5, log_or), 0.4, shifted(0.4, log_or)]
    for way in ("worse", "better"):
        assert outcomes.average(shares, "gap", group="parents", arm="all", way=way) <= 1 + 1e-9


BY_GROUP = [
    table("work", "2020-01", arm=arm, groups=each) for each in ([], ["parents"]) for arm in ("control", "trust")
]


@pytest.fixture(scope="module", params=["higher_is_better", "lower_is_better"])
def groups(request):
    claims = "{divergence: {}, effects_differ: {}, average_hides: {}}"
    return request.param, Outcomes(BY_GROUP, claims, direction=request.param)


@pytest.mark.parametrize("log_or", [-2.0, -0.6, 0.0, 0.73, 2.0])
def test_equal_effects_seem_to_differ_by_at_most_one_on_average(groups, log_or):
    _, outcomes = groups
    shares = [0.4, shifted(0.4, log_or), 0.7, shifted(0.7, log_or)]
    assert outcomes.average(shares, "effects_differ", group="parents") <= 1 + 1e-9


def test_divergence_is_rarely_reached_while_the_group_is_not_harmed_or_the_rest_not_helped(groups):
    direction, outcomes = groups
    good, bad = (0.95, 0.05) if direction == "higher_is_better" else (0.05, 0.95)
    for shares in ([bad, good, 0.4, 0.4], [0.6, 0.6, good, bad]):
        outcomes.assert_rarely_reached(shares, "divergence", group="parents")


def test_averages_rarely_seem_to_hide_while_the_group_keeps_up_or_nobody_gains(groups):
    direction, outcomes = groups
    good, bad = (0.95, 0.05) if direction == "higher_is_better" else (0.05, 0.95)
    for shares in ([bad, good, bad, good], [good, good, bad, bad]):
        outcomes.assert_rarely_reached(shares, "average_hides", group="parents")


@directions
def test_a_pair_is_rarely_reached_while_one_of_both_is_not_so(direction):
    cells = [table(indicator, "2020-01", arm=arm) for indicator in ("work", "debts") for arm in ("control", "trust")]
    pairs = "{pairs: [[work, debts]]}"
    outcomes = Outcomes(cells, f"{{trade_off: {pairs}, co_benefit: {pairs}}}", direction=direction)
    good, bad = (0.95, 0.05) if direction == "higher_is_better" else (0.05, 0.95)
    for shares in ([bad, good, 0.3, 0.3], [0.5, 0.5, 0.05, 0.95]):
        outcomes.assert_rarely_reached(shares, "trade_off")
    for shares in ([bad, good, 0.3, 0.3], [0.5, 0.5, 0.95, 0.05]):
        outcomes.assert_rarely_reached(shares, "co_benefit", way="better")


@directions
@pytest.mark.parametrize("log_or", [-1.0, 0.0, 0.6])
def test_an_effect_that_lasts_in_the_same_people_seems_to_fade_by_at_most_one_on_average(direction, log_or):
    cells = [table("work", "2020-01", arm=arm) for arm in ("control", "trust")]
    copies = [(table("later", "2020-02", arm=arm), place) for place, arm in enumerate(("control", "trust"))]
    outcomes = Outcomes(cells, "{later: {}}", direction=direction, copies=copies)
    assert outcomes.average([0.4, shifted(0.4, log_or)], "later") <= 1 + 1e-9


@pytest.mark.parametrize("n_repeats", [1, 2, 4])
def test_the_same_people_with_the_same_outcome_at_every_look_average_at_most_one(n_repeats):
    """However much looks depend on each other; were they multiplied, this would grow without bound."""
    cells = [table("work", "2020-01", arm=arm) for arm in ("control", "trust")]
    copies = [
        (table("work", f"2020-0{look}", arm=arm), place)
        for look in range(2, n_repeats + 1)
        for place, arm in enumerate(("control", "trust"))
    ]
    outcomes = Outcomes(cells, "{effect: {}}", copies=copies, more=ARMS + "measured: repeatedly\nlooks: 4")
    average = outcomes.average([0.4, 0.4], "effect")
    assert average == pytest.approx(n_repeats / 4, abs=1e-9)
