"""A new version of a plan: whatever it changes, the fold goes on, and a restart finds what a run without one knows."""

import json
import random
from itertools import count
from uuid import UUID

import pytest

from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from pipelines.comparisons import comparisons
from pipelines.fold import Block, Partition

PLAN = """
plan: leerlus/v1
id: trial
version: {version}
supersedes_reason: {reason}
kind: experiment
title: A trial
question: Does it go on?
owner: {{office: department of work}}
effective_from: {effective_from}
choices:
  for_whom: everybody
  not_for_whom: nobody
  losers: {{none_because: nothing is at stake}}
  areas: {areas}
unit: person
{counting}
look: {look}
lateness: P1M
assignment: {{kind: randomised, strata: [{strata}]}}
arms: {arms}
groups: [{groups}]
indicators:
  - {{id: work, label: works, direction: {direction}, aspect: economic, horizon: now, role: primary,
     maturity: P1M, {scale}}}
  - {{id: debts, label: has debts, type: binary, direction: lower_is_better, aspect: social, horizon: now,
     role: guardrail, relevant_difference: 0.05}}
claims: {claims}
evidence: {{minimum_n: 10}}
disclosure: {{minimum_cell: 5, round_to: 5}}
"""
PARENTS, OLDER = (f"{{id: {name}, label: {name}, disadvantaged: true}}" for name in ("parents", "older"))
USUAL = {
    "areas": "{here: [north, south]}",
    "counting": "cluster: null",
    "look": "P1M",
    "strata": "region",
    "arms": "{reference: control, watched: [trust]}",
    "groups": PARENTS,
    "direction": "higher_is_better",
    "scale": "type: binary, floor: 0.3, relevant_difference: 0.05",
    "claims": "{effect: {}, gap: {}, level: {}, divergence: {}, effects_differ: {}, trade_off: {}, cumulation: "
    "{at_least: 2}}",
}
CHANGES = {
    "nothing": {},
    "a group more": {"groups": f"{OLDER}, {PARENTS}"},
    "another group": {"groups": OLDER},
    "an arm more": {"arms": "{reference: control, watched: [more, trust]}"},
    "another reference": {"arms": "{reference: basic, watched: [trust]}"},
    "arms swapped": {"arms": "{reference: trust, watched: [control]}"},
    "a region more": {"areas": "{here: [north, west, south]}"},
    "a region compared with": {"areas": "{here: [north], comparison: [south]}"},
    "longer looks": {"look": "P3M"},
    "more strata": {"strata": "region, cohort"},
    "values instead of events": {"scale": "type: continuous, range: [0, 1], decimals: 2, relevant_difference: 0.05"},
    "the other direction": {"direction": "lower_is_better"},
    "clusters": {"counting": "cluster: class"},
    "clusters of another group": {"counting": "cluster: class", "groups": OLDER},
    "the same units at every look": {
        "counting": "measured: repeatedly\nlooks: 4",
        "claims": "{effect: {}, gap: {}, level: {}}",
    },
    "a time before": {"counting": "pre_period: {from: 2019-01, to: 2019-12}"},
}


def plan_of(version: int, change: str):
    effective_from, reason = ("2020-01", "null") if version == 1 else (f"2020-0{2 * version - 1}", "better")
    return read_plan(
        PLAN.format(version=version, reason=reason, effective_from=effective_from, **USUAL | CHANGES[change])
    )


def log_of(*plans):
    """Return a log of two months under each version, with enrolments and a month before the first."""
    chosen, numbers = random.Random(5), count(1)
    for plan in plans:
        yield {"plan_registered": {"id": "trial", "version": plan.version, "sha256": plan.sha256}}
        start = 2 * plan.version - 1
        before = ("2019-12",) if plan.pre_period is not None and plan.version == 1 else ()
        for period in (*before, f"2020-0{start}", f"2020-0{start + 1}"):
            for _ in range(28):
                yield from records(plan, period, next(numbers), chosen)


def records(plan, period, number, chosen):
    place = {
        "arm": chosen.choice(plan.arms.every),
        "region": chosen.choice(plan.choices.areas.here),
        "groups": [each.id for each in plan.groups if chosen.random() < 0.5],
    }
    place |= {"cohort": chosen.choice("ab")} if "cohort" in plan.assignment.strata else {}
    place |= {"cluster": f"{chosen.randrange(9)}"} if plan.cluster else {}
    unit = {"policy": "trial", "unit": f"{number:016x}"}
    if chosen.random() < 0.3:
        yield {"enrolment": unit | place | {"start": f"2020-0{2 * plan.version}-01"}}
    yield (
        unit
        | place
        | {
            "observation_id": str(UUID(int=number)),
            "indicator": chosen.choice(["work", "debts"]),
            "period": period,
            "value": int(chosen.random() < 0.4),
            "observed_at": "2030-01-01T00:00:00Z",
        }
    )


def fold(plans, *, restart_every: int | None):
    """Return the closings, with a new partition from storage after every so many records."""
    contents = [json.dumps(each).encode() for each in log_of(*plans)]
    by_digest = {plan.sha256: plan for plan in plans}
    partition, closings, blocks, segments = Partition(next_offset=0, ledger_key=b"k"), [], {}, []
    step = restart_every or len(contents)
    for start in range(0, len(contents), step):
        chunk = [LogRecord(start + at, None, None, value) for at, value in enumerate(contents[start : start + step])]
        partition.apply(chunk, by_digest)
        changes = partition.take_changes()
        closings += changes.closings
        blocks |= {(each.policy, each.name): each.data for each in changes.blocks}
        segments += changes.segments
        if restart_every:
            partition = Partition(next_offset=start + len(chunk), ledger_key=b"k")
            partition.restore(
                [Block(*key, data) for key, data in blocks.items() if data is not None], segments, by_digest
            )
    partition.close_open_looks()
    return closings + partition.take_changes().closings


@pytest.mark.parametrize("change", [each for each in CHANGES if each != "nothing"])
def test_a_change_and_its_undoing_are_survived_and_a_restart_finds_the_same(change):
    plans = (plan_of(1, "nothing"), plan_of(2, change), plan_of(3, "nothing"))
    through = fold(plans, restart_every=None)
    assert {each.plan_version for each in through} == {1, 2, 3}
    assert fold(plans, restart_every=60) == through


LEFT = [
    *(("clusters", "nothing"), ("clusters", "clusters of another group"), ("a group more", "another group")),
    *(("values instead of events", "nothing"), ("a time before", "nothing")),
]


@pytest.mark.parametrize("changes", LEFT)
def test_a_version_may_begin_with_what_a_later_one_leaves(changes):
    """Who is awaited, and clusters that wait, may be of groups that the later version does not name."""
    plans = tuple(plan_of(version, change) for version, change in enumerate(changes, start=1))
    assert fold(plans, restart_every=60) == fold(plans, restart_every=None)


@pytest.mark.parametrize("change", [each for each in CHANGES if each not in {"nothing", "a group more", "an arm more"}])
def test_what_an_e_process_depends_on_is_in_its_definition(change):
    """A group or an arm more leaves the pooled effect of the old arm what it was; every other change does not."""
    definitions = [
        {row.key: row.definition for row in comparisons(plan, plan.indicator("work"))}.get(
            ("effect", "work", "", "trust", "all", "all")
        )
        for plan in (plan_of(1, "nothing"), plan_of(2, change))
    ]
    assert (definitions[0] == definitions[1]) == (change == "another group")
