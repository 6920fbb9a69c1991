"""A real database with a plan in it, and looks that close: evidence as the evaluator stores it, and its events."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, select

from contracts.events import LookClosed, cloudevent_headers, encode_event
from contracts.evidence import EvidenceRow
from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from infra.postgres import schema
from infra.postgres.engine import open_engine
from infra.postgres.plans import store_plan

NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
QUIET = {"stands": None, "recent": None, "state": "withdrawn"}
_SOURCE = (Path(__file__).parents[2] / "data/signals/plan.yaml").read_text(encoding="utf-8")
_ROW = {
    "claim": "gap",
    "indicator": "part_time_work",
    "other_indicator": None,
    "arm": "all",
    "region": "all",
    "group": "single_parent",
    "offsets": (0, 99),
    "n_a": 200,
    "k_a": 60,
    "n_b": 200,
    "k_b": 48,
    "scale": "odds_ratio",
    "estimate": 0.737,
    "lower": 0.5,
    "upper": 0.99,
    "difference": -0.06,
    "difference_lower": -0.12,
    "difference_upper": -0.001,
    "log_e_worse": 4.5,
    "log_e_better": -3.0,
    "log_detector_worse": 5.0,
    "log_detector_better": 0.5,
    "recent": None,
    "guarantee": "exact",
    "state": "standing",
    "stands": "worse",
    "smallest_visible": 0.055,
    "reason": None,
}


@dataclass
class Scene:
    """A policy whose looks close one after another."""

    engine: object
    plan: object
    closing: int = 0
    offset: int = 0

    def row(self, **facts):
        """A row of the look that closes next: a standing gap, unless told otherwise."""
        number = self.closing + 1
        of_plan = {
            "policy": self.plan.id,
            "plan_version": self.plan.version,
            "plan_sha256": self.plan.sha256,
            "look": f"2026-{number:02}",
            "look_index": number,
        }
        return EvidenceRow(**{**_ROW, **of_plan, **facts})

    def look(self, *rows, part=1, parts=1):
        """The event of the look that closes next; the last part closes it."""
        number = self.closing + 1
        self.closing += part == parts
        return LookClosed(
            policy=self.plan.id,
            plan_version=self.plan.version,
            plan_sha256=self.plan.sha256,
            closing=number,
            indicator="part_time_work",
            look=f"2026-{number:02}",
            look_index=number,
            n_counted=50,
            offsets=(0, 99),
            closed_at_ms=1_774_000_000_000 + number,
            rows=rows,
            part=part,
            parts=parts,
        )

    def record(self, event):
        """The event as the log holds it, at the next offset."""
        headers = tuple(cloudevent_headers(event, source="/test", time=NOW))
        self.offset += 1
        return LogRecord(self.offset - 1, 0, event.policy.encode(), encode_event(event), headers)

    async def store(self, *looks):
        """Store the evidence of looks, as the evaluator does before it tells of them."""
        stored = [_stored(row, look.closing, at) for look in looks for at, row in enumerate(look.rows)]
        async with self.engine.begin() as connection:
            await connection.execute(insert(schema.evidence), stored)

    async def rows_of(self, table):
        """Everything in a table."""
        async with self.engine.connect() as connection:
            return (await connection.execute(select(table).order_by(*table.primary_key.columns))).all()


def _stored(row, closing, place):
    values = msgspec.to_builtins(row)
    first, last = values.pop("offsets")
    return {**values, "closing": closing, "row": place, "first_offset": first, "last_offset": last}


@pytest.fixture
def in_scene(database):
    """Runs an asynchronous test in a scene with a policy of this name."""

    async def told(story, policy):
        source = _SOURCE.replace("id: guidance-trial", f"id: {policy}")
        scene = Scene(open_engine(database.dsn), read_plan(source))
        async with scene.engine.begin() as connection:
            await store_plan(connection, scene.plan, source)
        await story(scene)
        await scene.engine.dispose()

    return lambda story, policy="guidance-trial": asyncio.run(told(story, policy))


@pytest.fixture
def quiet():
    return QUIET


@pytest.fixture
def clock():
    return lambda: NOW
