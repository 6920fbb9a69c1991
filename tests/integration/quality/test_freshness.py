"""A policy that falls silent is warned of, though no micro-batch comes in which to say so."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from infra.expectations import Worker
from infra.postgres.engine import open_engine
from infra.postgres.quality import latest_results
from pipelines.quality import examine
from pipelines.quality_gathering import Gathering
from pipelines.seals import REPLAYS, Seals
from services.freshness import Freshness

ARRIVED = datetime(2026, 2, 1, tzinfo=UTC)


def test_a_policy_whose_last_record_is_older_than_a_look_fails_until_the_next_comes(database, make, plan_text):
    plan = read_plan(plan_text)
    gathering = Gathering(0, {}, {plan.sha256: plan}, lambda _: True, Seals(b"", purpose=REPLAYS))
    registration = {"plan_registered": {"id": plan.id, "version": 1, "sha256": plan.sha256}}
    arrived_ms = int(ARRIVED.timestamp() * 1000)

    def read(offset, value, *, later_ms=0):
        gathering.read([LogRecord(offset, arrived_ms + later_ms, None, value)])

    def cut():
        (lot,), _ = gathering.cut()
        examine(lot, gathering.states[plan.id], now_ms=arrived_ms)

    read(0, json.dumps(registration).encode())
    read(1, make(plan.id))
    cut()

    async def idle():
        return {0: gathering}

    async def story():
        engine, worker, outcomes = open_engine(database.dsn), Worker(), []
        for days in (30, 32, 33):
            if days == 33:
                read(2, make(plan.id), later_ms=32 * 86_400_000)
                cut()
            await Freshness(engine, worker, idle, lambda days=days: ARRIVED + timedelta(days=days)).look()
            async with engine.connect() as connection:
                (found,) = await latest_results(connection, plan.id)
            outcomes.append((found.result.rule, found.result.outcome, found.result.figure, found.since - ARRIVED))
        worker.close()
        await engine.dispose()
        return outcomes

    assert asyncio.run(story()) == [
        ("fresh", "passed", round(30 / 31, 3), timedelta(days=30)),
        ("fresh", "failed", round(32 / 31, 3), timedelta(days=32)),
        ("fresh", "passed", round(1 / 31, 3), timedelta(days=33)),
    ]
