import asyncio

import pytest
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from contracts.errors import LogBroken
from infra.kafka.transport import Chunks, Consumer

PLACE = TP("topic", 3)


def record(offset):
    return ConsumerRecord("topic", 3, offset, 0, 0, b"key", b"value", None, 3, 5, ())


def test_a_fetched_run_is_one_event_at_the_place_of_its_last_record():
    run = [record(7), record(8)]
    ((place, event),) = Chunks().iterate({PLACE: run, TP("topic", 4): []})
    assert (place, event.offset, event.partition) == (PLACE, 8, 3)
    assert event.value is run


class Known(Consumer):
    """A consumer without a broker: what it is asked and told is kept."""

    def __init__(self, positions):
        self.app = type("App", (), {"positions": staticmethod(lambda: positions)})
        self.sought = {}

    def assignment(self):
        return {PLACE, TP("topic", 4)}

    async def seek_wait(self, places):
        self.sought.update(places)


@pytest.fixture
def committed_in_kafka(monkeypatch):
    async def committed(_):
        return {PLACE: None, TP("topic", 4): None}

    monkeypatch.setattr(driver.Consumer, "seek_to_committed", committed)


@pytest.mark.usefixtures("committed_in_kafka")
def test_positions_are_those_the_app_knows_of_what_is_assigned():
    consumer = Known({PLACE: 12, TP("topic", 5): 99})
    assert asyncio.run(consumer.seek_to_committed()) == {PLACE: 12, TP("topic", 4): None}
    assert consumer.sought == {PLACE: 12}


def fetching(monkeypatch, error):
    async def raising(*_):
        for nothing in ():
            yield nothing
        raise error

    monkeypatch.setattr(driver.Consumer, "getmany", raising)

    async def fetch():
        return [event async for event in Known({}).getmany(1.0)]

    return asyncio.run(fetch())


def test_a_position_that_the_log_does_not_have_is_an_error_and_never_a_jump(monkeypatch):
    with pytest.raises(LogBroken, match="does not continue where we are reading"):
        fetching(monkeypatch, OffsetOutOfRangeError({PLACE: 5}))


def test_no_position_yet_is_nothing_fetched_yet(monkeypatch):
    assert fetching(monkeypatch, NoOffsetForPartitionError(PLACE)) == []
