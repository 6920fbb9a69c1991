"""A small experiment and a way to write its log down."""

import json
from itertools import count
from uuid import UUID

import pytest

from contracts.plan import Plan
from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from pipelines.fold import Block, Partition

DEBTS = """  - {id: debts, label: has debts, type: binary, direction: lower_is_better, aspect: social, horizon: now,
      maturity: P6M, role: guardrail, relevant_difference: 0.05}
"""

PLAN = """
plan: leerlus/v1
id: trial
version: {version}
supersedes_reason: {reason}
kind: experiment
title: A trial
question: Does it help, and does nobody lose?
owner: {{office: department of work}}
effective_from: {effective_from}
choices:
  for_whom: people on benefits
  not_for_whom: people exempted
  losers: [{{who: the control group, watched_by: {{indicator: work, arm: control}}}}]
  areas: {{here: [{regions}], elsewhere: [east]}}
  alternatives: [more guidance]
  fairness: worst_off_first
unit: person
look: {look}
lateness: P2M
assignment: {{kind: randomised, strata: [region]}}
arms: {{reference: control, watched: [trust]}}
groups:
  - {{id: parents, label: single parents, disadvantaged: true}}
  - {{id: older, label: over fifty, disadvantaged: false}}
indicators:
  - {{id: work, label: works, type: binary, direction: higher_is_better, aspect: economic, horizon: now,
      maturity: P6M, role: primary, relevant_difference: 0.05}}
{debts}claims: {{effect: {{}}, gap: {{baseline: declared, odds_ratio: {{work: {{parents: {gap}}}}}, margin: 0.9}}}}
disclosure: {{minimum_cell: 10, round_to: 5}}
"""


def make_plan(
    *,
    version: int = 1,
    look: str = "P1M",
    effective_from: str = "2020-01",
    gap: float = 0.8,
    regions: str = "north, south",
    debts: bool = True,
) -> Plan:
    return read_plan(
        PLAN.format(
            version=version,
            look=look,
            effective_from=effective_from,
            gap=gap,
            regions=regions,
            debts=DEBTS if debts else "",
            reason="null" if version == 1 else "a better baseline",
        )
    )


class Log:
    """Records of one policy in a partition, and the partition that folds them."""

    def __init__(self, *plans: Plan) -> None:
        self.plans = {plan.sha256: plan for plan in plans}
        self.partition = Partition(next_offset=0, ledger_key=b"key")
        self.closings, self.quarantined = [], []
        self._blocks, self._segments = {}, []
        self._units = count(1)
        self._offset = 0
        self.register(plans[0])

    def observe(self, period: str, *, value=1, unit: int | None = None, **changes):
        """Append an observation of a new unit, or of unit number `unit`; returns what became of it."""
        unit = next(self._units) if unit is None else unit
        return self.append(self.observation(period, value=value, unit=unit) | changes)

    def observation(self, period: str, *, value=1, unit: int) -> dict:
        """Return the content of an observation of unit number `unit`."""
        return {
            "observation_id": str(UUID(int=self._offset + 1)),
            "policy": "trial",
            "indicator": "work",
            "unit": f"{unit:016x}",
            "arm": "trust",
            "region": "north",
            "groups": [],
            "period": period,
            "value": value,
            "observed_at": "2030-01-01T12:00:00+01:00",
        }

    def register(self, plan: Plan):
        return self.append({"plan_registered": {"id": plan.id, "version": plan.version, "sha256": plan.sha256}})

    def mark(self, period: str | None = None, indicator: str | None = None):
        return self.append({"period_closed": {"policy": "trial", "indicator": indicator, "period": period}})

    def enrol(self, unit: int, *, start: str = "2020-01-01", **changes):
        content = {
            "policy": "trial",
            "unit": f"{unit:016x}",
            "start": start,
            "arm": "trust",
            "region": "north",
            "groups": [],
        }
        return self.append({"enrolment": content | changes})

    def append(self, content: dict, *headers: tuple[str, bytes]) -> str:
        """Append a record; returns `counted`, `duplicate` or the reasons' codes."""
        record = LogRecord(self._offset, None, b"trial", json.dumps(content).encode(), headers)
        self._offset += 1
        self.partition.apply([record], self.plans)
        changes = self.partition.take_changes()
        self._blocks |= {(block.policy, block.name): block.data for block in changes.blocks}
        self._segments += changes.segments
        self.closings += changes.closings
        self.quarantined += changes.quarantined
        if changes.quarantined:
            return " ".join(reason.code for reason in changes.quarantined[0].reasons)
        (tally,) = changes.tallies.values()
        return "duplicate" if tally.duplicate else "counted"

    def restart(self) -> None:
        """Begin a new partition from what was stored."""
        self.partition = Partition(next_offset=self._offset, ledger_key=b"key")
        blocks = [Block(*name, data) for name, data in self._blocks.items() if data is not None]
        self.partition.restore(blocks, self._segments, self.plans)

    @property
    def looks(self) -> list[tuple[str, str, int, int]]:
        """Closed looks as (indicator, label, index, records counted)."""
        return [(each.indicator, each.look, each.look_index, each.n_counted) for each in self.closings]


@pytest.fixture
def plan() -> Plan:
    return make_plan()


@pytest.fixture
def log(plan) -> Log:
    return Log(plan)


class Make:
    """Makers of plans and logs, for tests that need more than one."""

    plan = staticmethod(make_plan)
    log = staticmethod(Log)


@pytest.fixture
def make() -> type[Make]:
    return Make


@pytest.fixture(scope="module")
def make_log_module() -> type[Log]:
    """Maker of a log that the tests of a module share."""
    return Log
