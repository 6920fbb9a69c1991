import asyncio
from datetime import UTC, datetime

import pytest

from contracts.errors import LogBroken
from contracts.events import PlanAccepted, cloudevent_headers, encode_event
from contracts.records import LogRecord
from services.inbox import MOST_WAITING, Inbox, Reader


def record(offset, *, version=1):
    event = PlanAccepted(policy="p", plan_version=version, plan_sha256="0" * 64, offset=0)
    headers = tuple(cloudevent_headers(event, source="/test", time=datetime(2026, 4, 1, tzinfo=UTC)))
    return LogRecord(offset, 0, b"p", encode_event(event), headers)


@pytest.fixture
def inbox():
    return Inbox(0, 5, lambda event: event.plan_version)


def test_events_wait_in_the_order_of_the_log(inbox):
    assert inbox.apply([record(5, version=1), record(6, version=2)]) == 2
    assert (list(inbox.waiting), inbox.next_offset) == ([1, 2], 7)
    inbox.done()
    assert list(inbox.waiting) == [2]


def test_records_that_were_read_are_skipped(inbox):
    assert inbox.apply([record(3), record(4), record(5)]) == 1
    assert inbox.apply([record(5)]) == 0


@pytest.mark.parametrize("offsets", [[6], [5, 7]])
def test_a_gap_is_refused(inbox, offsets):
    with pytest.raises(LogBroken, match="was expected"):
        inbox.apply([record(offset) for offset in offsets])


def test_what_does_not_matter_is_read_and_not_kept():
    inbox = Inbox(0, 0, lambda _: None)
    assert inbox.apply([record(0)]) == 1
    assert (list(inbox.waiting), inbox.next_offset) == ([], 1)


def test_what_is_no_event_of_ours_is_passed_over(inbox):
    strange = LogRecord(5, 0, None, b"{}", (("ce_type", b"nl.leerlus.unheard-of.v1"),))
    broken = LogRecord(6, 0, None, b"{", record(6).headers)
    assert inbox.apply([strange, broken, record(7)]) == 3
    assert list(inbox.waiting) == [1]


def test_reading_waits_while_too_much_is_not_dealt_with():
    async def story():
        reader = Reader(lambda event: event)
        inbox = (await reader.load(None, {0: 0}, 1))[0]
        inbox.apply([record(offset) for offset in range(MOST_WAITING)])
        waiting = asyncio.create_task(reader.prepare([]))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        inbox.done()
        await asyncio.wait_for(waiting, 5)

    asyncio.run(story())


def test_what_was_given_back_holds_nothing_up():
    async def story():
        reader = Reader(lambda event: event)
        inbox = (await reader.load(None, {0: 0}, 1))[0]
        inbox.apply([record(offset) for offset in range(MOST_WAITING)])
        await reader.load(None, {0: 0}, 1)
        await asyncio.wait_for(reader.prepare([]), 5)

    asyncio.run(story())
