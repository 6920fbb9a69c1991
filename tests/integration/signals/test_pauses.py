"""A pause in the store: the judge falls silent about a series, tells of that once, and goes on when it is over."""

from contracts.events import DataSignalRaised, DataSignalWithdrawn, SignalRaised, decode_event
from contracts.quality import Cell, Series
from infra.postgres import quality_schema, schema
from infra.postgres.held import count_held
from infra.postgres.outbox import next_waiting
from infra.postgres.pauses import begin_pauses, end_pauses
from services.data_signals import DataSignals
from services.judge import Judge

SERIES = Series("complete", Cell("part_time_work"))


async def begin(scene, clock, series=SERIES, suppliers=("gemeente-een",)):
    async with scene.engine.begin() as connection:
        identity = series.pause_id(scene.plan.id, 7)
        await begin_pauses(connection, scene.plan, {identity: series}, suppliers=suppliers, now=clock())


async def end(scene, clock, series=SERIES):
    async with scene.engine.begin() as connection:
        await end_pauses(connection, scene.plan.id, [series], now=clock())


async def closed(scene, clock, *rows):
    look = scene.look(*rows)
    await scene.store(look)
    judge = Judge(clock)
    async with scene.engine.begin() as connection:
        tasks = await judge.load(connection, {0: scene.offset}, 4)
        tasks[0].apply([scene.record(look)])
        await judge.save(connection, tasks)


async def told(scene):
    async with scene.engine.begin() as connection:
        waiting = await next_waiting(connection, per_policy=100)
    return [decode_event(each.message.payload, each.message.headers) for each in waiting]


def test_a_finding_in_a_pause_is_held_and_told_at_the_first_look_after_it(in_scene, clock, quiet):
    async def story(scene):
        await begin(scene, clock)
        await closed(scene, clock, scene.row())
        assert await scene.rows_of(schema.signal) == await told(scene) == []
        async with scene.engine.connect() as connection:
            assert await count_held(connection, scene.plan.id) == 1
        await end(scene, clock)
        await closed(
            scene, clock, scene.row(group="age_50_plus", **quiet)
        )  # no news of it: the row before still stands
        (event,) = await told(scene)
        assert (type(event), event.number) == (SignalRaised, "2026-001")
        assert await scene.rows_of(quality_schema.quality_held) == []

    in_scene(story)


def test_one_data_signal_is_raised_and_withdrawn_however_often_one_looks(in_scene, clock):
    async def story(scene):
        data_signals = DataSignals(scene.engine, clock)
        await begin(scene, clock)
        await begin(scene, clock)
        for _ in range(3):
            await data_signals.look()
        (raised,) = await told(scene)
        assert type(raised) is DataSignalRaised
        assert (raised.rule, raised.indicator, raised.suppliers) == ("complete", "part_time_work", ("gemeente-een",))
        assert (raised.office, raised.signal) == (
            "afdelingshoofd Werk en Inkomen",
            str(SERIES.pause_id(scene.plan.id, 7)),
        )
        await end(scene, clock)
        for _ in range(3):
            await data_signals.look()
        events = await told(scene)
        assert [type(each) for each in events] == [DataSignalRaised, DataSignalWithdrawn]
        assert events[1].signal == raised.signal

    in_scene(story)


def test_a_pause_of_another_region_holds_nothing_back(in_scene, clock):
    async def story(scene):
        await begin(scene, clock, Series("complete", Cell("part_time_work", region="GM0344")))
        await closed(scene, clock, scene.row(region="GM0150", group="age_50_plus"))
        (event,) = await told(scene)
        assert (type(event), event.region) == (SignalRaised, "GM0150")

    in_scene(story)
