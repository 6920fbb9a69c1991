"""Which micro-batches were checked is known for a year."""

import asyncio
from datetime import UTC, datetime, timedelta

from infra.postgres.engine import open_engine
from infra.postgres.quality import CheckedBatch, newest_batches, save_batch

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_notes_of_a_policy_that_are_over_a_year_old_are_forgotten_with_its_next_batch(database):
    def batch(policy, first, days):
        counted = {"n_passed": 1, "n_failed": 0, "n_could_not_run": 0, "n_not_applicable": 0}
        return CheckedBatch(policy, 1, 0, first, first + 9, 10, **counted, checked_at=NOW - timedelta(days=days))

    async def story():
        engine = open_engine(database.dsn)
        async with engine.connect() as connection, connection.begin():
            for each in (batch("old", 0, 366), batch("new", 10, 366), batch("new", 20, 365), batch("new", 30, 0)):
                await save_batch(connection, each)
            kept = [await newest_batches(connection, policy, limit=9) for policy in ("old", "new")]
        await engine.dispose()
        return [[each.first_offset for each in of_policy] for of_policy in kept]

    assert asyncio.run(story()) == [[0], [30, 20]]
