"""Plans that together test every claim, streams of records for them, and the fold of a stream.

`world.rows("everything", divergence)` are the rows of the plan `everything` over a seeded stream in which the shares
are those of the function `divergence`; streams and folds are made once and kept.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, pairwise
from uuid import UUID

import numpy as np
import pytest

from contracts.plan import Plan
from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from pipelines.fold import Block, Partition

HEAD = """
plan: leerlus/v1
id: world
version: 1
title: A world
question: What does it do, and to whom?
owner: {office: department of work}
effective_from: 2020-01
look: P3M
lateness: P3M
groups:
  - {id: parents, label: single parents, disadvantaged: true}
  - {id: older, label: over fifty, disadvantaged: false}
"""
CHOICES = """
choices:
  for_whom: everybody
  not_for_whom: nobody
  losers: {none_because: this is a test}
  areas: {here: [north, south], elsewhere: [east], comparison: [c1, c2]}
"""
HERE_ONLY = CHOICES.replace(", elsewhere: [east], comparison: [c1, c2]", "")
TRIAL = """
kind: experiment
assignment: {kind: randomised, strata: [region]}
arms: {reference: control, watched: [trust]}
"""
BEFORE = "pre_period: {from: 2019-07, to: 2019-12}\n"
BINARY = """
indicators:
  - {id: work, label: works, type: binary, direction: higher_is_better, aspect: economic, horizon: now,
     maturity: P6M, role: primary, relevant_difference: 0.05, floor: 0.2, target: 0.5}
  - {id: debts, label: has debts, type: binary, direction: lower_is_better, aspect: social, horizon: now,
     role: guardrail, relevant_difference: 0.05}
"""
LONGER = """  - {id: work_later, label: works later, type: binary, direction: higher_is_better, aspect: economic,
     horizon: now, maturity: P9M, later_of: work, role: context, relevant_difference: 0.05}
"""
VALUES = """
indicators:
  - {id: work, label: hours of work, type: continuous, range: [0, 1], decimals: 2, direction: higher_is_better,
     aspect: economic, horizon: now, maturity: P6M, role: primary, relevant_difference: 0.05, floor: 0.2, target: 0.5}
  - {id: debts, label: share that is owed, type: continuous, range: [0, 1], decimals: 2, direction: lower_is_better,
     aspect: social, horizon: now, role: guardrail, relevant_difference: 0.05}
