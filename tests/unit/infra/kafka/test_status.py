import asyncio
import time

from infra.kafka.status import StreamStatus


def test_a_stream_is_ready_once_it_takes_part_and_while_it_stores():
    status = StreamStatus("leerlus-test")
    assert status.is_alive
    assert not status.is_ready
    status.note_assignment(0)
    assert status.is_ready
    status.note_assignment(2)
    status.note_checkpoint({0: 5, 1: 7}, is_stored=False)
    assert not status.is_ready
    status.note_checkpoint({0: 0, 1: 7}, is_stored=True)
    assert status.is_ready
    assert status.facts() == {
        "service": "leerlus-test",
        "partitions": 2,
        "lag_records": 7,
        "storing": True,
        "longest_stall_s": 0.0,
    }


def test_a_loop_that_stands_still_is_noticed_and_its_longest_stall_kept():
    status = StreamStatus("leerlus-test")

    async def stall():
        beating = asyncio.create_task(status.beat())
        await asyncio.sleep(0.06)
        time.sleep(0.2)  # noqa: ASYNC251  (what must not happen is what is measured)
        await asyncio.sleep(0.06)
        beating.cancel()

    asyncio.run(stall())
    assert 0.1 < status.longest_stall_s < 2
    status.beat_at -= 1000
    assert not status.is_alive
