"""Records of the trial, gathered into lots, and lots concluded with checks that a test writes down."""

import json
from itertools import count
from uuid import UUID

import pytest

from contracts.events import REPLAY_HEADER
from contracts.expectations import Check
from contracts.records import LogRecord
from pipelines.quality import conclude, examine
from pipelines.quality_gathering import Gathering
from pipelines.quality_rows import Lot, Rows
from pipelines.quality_state import PolicyState
from pipelines.seals import REPLAYS, Seals

REPLAYED = Seals(b"k", purpose=REPLAYS)
NOON_MS = 1_610_000_000_000  # January 2021


class Supply:
    """A partition's records, one after another, and their gathering."""

    def __init__(self, *plans):
        self.plans = {plan.sha256: plan for plan in plans}
        self.offset, self.units = 0, count(1)
        self.gathering = Gathering(0, {}, self.plans, lambda policy: policy != "elsewhere", REPLAYED)
        for plan in plans:
            self.put({"plan_registered": {"id": plan.id, "version": plan.version, "sha256": plan.sha256}})

    def put(self, value, *, headers=()):
        """Read one more record, given as bytes or as what they say in JSON."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.gathering.read([LogRecord(self.offset, NOON_MS, b"trial", data, headers)])
        self.offset += 1

    def observe(self, n=1, *, again=False, headers=(), **fields):
        """Read observations that fit the plan, each of a unit of its own; None leaves a field out.

        `again` says that they were refused before and are sent once more.
        """
        for _ in range(n):
            number = next(self.units)
            record = {
                "observation_id": str(UUID(int=number)),
                "policy": "trial",
                "indicator": "work",
                "unit": f"{number:016x}",
                "arm": "control",
                "region": "north",
                "groups": [],
                "period": "2020-01",
                "value": 1,
                "observed_at": "2020-02-01T12:00:00Z",
                **fields,
            }
            data = json.dumps({name: value for name, value in record.items() if value is not None}).encode()
            replay = (REPLAY_HEADER, REPLAYED.sealed("", 0, self.offset, value=data))
            self.put(data, headers=(*headers, replay) if again else headers)

    def lot(self):
        """The one lot that was gathered."""
        (lot,), _ = self.gathering.cut()
        return lot


@pytest.fixture
def supply(plan_of):
    return Supply(plan_of())


@pytest.fixture
def supply_of(plan_of):
    return lambda **changes: Supply(plan_of(**changes))


@pytest.fixture
def rows_of(plan_of):
    """Rows of a plan without any record."""
    return lambda **changes: Rows(plan_of(**changes))


@pytest.fixture
def concluded():
    """Concludes a lot with checks in which these rows fail, by rule; every other check passes."""

    def conclude_lot(lot: Lot, state: PolicyState, **failing):
        examination = examine(lot, state, now_ms=NOON_MS)
        checks = [
            Check(each["meta"]["rule"], each["meta"]["part"], tuple(failing.get(each["meta"]["rule"], ())), None)
            for frame in examination.frames
            for each in frame.expectations
        ]
        return conclude(examination, checks, state)

    return conclude_lot
