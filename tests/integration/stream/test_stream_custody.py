"""What a custody promises, with a real database and a log that the test plays itself."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from contracts.errors import Fenced, InfrastructureError, LogBroken, Unavailable
from contracts.log import TopicFacts
from contracts.records import LogRecord
from infra.kafka.custody import SLICE, Custody
from infra.postgres.blocks import StoredBlock, load_blocks, save_blocks
from infra.postgres.engine import open_engine

TOPIC = TopicFacts("leerlus.test", "id-1", 4)


class Watch:
    """Kafka's answers about the topic."""

    def __init__(self):
        self.now = TOPIC
        self.answers = True
        self.log_ends = {}

    async def ends(self, _, partitions):
        return {each: self.log_ends.get(each, 0) for each in partitions}

    async def facts(self):
        if not self.answers:
            raise Unavailable("Kafka is away")
        return self.now

    async def confirm(self, known):
        if (await self.facts()).id != known.id:
            raise LogBroken("made anew")


class Adding:
    """The sum of one partition's records."""

    def __init__(self, next_offset, total):
        self.next_offset, self.total = next_offset, total
        self.runs = []

    def apply(self, records):
        self.runs.append(len(records))
        for record in records:
            if record.offset >= self.next_offset:
                self.total += int(record.value)
                self.next_offset = record.offset + 1
        return len(records)


class AddingWork:
    consumer, topic = "leerlus-adding", TOPIC.name

    def __init__(self):
        self.tasks = {}
        self.prepared = 0
        self.fail_save = self.fail_prepare = self.fail_effects = None
        self.made = []

    async def load(self, connection, positions, n_partitions):
        assert n_partitions == TOPIC.partitions
        self.tasks = {each: Adding(offset, await stored(connection, each)) for each, offset in positions.items()}
        return self.tasks

    async def prepare(self, _):
        self.prepared += 1
        if self.fail_prepare:
            error, self.fail_prepare = self.fail_prepare, None
            raise error

    async def effects(self, tasks):
        if self.fail_effects:
            raise self.fail_effects
        self.made.append({partition: task.next_offset for partition, task in tasks.items()})

    async def save(self, connection, tasks):
        for partition, task in tasks.items():
            await save_blocks(connection, partition, [StoredBlock("test", "sum", str(task.total).encode())])
        if self.fail_save:
            raise self.fail_save


async def stored(connection, partition):
    blocks = await load_blocks(connection, partition)
    return int(blocks[0].data) if blocks else 0


def records(first, *values):
    return [LogRecord(first + place, 0, None, str(value).encode()) for place, value in enumerate(values)]


async def whole_log(partitions):
    return dict.fromkeys(partitions, (0, 1_000_000))


class Stage:
    """Custodies over one database, as many as a test asks for."""

    def __init__(self, engine):
        self.engine = engine
        self.watch = Watch()

    def custody(self, work=None):
        return Custody(work or AddingWork(), self.engine, self.watch, owner="test")

    async def claimed(self, work=None, partitions=(0, 1)):
        custody = self.custody(work)
        await custody.claim(partitions, whole_log)
        return custody

    async def sums(self):
        async with self.engine.connect() as connection:
            return [await stored(connection, each) for each in (0, 1)]


@pytest.fixture
def on_stage(database):
    """Run a test's story with a stage."""

    @asynccontextmanager
    async def stage():
        engine = open_engine(database.dsn)
        try:
            yield Stage(engine)
        finally:
            await engine.dispose()

    def run(story):
        async def play():
            async with stage() as each:
                await asyncio.wait_for(story(each), 30)

        asyncio.run(play())

    return run


def always():
    return True


def test_what_was_stored_is_loaded_by_the_next_owner_and_read_once(on_stage):
    async def story(stage):
        first = await stage.claimed()
        await first.take(0, records(0, 1, 2, 3), always)
        await first.take(1, records(0, 10), always)
        assert await first.checkpoint()
        await first.take(0, records(3, 100), always)  # applied and never stored
        second = await stage.claimed()
        assert second.positions() == {0: 3, 1: 1}
        await second.take(0, records(2, 3, 4), always)  # the first of them was dealt with
        assert await second.checkpoint()
        assert await stage.sums() == [10, 10]

    on_stage(story)


def test_a_partition_is_caught_up_when_all_of_its_log_is_stored_and_while_it_is_owned(on_stage):
    async def story(stage):
        work = AddingWork()
        custody = await stage.claimed(work)
        stage.watch.log_ends = {0: 2}
        assert set(await custody.caught_up()) == {1}  # two records wait unread
        await custody.take(0, records(0, 1, 2), always)
        assert set(await custody.caught_up()) == {1}  # and are applied, but not stored
        assert await custody.checkpoint()
        assert await custody.caught_up() == work.tasks
        stage.watch.answers = False
        with pytest.raises(Unavailable):
            await custody.caught_up()
        await custody.release()
        assert await custody.caught_up() == {}

    on_stage(story)


def test_an_earlier_owner_is_fenced_and_writes_nothing(on_stage):
    async def story(stage):
        first = await stage.claimed()
        await first.take(0, records(0, 1), always)
        second = await stage.claimed(partitions=[0])
        with pytest.raises(Fenced, match="another process took over"):
            await first.checkpoint()
        await second.take(0, records(0, 5), always)
        assert await second.checkpoint()
        assert await stage.sums() == [5, 0]

    on_stage(story)


