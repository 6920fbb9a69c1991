"""The quarantine in the store: encrypted, looked through, kept for its time, and marked when a record comes again."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from contracts.errors import Reason, SettingsError
from contracts.in_force import Terms, in_force
from contracts.records import LogRecord
from infra.at_rest import Keyring
from infra.postgres import retention
from infra.postgres.engine import open_engine
from infra.postgres.kept import Damaged, kept_bytes
from infra.postgres.quarantine import Refused, Sent, SentAgain, mark_sent_again, note_in_force, save_refused
from infra.postgres.refusals import (
    Wanted,
    contracts_in_force,
    count_refusals,
    newest_refusals,
    outcomes_after,
    refusal,
)
from services.retention import Retention

OLD, NEW = Keyring("old-" * 8), Keyring("new-" * 8 + " " + "old-" * 8)
ARRIVED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = b'{"policy": "trial", "indicator": "work", "unit": "Jan de Boer"'
EVERYTHING = Wanted()
NEWER = Terms("observation", "1.1.0", "ff" * 32)


def refused(offset, *, policy="trial", supplier="school", code="unknown_arm", place="arm", value=SECRET, days=0):
    headers = (("leerlus-upload", f"u-{supplier}".encode()), ("leerlus-line", b"7"), ("odd\0name", b"\xff"))
    arrived_ms = int((ARRIVED + timedelta(days=days)).timestamp() * 1000)
    record = LogRecord(offset, arrived_ms, b"a key \xff", value, headers)
    return Refused(record, policy, supplier, (Reason("not_json", "", "no"), Reason(code, place, "why")))


@pytest.fixture
def play(database):
    """Run a story with an engine of its own."""

    def run(story):
        async def played():
            engine = open_engine(database.dsn)
            try:
                return await asyncio.wait_for(story(engine), 30)
            finally:
                await engine.dispose()

        return asyncio.run(played())

    return run


async def save(engine, *records, partition=3, keyring=OLD):
    async with engine.begin() as connection:
        await save_refused(connection, partition, records, keyring)


async def everything(engine):
    async with engine.connect() as connection:
        return (await connection.execute(text("SELECT * FROM leerlus.quarantine ORDER BY id"))).all()


async def move(engine, source, target):
    """Put the bytes of one record where those of another were."""
    sealed = f'(SELECT sealed FROM leerlus.quarantine WHERE "offset" = {source})'
    async with engine.begin() as connection:
        await connection.execute(text(f'UPDATE leerlus.quarantine SET sealed = {sealed} WHERE "offset" = {target}'))


async def opened(engine, keyring, wanted=EVERYTHING):
    async with engine.connect() as connection:
        return await kept_bytes(connection, wanted, keyring, limit=10)


def test_what_was_sent_is_read_with_its_key_and_lies_nowhere_in_the_clear(play):
    async def story(engine):
        await save(engine, refused(5))
        (row,) = await everything(engine)
        assert b"Boer" not in row.sealed
        assert "Boer" not in str([each for each in row if not isinstance(each, bytes)])
        assert (row.key_id, row.policy, row.indicator, row.line) == (OLD.current, "trial", "work", 7)
        assert row.contract_sha256 == in_force()["observation"].sha256
        (kept,) = await opened(engine, OLD)
        assert kept.sent == Sent(b"a key \xff", SECRET, refused(5).record.headers)
        with pytest.raises(SettingsError, match=OLD.current):
            await opened(engine, Keyring("another-" * 4))

    play(story)


def test_bytes_that_were_moved_to_another_record_are_not_taken_for_its_own(play):
    async def story(engine):
        await save(engine, refused(5), refused(6), refused(7))
        await move(engine, 5, 6)
        first, second, third = await opened(engine, OLD)
        number = (await everything(engine))[1].id
        assert second == Damaged(number, "the encrypted bytes of 3:6 were changed or moved")
        assert (first.sent.value, third.sent.value) == (SECRET, SECRET)

    play(story)


def test_a_damaged_record_does_not_keep_the_others_from_the_key_in_use(play, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 1)

    async def story(engine):
        await save(engine, *(refused(offset) for offset in range(5)))
        await move(engine, 4, 0)
        await move(engine, 4, 1)
        with capture_logs() as said:
            assert await Retention(engine, NEW, keep_days=30).renew() == 3
        (damaged,) = (each for each in said if each["event"] == "refused_bytes_damaged")
        problems = [f"the encrypted bytes of 3:{offset} were changed or moved" for offset in (0, 1)]
        assert (damaged["records"], damaged["problems"]) == (2, problems)
        keys = [row.key_id for row in await everything(engine)]
        assert keys == [OLD.current] * 2 + [NEW.current] * 3

    play(story)


def test_each_filter_finds_its_records(play):
    first = refused(1, supplier="one", code="unknown_region", place="region")
    second = refused(2, policy="other", supplier="two", value=b'{"indicator": "debts"}', days=10)
    third = refused(3, policy=None, supplier=None, value=b'{"enrolment": {"a": 1}}', days=20)
    cases = [
        (Wanted(), [1, 2, 3]),
        (Wanted(policy="trial"), [1]),
        (Wanted(indicator="debts"), [2]),
        (Wanted(supplier="two"), [2]),
        (Wanted(upload="u-one"), [1]),
        (Wanted(code="unknown_region"), [1]),
        (Wanted(code="not_json"), [1, 2, 3]),
        (Wanted(place="arm"), [2, 3]),
        (Wanted(code="unknown_region", place="arm"), []),
        (Wanted(since=ARRIVED + timedelta(days=10)), [2, 3]),
        (Wanted(until=ARRIVED + timedelta(days=10)), [1]),
        (Wanted(contract="enrolment"), [3]),
        (Wanted(replayed=True), [2]),
        (Wanted(replayed=False), [1, 3]),
        (Wanted(settled=False), [1, 3]),
        (Wanted(code="' OR true --"), []),
    ]

    async def story(engine):
        await save(engine, first, second, third)
        async with engine.begin() as connection:
            await mark_sent_again(connection, [SentAgain(3, 2, "counted", (), NEWER)])
            for wanted, offsets in cases:
                found = await newest_refusals(connection, wanted, limit=10)
                assert [each.offset for each in found] == offsets, wanted
                assert await count_refusals(connection, wanted) == len(offsets), wanted
            newest = await newest_refusals(connection, Wanted(), limit=2)
            assert [each.offset for each in newest] == [2, 3]
            later = await newest_refusals(connection, Wanted(after=newest[0].id), limit=9)
            assert [each.offset for each in later] == [3]

    play(story)


def test_a_record_that_came_again_tells_what_became_of_it(play):
    why = (Reason("too_late", "period", "later"),)

    async def story(engine):
        await save(engine, refused(1), refused(2), refused(3))
        before = await everything(engine)
        async with engine.begin() as connection:
            again = [
                SentAgain(3, 1, "counted", (), NEWER),
                SentAgain(3, 2, "refused", why, NEWER),
                SentAgain(3, 1, "duplicate", (), NEWER),
                SentAgain(3, 99, "counted", (), NEWER),  # of which nothing is known
            ]
            await mark_sent_again(connection, again)
            first, second, third = [await refusal(connection, row.id) for row in before]
            asked = {row.id: 0 for row in before}
            assert await outcomes_after(connection, asked) == {first.id: "duplicate", second.id: "refused"}
            assert await outcomes_after(connection, {first.id: 2, second.id: 1}) == {}
        assert (first.replays, first.outcome, first.counted_at is not None) == (2, "duplicate", True)
        assert (first.contract_version, [each.code for each in first.reasons]) == ("1.0.0", ["not_json", "unknown_arm"])
        assert (second.replays, second.outcome, second.counted_at) == (1, "refused", None)
        assert (second.contract_version, second.contract_sha256, second.reasons) == ("1.1.0", "ff" * 32, why)
        assert (third.replays, third.outcome, third.replayed_at) == (0, None, None)
        assert len(await everything(engine)) == 3

    play(story)


def test_bytes_are_deleted_after_their_time_and_reasons_stay(play):
    async def story(engine):
        await save(engine, *(refused(offset) for offset in range(1100)))
        await save(engine, refused(2000))
        async with engine.begin() as connection:
            aged = "now() - interval '30 days 1 minute'"
            await connection.execute(text(f'UPDATE leerlus.quarantine SET stored_at = {aged} WHERE "offset" < 1100'))
        assert await Retention(engine, OLD, keep_days=31).purge() == 0
        assert await Retention(engine, OLD, keep_days=30).purge() == 1100
        assert await Retention(engine, OLD, keep_days=30).purge() == 0
        rows = await everything(engine)
        assert [(row.sealed, row.key_id) for row in rows[:1100]] == [(None, None)] * 1100
        assert all(row.reasons[1]["code"] == "unknown_arm" for row in rows)
        assert [each.offset for each in await opened(engine, OLD)] == [2000]

    play(story)


def test_another_key_takes_over_and_what_it_cannot_open_is_left(play):
    async def story(engine):
        await save(engine, refused(1))
        await save(engine, refused(2), keyring=NEW)
        await save(engine, refused(3), keyring=Keyring("lost-" * 7))
        assert await Retention(engine, NEW, keep_days=30).renew() == 1
        assert await Retention(engine, NEW, keep_days=30).renew() == 0
        only_new = Keyring("new-" * 8)
        assert [row.key_id == only_new.current for row in await everything(engine)] == [True, True, False]
        kept = await opened(engine, only_new, Wanted(up_to=(await everything(engine))[1].id))
        assert [each.sent.value for each in kept] == [SECRET, SECRET]

    play(story)


def test_the_contracts_in_force_are_those_of_the_newest_owners(play):
    async def story(engine):
        older = Terms("observation", "1.0.0", "aa" * 32)
        async with engine.begin() as connection:
            await note_in_force(connection, [0, 1], [older])
            assert await contracts_in_force(connection, "observation") == (older,)
            await note_in_force(connection, [1], [NEWER])
            assert await contracts_in_force(connection, "observation") == (older, NEWER)
            await note_in_force(connection, [0], [NEWER])
            assert await contracts_in_force(connection, "observation") == (NEWER,)
            assert await contracts_in_force(connection, "enrolment") == ()

    play(story)
