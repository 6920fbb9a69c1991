"""Laws of the inspection: what comes too late or is sent again begins no pause and ends none."""

import json
from itertools import count
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events import REPLAY_HEADER
from contracts.expectations import FLAGS, Check, required_fields
from contracts.plan_reader import read_plan
from contracts.quality_rules import AT_LEAST, RULES
from contracts.records import LogRecord
from pipelines.quality import conclude, examine
from pipelines.quality_gathering import Gathering
from pipelines.quality_state import PolicyState
from pipelines.seals import REPLAYS, Seals

SEALS = Seals(b"k", purpose=REPLAYS)
PLAN_TEXT = (Path(__file__).parents[1] / "data" / "plans" / "laws.yaml").read_text(encoding="utf-8")
ONCE = read_plan(PLAN_TEXT)
REPEATEDLY = read_plan(PLAN_TEXT.replace("look: P1M", "look: P1M\nlooks: 12\nmeasured: repeatedly"))
NOON_MS = 1_610_000_000_000  # January 2021
LATENESS = 1  # months, as the plan says


def failing(frame):
    """What Great Expectations finds in a frame, worked out by hand; uniqueness and ranges are left out."""
    columns = frame.columns
    names = {*FLAGS, *required_fields(ONCE)} if frame.name == "records" else set(columns) & set(RULES)
    for name in sorted(names):
        rule = RULES[name if name in RULES else "complete"]
        if frame.name == "cells":
            sign = 1 if rule.id in AT_LEAST else -1
            rows = [
                row for row, seen in enumerate(columns[name]) if seen is not None and sign * (seen - rule.bound) < 0
            ]
        else:
            rows = [row for row, seen in enumerate(columns[name]) if seen in {None, False}]
        yield Check(rule.id, name, tuple(rows), None)


class Inspected:
    """A policy that is inspected delivery by delivery, and the pauses that begin and end with each."""

    def __init__(self, plan):
        self.plan, self.offset, self.latest = plan, 0, 0
        self.units, self.pauses, self.state = count(1), [], PolicyState()
        self.gathering = Gathering(0, {}, {plan.sha256: plan}, lambda _: True, SEALS)
        self.put({"plan_registered": {"id": plan.id, "version": 1, "sha256": plan.sha256}})

    def put(self, value, *, again=False):
        data = json.dumps(value).encode()
        headers = ((REPLAY_HEADER, SEALS.sealed("", 0, self.offset, value=data)),) if again else ()
        self.gathering.read([LogRecord(self.offset, NOON_MS, None, data, headers)])
        self.offset += 1

    def deliver(self, month, n, *, again=False, unit=None, **fields):
        for number in (next(self.units) for _ in range(n)):
            record = {
                "observation_id": str(UUID(int=self.offset)),
                "policy": "laws",
                "indicator": "work",
                "unit": f"{unit or number:016x}",
                "arm": ("control", "trust")[number % 2],
                "region": "north",
                "groups": ["parents"] if number % 3 else [],
                "period": f"2020-{month:02}",
                "value": 1,
                "observed_at": "2020-12-31T00:00:00Z",
                **fields,
            }
            self.put({name: each for name, each in record.items() if each is not None}, again=again)

    def checked(self):
        """Close the micro-batch."""
        for lot in self.gathering.cut()[0]:
            examination = examine(lot, self.state, now_ms=NOON_MS)
            checks = [check for frame in examination.frames for check in failing(frame)]
            found = conclude(examination, checks, self.state)
            self.pauses += [(sign, each.key) for sign, of in (("+", found.begun), ("-", found.ended)) for each in of]


FAULTS = st.sampled_from([{}, {}, {}, {"arm": "control"}, {"region": "atlantis"}, {"region": None}, {"groups": None}])
DELIVERIES = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([6, 60, 150]), FAULTS), min_size=4, max_size=9)
EXTRAS = st.lists(st.tuples(st.booleans(), st.integers(1, 9), st.integers(1, 80), FAULTS), max_size=3)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([ONCE, REPEATEDLY]), DELIVERIES, st.data())
def test_what_is_late_or_sent_again_begins_no_pause_and_ends_none(plan, deliveries, data):
    plain, disturbed = Inspected(plan), Inspected(plan)
    month, seen = 1, 0
    for number, (step, n, fault) in enumerate(deliveries):
        month = min(month + step, 12)
        for each in (plain, disturbed):
            each.units = count(1_000 * number + 1)
            each.deliver(month, n, **fault)
        if fault.get("region", "north") == "north" and "groups" not in fault:
            seen = month
        for again, back, n_extra, extra_fault in data.draw(EXTRAS):
            disturbed.units = count(500_000 + 1_000 * number)
            refused = seen - LATENESS - back if plan is ONCE else seen - back
            if again:
                disturbed.deliver(back, n_extra, again=True, **extra_fault)
            elif refused >= 1:
                arm = {"arm": "control"} if "arm" in extra_fault else {}
                disturbed.deliver(refused, n_extra, value=0, unit=1_000 * number + 1, **arm)
        for each in (plain, disturbed):
            each.checked()
    assert disturbed.pauses == plain.pauses


def test_the_law_is_about_pauses_that_do_begin_and_end():
    inspected = Inspected(REPEATEDLY)
    for month, fault in enumerate([{}, {}, {}, {"arm": "control"}, {}, {}, {}], start=1):
        inspected.deliver(month, 150, **fault)
        inspected.checked()
    coverage = "coverage|work|trust|all|all"
    assert [each for each in inspected.pauses if "coverage" in each[1]] == [("+", coverage), ("-", coverage)]
