"""The supplier board in a real PostgreSQL: counts that add up, reasons, deliveries, and what was sent again."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.errors import Reason
from contracts.in_force import Terms
from contracts.period import parse_period
from contracts.quality import Cell, Series
from contracts.records import LogRecord
from infra.at_rest import Keyring
from infra.postgres.deliveries_told import newest_deliveries
from infra.postgres.delivery_answers import DeliveryName, KeptAnswer, keep_answer
from infra.postgres.delivery_tallies import DeliveryOutcome, add_deliveries
from infra.postgres.engine import open_engine
from infra.postgres.quality_board import data_version, look_counts, n_held_back, pauses_now, remembered
from infra.postgres.quarantine import Refused, SentAgain, mark_sent_again, save_refused
from infra.postgres.supplier_board import delivered, in_quarantine, last_refusals, open_reasons
from infra.postgres.tallies import Outcome, add_outcomes
from services.gateway.answers import delivery_taken
from services.gateway.checks import Checked
from services.retention import Retention

ARRIVED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NEWER = Terms("observation", "1.1.0", "ff" * 32)
UPLOAD = "0b8f3a52-6f0c-4d9a-9a61-0d8f8f9f0001"
ARM = Reason("unknown_arm", "arm", "seen 'x'")


def refused(offset, *reasons, policy="trial", supplier="school", upload=UPLOAD, hours=0):
    headers = (("leerlus-upload", upload.encode()), ("leerlus-line", str(offset).encode())) if upload else ()
    arrived_ms = int((ARRIVED + timedelta(hours=hours)).timestamp() * 1000)
    return Refused(LogRecord(offset, arrived_ms, b"k", b"{}", headers), policy, supplier, reasons or (ARM,))


@pytest.fixture
def play(database):
    """Run a story on a connection of its own; nothing of it stays."""

    def run(story):
        async def played():
            engine = open_engine(database.dsn)
            try:
                async with engine.begin() as connection:
                    return await asyncio.wait_for(story(connection), 30)
            finally:
                await engine.dispose()

        return asyncio.run(played())

    return run


async def save(connection, *records, partition=0):
    await save_refused(connection, partition, records, Keyring("a-key-" * 6))


async def answer(connection, lines, *, first_line=1, upload=UPLOAD, name=None, refused_lines=()):
    """Keep the answer to a delivery as the gateway does."""
    checked = [
        Checked(n, b"{}", "trial", (ARM,) if n in refused_lines else ()) for n in range(first_line, first_line + lines)
    ]
    known = DeliveryName("school", name or f"upload {upload}", first_line)
    await keep_answer(connection, known, KeptAnswer(b"", delivery_taken(checked, UUID(upload))))


def test_counts_of_partitions_are_added_up_by_supplier_and_policy(play):
    async def story(connection):
        await add_outcomes(
            connection, 0, {("trial", "school"): Outcome(10, 7, 1, 2), (None, None): Outcome(1, 0, 0, 1)}
        )
        await add_outcomes(
            connection, 1, {("trial", "school"): Outcome(5, 5, 0, 0), ("other", "school"): Outcome(1, 1, 0, 0)}
        )
        found = {(each.supplier, each.policy): each for each in await delivered(connection)}
        of_trial = await delivered(connection, "trial")
        assert set(found) == {("", ""), ("school", "other"), ("school", "trial")}
        one = found["school", "trial"]
        assert (one.received, one.counted, one.duplicate, one.quarantined) == (15, 12, 1, 2)
        assert of_trial == (one,)

    play(story)


def test_what_was_sent_again_is_no_longer_open_once_it_is_counted_or_a_duplicate(play):
    async def story(connection):
        await save(connection, *(refused(n, hours=n) for n in range(4)))
        marks = [SentAgain(0, 0, "counted", (), NEWER), SentAgain(0, 1, "duplicate", (), NEWER)]
        await mark_sent_again(connection, [*marks, SentAgain(0, 2, "refused", (ARM,), NEWER)])
        (found,) = await in_quarantine(connection, "trial")
        assert (found.refused, found.open, found.sent_again) == (4, 2, 3)
        assert (found.counted_again, found.duplicate_again, found.refused_again) == (1, 1, 1)
        assert found.oldest_open_at == ARRIVED + timedelta(hours=2)
        assert found.last_sent_at is not None
        assert [(each.code, each.n) for each in await open_reasons(connection)] == [("unknown_arm", 2)]

    play(story)


def test_a_reason_counts_records_and_places_in_a_list_are_one(play):
    group = [Reason("unknown_group", f"groups[{n}]", "seen") for n in range(2)]

    async def story(connection):
        await save(
            connection, refused(1, *group, hours=1), refused(2, group[1], ARM, hours=2), refused(3, ARM, policy="other")
        )
        found = {(each.policy, each.code, each.place): each for each in await open_reasons(connection)}
        assert {key: each.n for key, each in found.items()} == {
            ("trial", "unknown_group", "groups[]"): 2,
            ("trial", "unknown_arm", "arm"): 1,
            ("other", "unknown_arm", "arm"): 1,
        }
        both = found["trial", "unknown_group", "groups[]"]
        assert (both.oldest_at, both.newest_at) == (ARRIVED + timedelta(hours=1), ARRIVED + timedelta(hours=2))
        assert [each.policy for each in await open_reasons(connection, "other")] == ["other"]
        assert [each.n for each in await open_reasons(connection, most=1)] == [1]  # the newest alone

    play(story)


def test_the_last_refusal_is_that_of_the_supplier_and_of_whoever_sends_to_kafka(play):
    late = Reason("too_late", "period", "closed")

    async def story(connection):
        await add_outcomes(
            connection, 0, {("trial", "school"): Outcome(2, 0, 0, 2), ("trial", "town"): Outcome(1, 1, 0, 0)}
        )
        await save(connection, refused(1), refused(2, late), refused(3, supplier=None, upload=None))
        found = await last_refusals(connection)
        assert set(found) == {"school", ""}
        assert (found["school"].reasons, found["school"].line, found["school"].contract) == ((late,), 2, "observation")
        assert await last_refusals(connection, "other") == {}

    play(story)


def test_a_delivery_has_the_lines_of_its_parts_and_what_lies_in_quarantine(play):
    late, nameless = Reason("too_late", "period", "closed"), str(uuid4())

    async def story(connection):
        await answer(connection, 6, refused_lines=(2, 3))
        await answer(connection, 4, first_line=7)
        await save(connection, refused(2), refused(3), refused(8, late), refused(9, upload=nameless, hours=-1))
        await mark_sent_again(connection, [SentAgain(0, 2, "counted", (), NEWER)])
        named, other = await newest_deliveries(connection, limit=10)
        assert (named.upload, named.lines, named.quarantined, named.total) == (UPLOAD, 10, 3, None)
        assert (named.too_late, named.counted_later, named.duplicate_later) == (1, 1, 0)
        assert not named.is_under_way
        assert (other.upload, other.lines, other.total, other.quarantined) == (nameless, None, None, 1)
        assert await newest_deliveries(connection, limit=1) == (named,)
        assert await newest_deliveries(connection, "town", limit=10) == ()

    play(story)


def test_a_delivery_is_under_way_until_every_line_that_was_refused_is_in_quarantine(play):
    async def story(connection):
        await answer(connection, 3, refused_lines=(1, 2))
        await save(connection, refused(1))
        (found,) = await newest_deliveries(connection, limit=10)
        assert found.is_under_way

    play(story)


def test_of_a_delivery_of_which_an_answer_is_gone_the_number_of_lines_is_not_told(play):
    async def story(connection):
        await answer(connection, 4, first_line=7)
        await save(connection, refused(2))
        (found,) = await newest_deliveries(connection, limit=10)
        assert (found.lines, found.total, found.quarantined, found.is_under_way) == (None, None, 1, False)

    play(story)


def test_every_part_of_a_delivery_is_read_however_many_came_later(play):
    async def story(connection):
        for part in range(30):
            await answer(connection, 2, first_line=1 + 2 * part)
            await answer(connection, 1, upload=str(uuid4()))
        found = await newest_deliveries(connection, limit=40)
        assert len(found) == 31
        assert {each.upload: each.lines for each in found}[UPLOAD] == 60

    play(story)


def came(received, counted, duplicate, quarantined, *, policy="trial", upload=UPLOAD, hours=0, **more):
    """What became of lines of a delivery of which the last arrived so many hours later."""
    counts = (received, counted, duplicate, quarantined)
    given = {"arrived_at": ARRIVED + timedelta(hours=hours)} | more
    return DeliveryOutcome("school", upload, policy, *counts, **given)


def test_what_became_of_a_delivery_is_added_up_over_checkpoints_partitions_and_policies(play):
    months = {each: parse_period(each) for each in ("2025-Q3", "2025-07", "2025-11", "2025-12")}

    async def story(connection):
        first = came(5, 4, 1, 0, earliest=months["2025-11"], latest=months["2025-12"], hours=3)
        await add_deliveries(connection, 0, [first, came(1, 0, 0, 1, policy=None)])
        await add_deliveries(connection, 0, [came(2, 2, 0, 0, earliest=months["2025-Q3"], latest=months["2025-Q3"])])
        await add_deliveries(connection, 0, [came(1, 1, 0, 0, earliest=months["2025-07"], latest=months["2025-07"])])
        await add_deliveries(connection, 1, [came(1, 0, 0, 1, policy="other", again=1, arrived_at=None)])
        await add_deliveries(connection, 1, [])
        (found,) = await newest_deliveries(connection, "school", limit=10)
        total = found.total
        assert (total.received, total.counted, total.duplicate, total.quarantined, total.again) == (10, 7, 1, 2, 1)
        assert (total.earliest, total.latest) == (months["2025-07"], months["2025-12"])
        assert total.arrived_at == found.last_at == ARRIVED + timedelta(hours=3)
        assert await newest_deliveries(connection, "town", limit=10) == ()

    play(story)


@pytest.mark.parametrize(
    "label", ["2024-02-29", "2025-W01", "2025-02", "2025-12", "2025-Q1", "2025-Q3", "2024", "2025"]
)
def test_a_period_is_read_as_it_was_stored(play, label):
    period = parse_period(label)

    async def story(connection):
        await add_deliveries(connection, 0, [came(1, 1, 0, 0, earliest=period, latest=period)])
        (found,) = await newest_deliveries(connection, limit=10)
        assert (found.total.earliest, found.total.latest) == (period, period)

    play(story)


def test_a_delivery_that_came_before_they_were_counted_stays_unknown_when_its_lines_are_sent_again(play):
    async def story(connection):
        await save(connection, refused(2))
        await mark_sent_again(connection, [SentAgain(0, 2, "counted", (), NEWER)])
        await add_deliveries(connection, 0, [came(1, 1, 0, 0, again=1, arrived_at=None)])
        (found,) = await newest_deliveries(connection, limit=10)
        assert (found.total, found.quarantined, found.last_at) == (None, 1, ARRIVED + timedelta(hours=0))

    play(story)


def test_a_delivery_is_under_way_until_every_line_came_once(play):
    async def story(connection):
        await answer(connection, 4)
        await add_deliveries(connection, 0, [came(3, 2, 0, 1), came(1, 1, 0, 0, again=1, arrived_at=None)])
        (found,) = await newest_deliveries(connection, limit=10)
        assert (found.total.received, found.is_under_way) == (4, True)
        await add_deliveries(connection, 0, [came(1, 1, 0, 0)])
        (found,) = await newest_deliveries(connection, limit=10)
        assert (found.total.received, found.is_under_way) == (5, False)

    play(story)


def test_deliveries_of_too_long_ago_are_forgotten(database):
    async def story():
        engine = open_engine(database.dsn)
        try:
            async with engine.begin() as connection:
                old = [came(1, 1, 0, 0, upload=f"old {n}") for n in range(1100)]
                await add_deliveries(connection, 0, old)
                aged = "now() - interval '400 days 1 minute'"
                await connection.execute(text(f"UPDATE leerlus.delivery_tally SET last_at = {aged}"))
                await add_deliveries(connection, 0, [came(1, 0, 0, 1, upload="old 7"), came(1, 1, 0, 0, upload="new")])
            retention = Retention(engine, Keyring("a-key-" * 6), keep_days=30)
            assert (await retention.forget(), await retention.forget()) == (1099, 0)
            async with engine.connect() as connection:
                assert {each.upload for each in await newest_deliveries(connection, limit=10)} == {"old 7", "new"}
        finally:
            await engine.dispose()

    asyncio.run(story())


_LOOK = (
    "INSERT INTO leerlus.look (policy, closing, plan_version, plan_sha256, indicator, look, look_index, n_counted, "
    "first_offset, last_offset) VALUES (:policy, :closing, 1, '', 'work', :look, :closing, :n, 0, 9)"
)
_PAUSE = (
    'INSERT INTO leerlus.quality_pause (id, policy, plan_version, rule, indicator, arm, region, "group", suppliers, '
    "began_at, ended_at) VALUES (:id, 'trial', 1, 'complete', 'work', 'all', 'north', 'all', '[\"school\"]', "
    ":began, :ended)"
)


def test_looks_pauses_and_what_is_remembered_are_those_of_the_policy(play):
    async def story(connection):
        for closing, policy in enumerate(("trial", "trial", "other"), 1):
            row = {"policy": policy, "closing": closing, "look": f"2026-0{closing}", "n": 100 * closing}
            await connection.execute(text(_LOOK), row)
        for ended in (None, ARRIVED + timedelta(days=1)):
            await connection.execute(text(_PAUSE), {"id": uuid4(), "began": ARRIVED, "ended": ended})
        looks = await look_counts(connection, "trial")
        assert [(each.look, each.n_counted) for each in looks] == [
            ("2026-01", 100),
            ("2026-02", 200),
        ]
        (pause,) = await pauses_now(connection, "trial")
        assert pause.series == Series("complete", Cell("work", region="north"))
        assert (pause.suppliers, pause.began_at) == (("school",), ARRIVED)
        assert await pauses_now(connection, None) == (pause,)
        assert await pauses_now(connection, "other") == ()
        assert (await remembered(connection, "trial"), await n_held_back(connection, "trial")) == (None, 0)

    play(story)


def test_the_version_changes_with_every_record_and_not_otherwise(play):
    async def story(connection):
        before = await data_version(connection)
        assert await data_version(connection) == before
        await add_outcomes(connection, 0, {("trial", "school"): Outcome(1, 1, 0, 0)})
        assert await data_version(connection) != before

    play(story)
