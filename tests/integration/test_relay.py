"""The relay on real servers: in order per policy, at least once, one on duty."""

import asyncio
import time
import uuid
from contextlib import asynccontextmanager, suppress

import pytest
from aiokafka import AIOKafkaConsumer

from contracts.events import Topic
from contracts.log import Message
from infra.kafka.admin import Admin
from infra.postgres import outbox
from infra.postgres.engine import open_engine
from services import relay as relaying
from services.relay import Relay


class Scene:
    """A topic of its own with two partitions, an outbox, and relays over them."""

    def __init__(self, bootstrap, engine):
        self.bootstrap, self.engine = bootstrap, engine
        self.topic = f"relay-{uuid.uuid4()}"
        with Admin(bootstrap) as admin:
            admin.ensure(Topic(self.topic, 2, {}))

    async def leave(self, policy, *payloads, **fields):
        messages = [self.message(policy, each, **fields) for each in payloads]
        async with self.engine.begin() as connection:
            await outbox.put(connection, policy, messages)

    def message(self, policy, payload, partition=None, headers=()):
        return Message(self.topic, partition, policy.encode(), headers, payload.encode())

    @asynccontextmanager
    async def relay(self):
        relay = Relay(self.engine, self.bootstrap)
        running = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def waiting(self):
        async with self.engine.connect() as connection:
            return await outbox.count_waiting(connection)

    async def published(self):
        """Everything in the topic as (key, payload), each key's in the order of the log."""
        consumer = AIOKafkaConsumer(self.topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends = await consumer.end_offsets(await until(consumer.assignment))
            found = []
            while sum([await consumer.position(each) for each in ends]) < sum(ends.values()):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def published_of(self, policy):
        return [each.value.decode() for each in await self.published() if each.key == policy.encode()]


async def until(look, timeout_s=20):
    deadline = time.monotonic() + timeout_s
    while True:
        found = look()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


@pytest.fixture
def in_scene(kafka, database):
    def run(story):
        async def play():
            engine = open_engine(database.dsn)
            try:
                await asyncio.wait_for(story(Scene(kafka.address, engine)), 60)
            finally:
                await engine.dispose()

        asyncio.run(play())

    return run


def is_empty(scene):
    async def look():
        return await scene.waiting() == 0

    return look


def test_messages_leave_in_the_order_of_their_policy_and_arrive_as_they_are(in_scene):
    async def story(scene):
        await scene.leave("a", *(f"a{n}" for n in range(700)))
        await scene.leave("b", "b0", headers=(("kind", b"\xff\x00"),), partition=1)
        async with scene.relay() as relay:
            await until(is_empty(scene))
            await scene.leave("a", "a700")
            await until(is_empty(scene))
            assert relay.is_ready
            assert relay.facts()["published"] == 702
        assert await scene.published_of("a") == [f"a{n}" for n in range(701)]
        (other,) = [each for each in await scene.published() if each.key == b"b"]
        assert (other.partition, other.headers, other.value) == (1, (("kind", b"\xff\x00"),), b"b0")

    in_scene(story)


def test_a_message_is_published_soon_after_its_commit(in_scene):
    async def story(scene):
        async with scene.relay() as relay:
            await until(lambda: relay.is_on_duty)
            started = time.monotonic()
            await scene.leave("a", "x")
            await until(is_empty(scene))
            assert time.monotonic() - started < 0.9  # it is told; it looks by itself once a second

    in_scene(story)


def test_after_a_failure_the_last_messages_are_repeated_and_none_is_missing(in_scene, monkeypatch):
    async def broken(*_):
        raise OSError("cut off after Kafka had them")

    async def story(scene):
        await scene.leave("a", "1", "2", "3")
        with monkeypatch.context() as patch:
            patch.setattr(relaying, "forget", broken)
            async with scene.relay() as relay:
                await until(lambda: relay.is_on_duty)
                await until(lambda: not relay.is_ready)
        async with scene.relay():
            await until(is_empty(scene))
        published = await scene.published_of("a")
        assert published[:3] == published[-3:] == ["1", "2", "3"]
        assert len(published) >= 6

    in_scene(story)


def test_one_is_on_duty_and_the_next_takes_over(in_scene):
    async def story(scene):
        async with scene.relay() as second_stage:
            await until(lambda: second_stage.is_on_duty)
            async with scene.relay() as standing_by:
                await until(lambda: standing_by.is_ready)
                assert not standing_by.is_on_duty
        async with scene.relay() as heir:
            await until(lambda: heir.is_on_duty)
            await scene.leave("a", "x")
            await until(is_empty(scene))

    in_scene(story)


def test_writers_of_one_policy_wait_for_each_other_so_numbers_follow_commits(in_scene):
    async def story(scene):
        async with scene.engine.connect() as first:
            await first.begin()
            await outbox.put(first, "a", [scene.message("a", "first")])
            second = asyncio.create_task(scene.leave("a", "second"))
            await scene.leave("b", "another policy does not wait")
            async with scene.engine.connect() as reader:
                visible = await outbox.next_waiting(reader, per_policy=10)
            assert [each.policy for each in visible] == ["b"]
            await first.commit()
        await second
        async with scene.engine.connect() as reader:
            visible = await outbox.next_waiting(reader, per_policy=10)
        assert [(each.policy, each.number, each.message.payload) for each in visible] == [
            ("a", 1, b"first"),
            ("a", 2, b"second"),
            ("b", 1, b"another policy does not wait"),
        ]

    in_scene(story)


def test_a_policy_with_much_to_say_does_not_keep_others_waiting(in_scene):
    async def story(scene):
        await scene.leave("a", *map(str, range(50)))
        await scene.leave("b", "b0", "b1", "b2")
        async with scene.engine.connect() as reader:
            visible = await outbox.next_waiting(reader, per_policy=2)
        assert [(each.policy, each.number) for each in visible] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]

    in_scene(story)


def test_no_more_is_taken_at_once_than_a_number_of_bytes_and_policies_take_turns(in_scene):
    async def story(scene):
        await scene.leave("b", *["x" * 1000] * 4)
        await scene.leave("a", *["x" * 1000] * 4)
        async with scene.engine.connect() as reader:
            taken = await outbox.next_waiting(reader, per_policy=10, n_bytes=2001)
            largest = await outbox.next_waiting(reader, per_policy=10, n_bytes=1)
        assert [(each.policy, each.number) for each in taken] == [("a", 1), ("b", 1), ("b", 2)]
        assert [(each.policy, each.number) for each in largest] == [("b", 1)]  # waits longest; too large, and yet taken

    in_scene(story)


def test_messages_larger_than_what_is_taken_at_once_leave_one_by_one_in_order(in_scene, monkeypatch):
    monkeypatch.setattr(relaying, "_MOST_BYTES", 1)

    async def story(scene):
        await scene.leave("a", "1", "2", "3")
        await scene.leave("b", "4")
        async with scene.relay():
            await until(is_empty(scene))
        assert await scene.published_of("a") == ["1", "2", "3"]
        assert await scene.published_of("b") == ["4"]

    in_scene(story)
