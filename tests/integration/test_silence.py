"""A look that nobody closes is closed by a marker in the log, once, and only when the policy has been silent."""

import asyncio
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text

from contracts.plan_reader import read_plan
from contracts.records import LogRecord
from infra.postgres import outbox
from infra.postgres.engine import open_engine
from infra.postgres.tallies import Outcome, add_outcomes
from pipelines.fold import Partition
from services.silence import Silence

OBSERVATION = {
    "observation_id": str(uuid.UUID(int=1)),
    "policy": "resume-audit",
    "indicator": "callback",
    "unit": "0" * 32,
    "region": "Boston",
    "groups": [],
    "period": "2001-10",
    "value": 1,
    "observed_at": "2001-10-31T12:00:00Z",
}


@pytest.fixture
def plan(request):
    written = (request.config.rootpath / "examples" / "resume" / "plan.yaml").read_text(encoding="utf-8")
    return read_plan(written.replace("look: P50N", "look: P1M\nlateness: P2M"))


def with_an_open_look(plan):
    registration = {"plan_registered": {"id": plan.id, "version": plan.version, "sha256": plan.sha256}}
    partition = Partition(next_offset=0, ledger_key=b"key")
    values = [json.dumps(each).encode() for each in (registration, {**OBSERVATION, "policy": plan.id})]
    partition.apply([LogRecord(place, None, None, value) for place, value in enumerate(values)], {plan.sha256: plan})
    return partition


def caught_up(*partitions):
    async def owned():
        return dict(enumerate(partitions, 6))

    return owned


def test_counters_of_policies_are_taken_in_the_order_of_their_names_so_that_none_waits_in_a_ring(
    database, plan, monkeypatch
):
    last, first = (replace(plan, id=name) for name in ("zebra", "ant"))
    taken = []

    async def take(_, policy, n_messages):
        taken.append((policy, n_messages))
        return 1

    monkeypatch.setattr(outbox, "_take_numbers", take)

    async def story():
        engine = open_engine(database.dsn)
        states = caught_up(with_an_open_look(last), with_an_open_look(first))
        async with engine.begin() as connection:
            await add_outcomes(connection, 6, {(each.id, None): Outcome(2, 2, 0, 0) for each in (last, first)})
            await connection.execute(text("UPDATE leerlus.tally SET last_at = now() - interval '25 hours'"))
        await Silence(engine, states, lambda: datetime(2002, 2, 1, tzinfo=UTC)).look()
        await engine.dispose()

    asyncio.run(story())
    assert taken == [("ant", 1), ("zebra", 1)]


def test_a_silent_policy_has_its_overdue_look_closed_by_one_marker(database, plan):
    partition = with_an_open_look(plan)

    async def story():
        engine = open_engine(database.dsn)
        silence = Silence(engine, caught_up(partition), lambda: datetime(2002, 2, 1, tzinfo=UTC))
        async with engine.begin() as connection:
            await add_outcomes(connection, 6, {(plan.id, None): Outcome(2, 2, 0, 0)})
        await silence.look()
        async with engine.connect() as connection:
            assert await outbox.count_waiting(connection) == 0  # a record came a moment ago
        with psycopg.connect(database.dsn) as direct:
            direct.execute("UPDATE leerlus.tally SET last_at = now() - interval '25 hours'")
        await silence.look()
        await silence.look()
        async with engine.connect() as connection:
            waiting = await outbox.next_waiting(connection, per_policy=10)
        await engine.dispose()
        return waiting

    (left,) = asyncio.run(story())
    assert (left.policy, left.message.partition, left.message.key) == (plan.id, 6, plan.id.encode())
    partition.take_changes()
    for offset in (2, 3):  # the relay may send it twice
        partition.apply([LogRecord(offset, None, left.message.key, left.message.payload)], {plan.sha256: plan})
    changes = partition.take_changes()
    assert [(look.look, look.n_counted) for look in changes.closings] == [("2001-10", 1)]
    assert changes.quarantined == []