"""
TOGETHER = "divergence: {}, average_hides: {}, trade_off: {}, co_benefit: {}, cumulation: {at_least: 2}"
BASELINES = "gap: {baseline: pre_period}, elsewhere: {}"
REPEATED = "measured: repeatedly\nlooks: 4\n"
TEXTS = {
    "everything": HEAD
    + CHOICES
    + TRIAL
    + BEFORE
    + BINARY
    + LONGER
    + f"claims: {{effect: {{}}, {BASELINES}, level: {{}}, effects_differ: {{}}, later: {{}}, {TOGETHER}}}",
    "values": HEAD
    + CHOICES
    + TRIAL
    + BEFORE
    + VALUES
    + f"claims: {{effect: {{}}, {BASELINES}, level: {{}}, effects_differ: {{}}, {TOGETHER}}}",
    "clusters": HEAD
    + HERE_ONLY
    + TRIAL
    + "cluster: class\n"
    + BINARY
    + f"claims: {{effect: {{}}, gap: {{}}, level: {{}}, effects_differ: {{}}, {TOGETHER}}}",
    "repeatedly": HEAD
    + HERE_ONLY
    + TRIAL
    + REPEATED
    + BINARY
    + f"claims: {{effect: {{}}, gap: {{}}, level: {{}}, {TOGETHER}}}",
    "no arms": HEAD
    + CHOICES
    + "kind: policy\nassignment: {kind: none}\n"
    + BEFORE
    + BINARY
    + f"claims: {{{BASELINES}, level: {{}}, roll_out: {{starts: {{south: 2020-07}}}}}}",
}
QUARTERS = ("2019-Q3", "2019-Q4", "2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4")
STARTS = dict(zip(QUARTERS[2:], ("2019-04-01", "2019-07-01", "2019-10-01", "2020-01-01"), strict=True))
PLANS = tuple(TEXTS)


def mirrored(text: str) -> str:
    """Return a plan in which every outcome is its opposite: 1 less its value."""
    swap = {"higher_is_better": "lower_is_better", "lower_is_better": "higher_is_better"}
    text = re.sub("higher_is_better|lower_is_better", lambda found: swap[found[0]], text)
    return re.sub(r"(floor|target): ([\d.]+)", lambda found: f"{found[1]}: {1 - float(found[2]):g}", text)


@dataclass(frozen=True)
class Cell:
    """Who is measured: the arguments of a function of shares."""

    indicator: str
    arm: str
    is_parent: bool
    region: str
    is_before: bool


def quiet(cell):
    """Return the share of a world in which nothing differs, between the floor and the target of `work`."""
    return 0.35


@dataclass
class Stream:
    """The records of a plan in which the outcomes have the shares of a function; the same seed gives the same."""

    plan: object
    shares: object
    seed: int = 1
    is_mirrored: bool = False
    quarters: dict = field(default_factory=dict)
    _numbers: object = field(default_factory=lambda: count(1))

    def __post_init__(self):
        self._chance = np.random.default_rng(self.seed)
        for quarter in QUARTERS[2:] if self.plan.pre_period is None else QUARTERS:
            self.quarters[quarter] = [*self._here(quarter), *self._elsewhere(quarter)]

    @property
    def contents(self):
        return [content for quarter in self.quarters.values() for content in quarter]

    def _here(self, quarter):
        for place in range(480 if self.plan.cluster else 200):
            arm = ("control", "trust")[place % 2] if self.plan.arms else None
            region = ("north", "south")[place // 2 % 2]
            repeated = self.plan.measured == "repeatedly"
            is_parent = place % 5 < 2 if repeated else self._chance.random() < 0.4
            unit = place + 1 if repeated else next(self._numbers)
            yield from self._unit(unit, quarter, place=place, arm=arm, region=region, is_parent=is_parent)

    def _elsewhere(self, quarter):
        for region in (*self.plan.choices.areas.elsewhere, *self.plan.choices.areas.comparison):
            for place in range(60):
                arm = "none" if self.plan.arms else None
                yield from self._unit(
                    next(self._numbers), quarter, place=place, arm=arm, region=region, is_parent=False
                )

    def _unit(self, unit, quarter, *, place, arm, region, is_parent):
        is_before = quarter < "2020"
        fixed = {"policy": "world", "unit": f"{unit:016x}", "region": region}
        fixed |= {"groups": [*["parents"] * is_parent, *["older"] * (place % 3 == 0)]}
        fixed |= {"arm": arm} if arm else {}
        fixed |= {"cluster": f"{quarter}-{arm}-{region}-{place // 4 % 20}"} if self.plan.cluster else {}
        is_enrolled = place % 10 < 6 and not is_before and arm not in (None, "none") and self.plan.measured == "once"
        if is_enrolled:
            yield {"enrolment": fixed | {"start": STARTS[quarter]}}
        for indicator in self.plan.indicators:
            if is_enrolled and place % 20 < 4 and indicator.maturity is not None:
                continue  # missing
            cell = Cell(indicator.id, arm or "", is_parent, region, is_before)
            yield fixed | {
                "observation_id": str(UUID(int=next(self._numbers))),
                "indicator": indicator.id,
                "period": quarter,
                "value": self._value(indicator, self.shares(cell)),
                "observed_at": "2030-01-01T12:00:00+01:00",
            }

    def _value(self, indicator, share):
        if indicator.type == "binary":
            value = int(self._chance.random() < share)
        else:
            value = round(float(np.clip(self._chance.normal(share, 0.1), 0, 1)), 2)
        return round(1 - value, 2) if self.is_mirrored else value


def fold(plan, contents, *, cuts=(), is_restarted=False):
    """Return the closings of a log, folded in chunks that end at `cuts`, each by a new partition if restarted.

    Plans among the contents are versions that are registered there.
    """
    plans = {each.sha256: each for each in (plan, *contents) if isinstance(each, Plan)}
    values = [json.dumps(written(each)).encode() for each in (plan, *contents)]
    closings, blocks, segments = [], {}, []
    partition = Partition(next_offset=0, ledger_key=b"key")
    edges = [0, *cuts, len(values)]
    for start, stop in pairwise(edges):
        partition.apply([LogRecord(at, None, None, values[at]) for at in range(start, stop)], plans)
        changes = partition.take_changes()
        assert not changes.quarantined, changes.quarantined[0].reasons
        closings += changes.closings
        blocks |= {(each.policy, each.name): each.data for each in changes.blocks}
        segments += changes.segments
        if is_restarted:
            partition = Partition(next_offset=stop, ledger_key=b"key")
            partition.restore([Block(*key, data) for key, data in blocks.items()], segments, plans)
    partition.close_open_looks()
    return closings + partition.take_changes().closings


def written(content):
    """Return the content of a record; of a plan, its registration."""
    if not isinstance(content, Plan):
        return content
    return {"plan_registered": {"id": content.id, "version": content.version, "sha256": content.sha256}}


class World:
    """The plans, their streams and what the fold made of them."""

    fold = staticmethod(fold)
    quiet = staticmethod(quiet)

    def __init__(self):
        self._closings = {}

    @cached_property
    def plans(self):
        return {name: read_plan(text) for name, text in TEXTS.items()}

    @cached_property
    def mirrored_plans(self):
        return {name: read_plan(mirrored(text)) for name, text in TEXTS.items()}

    def stream(self, name, shares=quiet, **changes):
        return Stream(self.plans[name], shares, **changes)

    def mirrored_rows(self, name, shares=quiet):
        plan = self.mirrored_plans[name]
        return by_address(fold(plan, Stream(plan, shares, is_mirrored=True).contents))

    def closings(self, name, shares=quiet):
        if (name, shares) not in self._closings:
            self._closings[name, shares] = fold(self.plans[name], self.stream(name, shares).contents)
        return self._closings[name, shares]

    def rows_over_a_version(self, name, *, from_quarter):
        """Return the rows of a quiet stream in which the same plan is registered once more from a quarter on."""
        text = TEXTS[name].replace("version: 1", "version: 2\nsupersedes_reason: none")
        text = text.replace("effective_from: 2020-01", f"effective_from: {from_quarter}")
        contents = []
        for quarter, records in self.stream(name).quarters.items():
            contents += [read_plan(text)] * (quarter == from_quarter) + records
        return by_address(fold(self.plans[name], contents))

    def rows(self, name, shares=quiet):
        """Return the rows of a stream by address, from the first to the last."""
        return by_address(self.closings(name, shares))


def by_address(closings):
    found = defaultdict(list)
    for closing in closings:
        for row in closing.rows:
            found[address(row)].append(row)
    return found


def address(row):
    return (row.claim, row.indicator, row.other_indicator, row.arm, row.region, row.group)


@pytest.fixture(scope="session")
def world():
    return World()


@pytest.fixture(scope="session", params=PLANS)
def name(request):
    """The name of every plan in turn."""
    return request.param