def test_one_fenced_partition_keeps_all_others_from_being_written(on_stage):
    async def story(stage):
        first = await stage.claimed()
        await first.take(0, records(0, 1), always)
        await first.take(1, records(0, 1), always)
        await stage.claimed(partitions=[1])
        with pytest.raises(Fenced, match="only 1 of the 2 partitions"):
            await first.checkpoint()
        assert await stage.sums() == [0, 0]

    on_stage(story)


def test_a_failed_save_leaves_everything_as_it_was_and_is_not_swallowed(on_stage):
    async def story(stage):
        work = AddingWork()
        work.fail_save = InfrastructureError("half way")
        custody = await stage.claimed(work)
        await custody.take(0, records(0, 1), always)
        with pytest.raises(InfrastructureError, match="half way"):
            await custody.checkpoint()
        assert await stage.sums() == [0, 0]
        assert (await stage.claimed()).positions() == {0: 0, 1: 0}

    on_stage(story)


def test_a_checkpoint_waits_while_a_server_or_an_effect_is_away_and_goes_through_later(on_stage):
    async def story(stage):
        work = AddingWork()
        custody = await stage.claimed(work)
        await custody.take(0, records(0, 1), always)
        stage.watch.answers = False
        assert not await custody.checkpoint()
        stage.watch.answers, work.fail_effects = True, InfrastructureError("no mail")
        assert not await custody.checkpoint()
        assert await stage.sums() == [0, 0]
        work.fail_effects = None
        await custody.take(0, records(1, 2), always)
        assert await custody.checkpoint()
        assert work.made == [{0: 2}]
        assert await stage.sums() == [3, 0]

    on_stage(story)


def test_a_topic_made_anew_under_the_owner_is_noticed_before_anything_of_it_is_stored(on_stage):
    async def story(stage):
        custody = await stage.claimed()
        await custody.take(0, records(0, 1), always)
        stage.watch.now = TopicFacts(TOPIC.name, "id-2", 4)
        with pytest.raises(LogBroken, match="made anew"):
            await custody.checkpoint()
        assert await stage.sums() == [0, 0]
        with pytest.raises(LogBroken, match=r"topic leerlus\.test was made anew: .* belongs to id id-1"):
            await stage.claimed()

    on_stage(story)


@pytest.mark.parametrize(("first", "end"), [(3, 10), (0, 1)])
def test_a_log_that_does_not_hold_the_stored_position_is_refused(on_stage, first, end):
    async def cut(partitions):
        return dict.fromkeys(partitions, (first, end))

    async def story(stage):
        custody = await stage.claimed()
        await custody.take(0, records(0, 1, 1), always)
        await custody.checkpoint()
        again = stage.custody()
        with pytest.raises(LogBroken, match=rf"holds offsets {first} to {end} now, and leerlus-adding must go on at 2"):
            await again.claim([0], cut)
        assert again.positions() == {}

    on_stage(story)


def test_records_that_are_missing_are_noticed(on_stage):
    async def story(stage):
        custody = await stage.claimed()
        with pytest.raises(LogBroken, match="gave 2 records between the offsets 0 and 2"):
            await custody.take(0, [*records(0, 1), *records(2, 1)], always)

    on_stage(story)


def test_a_failure_names_the_run_then_the_record_and_counts_how_often(on_stage):
    async def story(stage):
        run = records(0, *[1] * 700, "x", *[1] * 50)
        for place, text in enumerate(("one of the offsets 512 to 750", "offset 700", "offset 700"), 1):
            custody = await stage.claimed()
            with pytest.raises(InfrastructureError, match=rf"{text} in partition 0 .*failure {place} in a row"):
                await custody.take(0, run, always)

    on_stage(story)


def test_a_failure_that_is_behind_is_forgotten(on_stage):
    async def story(stage):
        custody = await stage.claimed()
        with pytest.raises(InfrastructureError, match="failure 1 in a row"):
            await custody.take(0, records(0, 1, "x"), always)
        mended = AddingWork()
        custody = await stage.claimed(mended)
        await custody.take(0, records(0, *[1] * 600), always)
        assert mended.tasks[0].runs == [1, 1, SLICE, 600 - 2 - SLICE]
        await custody.checkpoint()
        custody = await stage.claimed()
        with pytest.raises(InfrastructureError, match="failure 1 in a row"):
            await custody.take(0, records(600, "x"), always)

    on_stage(story)


def test_records_taken_away_in_between_are_left_alone(on_stage):
    async def story(stage):
        work = AddingWork()
        custody = await stage.claimed(work)
        answers = iter([True, True, True, False, False])
        await custody.take(0, records(0, *[1] * 1000), lambda: next(answers))
        assert custody.positions()[0] == SLICE
        await custody.release()
        assert custody.positions() == {}
        assert await stage.sums() == [SLICE, 0]
        await custody.take(0, records(SLICE, 1), always)
        assert await stage.sums() == [SLICE, 0]

    on_stage(story)


def test_what_the_work_needs_is_asked_for_until_it_comes(on_stage):
    async def story(stage):
        work = AddingWork()
        work.fail_prepare = Unavailable("no plans yet")
        custody = await stage.claimed(work)
        await custody.take(0, records(0, 1), always)
        assert (work.prepared, custody.positions()[0]) == (2, 1)

    on_stage(story)


def test_the_stream_is_held_while_too_much_waits(on_stage, monkeypatch):
    monkeypatch.setattr("infra.kafka.custody.HOLD_AT", 3)

    async def story(stage):
        custody = await stage.claimed()
        await custody.take(0, records(0, 1, 1, 1), always)
        taking = asyncio.create_task(custody.take(0, records(3, 1), always))
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert custody.positions()[0] == 3
        await custody.checkpoint()
        await taking
        assert custody.positions()[0] == 4

    on_stage(story)
