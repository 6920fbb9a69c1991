"""The judge on a real database: signals and their events are there once, whatever is repeated or rolled back."""

import asyncio
from dataclasses import replace

import msgspec
import pytest

from contracts.events import SignalChanged, SignalRaised, SignalWithdrawn, decode_event
from contracts.records import LogRecord
from infra.postgres import schema
from infra.postgres.outbox import next_waiting
from services.judge import Judge


class RolledBackError(Exception):
    pass


async def judged(scene, clock, *looks, fails=False):
    """Judge looks that are stored already, in one transaction of the judge's own."""
    judge = Judge(clock)
    async with scene.engine.begin() as connection:
        tasks = await judge.load(connection, {0: scene.offset}, 4)
        tasks[0].apply([scene.record(look) for look in looks])
        await judge.effects(tasks)
        await judge.save(connection, tasks)
        if fails:
            raise RolledBackError


async def closed(scene, clock, *rows):
    """Store a look and judge it."""
    look = scene.look(*rows)
    await scene.store(look)
    await judged(scene, clock, look)


async def told(scene):
    """The events left for Kafka, in order."""
    async with scene.engine.begin() as connection:
        waiting = await next_waiting(connection, per_policy=100)
    return [decode_event(each.message.payload, each.message.headers) for each in waiting]


def test_a_finding_becomes_a_signal_its_first_moment_and_an_event(in_scene, clock):
    async def story(scene):
        await closed(scene, clock, scene.row())
        (signal,) = await scene.rows_of(schema.signal)
        assert (signal.number, signal.state, signal.severity) == ("2026-001", "open", "notice")
        assert (signal.owner_office, signal.owner_table) == ("afdelingshoofd Werk en Inkomen", "Stuurgroep begeleiding")
        (moment,) = await scene.rows_of(schema.signal_event)
        assert (moment.number, moment.event, moment.closing) == (1, "raised", 1)
        assert (moment.slots["difference"], moment.slots["n_b"], moment.slots["size"]) == (-0.06, 200, 1)
        (event,) = await told(scene)
        assert type(event) is SignalRaised
        assert (event.signal, event.number, event.closing) == (str(signal.id), "2026-001", 1)

    in_scene(story)


def test_a_quiet_look_leaves_nothing(in_scene, clock, quiet):
    async def story(scene):
        await closed(scene, clock, scene.row(**quiet))
        assert await scene.rows_of(schema.signal) == await scene.rows_of(schema.outbox) == []

    in_scene(story)


def test_a_look_told_again_changes_nothing(in_scene, clock):
    async def story(scene):
        look = scene.look(scene.row())
        await scene.store(look)
        await judged(scene, clock, look)
        before = [await scene.rows_of(table) for table in (schema.signal, schema.signal_event, schema.outbox)]
        await judged(scene, clock, look, look)
        after = [await scene.rows_of(table) for table in (schema.signal, schema.signal_event, schema.outbox)]
        assert after == before

    in_scene(story)


def test_after_a_rollback_the_same_look_makes_the_same_signal(in_scene, clock):
    async def story(scene):
        look = scene.look(scene.row())
        await scene.store(look)
        with pytest.raises(RolledBackError):
            await judged(scene, clock, look, fails=True)
        assert await scene.rows_of(schema.signal) == await scene.rows_of(schema.outbox) == []
        await judged(scene, clock, look)
        (signal,) = await scene.rows_of(schema.signal)
        assert signal.number == "2026-001"

    in_scene(story)


def test_a_look_in_parts_is_judged_as_a_whole(in_scene, clock):
    async def story(scene):
        region = scene.look(scene.row(region="GM0150"), part=1, parts=2)
        pooled = scene.look(scene.row(), part=2, parts=2)
        whole = scene.look(*region.rows, *pooled.rows)
        await scene.store(msgspec.structs.replace(whole, closing=region.closing))
        await judged(scene, clock, region)
        assert await scene.rows_of(schema.signal) == []
        await judged(scene, clock, pooled)
        (signal,) = await scene.rows_of(schema.signal)
        assert (signal.region, signal.memory["regions"]) == ("all", ["GM0150"])

    in_scene(story)


def test_a_signal_lives_from_raised_to_withdrawn_to_raised_under_one_number(in_scene, clock, quiet):
    async def story(scene):
        await closed(scene, clock, scene.row())
        await closed(scene, clock, scene.row(difference=-0.2, log_e_worse=9.0))
        for _ in range(3):
            await closed(scene, clock, scene.row(**quiet))
        await closed(scene, clock, scene.row())
        assert [type(event) for event in await told(scene)] == [
            SignalRaised,
            SignalChanged,
            SignalWithdrawn,
            SignalRaised,
        ]
        assert [event.number for event in await told(scene)] == ["2026-001"] * 4
        moments = await scene.rows_of(schema.signal_event)
        assert [(each.number, each.event) for each in moments] == [
            (1, "raised"),
            (2, "changed"),
            (3, "withdrawn"),
            (4, "raised"),
        ]

    in_scene(story)


def test_a_look_without_news_of_a_signal_still_counts_as_a_look(in_scene, clock, quiet):
    async def story(scene):
        other = {"group": "all", "claim": "effect", "arm": "guidance", **quiet}
        await closed(scene, clock, scene.row())
        await closed(scene, clock, scene.row(**quiet))
        await closed(scene, clock, scene.row(**other))
        (signal,) = await scene.rows_of(schema.signal)
        assert signal.state == "withdrawn"

    in_scene(story)


def test_numbers_go_on_without_gaps_when_two_judge_at_once(in_scene, clock):
    async def story(scene):
        groups = ("single_parent", "age_50_plus", "all")
        policies = [f"policy-{number}" for number in range(4)]
        rows = {policy: [scene.row(policy=policy, group=group) for group in groups] for policy in policies}
        looks = [msgspec.structs.replace(scene.look(*rows[policy]), policy=policy) for policy in policies]
        await scene.store(*looks)
        await asyncio.gather(*(judged(replace(scene), clock, look) for look in looks))
        numbers = sorted(signal.number for signal in await scene.rows_of(schema.signal))
        assert numbers == [f"2026-{number:03}" for number in range(1, 13)]

    in_scene(story)


def test_a_region_goes_on_alone_when_the_whole_is_withdrawn(in_scene, clock, quiet):
    async def story(scene):
        await closed(scene, clock, scene.row(region="GM0344"), scene.row())
        await closed(scene, clock, scene.row(**quiet))
        await closed(scene, clock, scene.row(**quiet))
        signals = {signal.region: signal.state for signal in await scene.rows_of(schema.signal)}
        assert signals == {"all": "withdrawn", "GM0344": "open"}

    in_scene(story)


def test_what_is_no_event_of_ours_is_passed_over(in_scene, clock):
    async def story(scene):
        judge = Judge(clock)
        look = scene.look(scene.row())
        await scene.store(look)
        strange = LogRecord(0, 0, b"x", b"{}", ((("ce_type"), b"nl.leerlus.unheard-of.v9"),))
        broken = LogRecord(1, 0, b"x", b"{", (("ce_type", b"nl.leerlus.look-closed.v1"),))
        async with scene.engine.begin() as connection:
            tasks = await judge.load(connection, {0: 0}, 4)
            scene.offset = 2
            assert tasks[0].apply([strange, broken, scene.record(look)]) == 3
            await judge.save(connection, tasks)
        assert len(await scene.rows_of(schema.signal)) == 1

    in_scene(story)


def test_pairs_and_areas_elsewhere_become_signals_of_their_own(in_scene, clock):
    part = {"other_difference": -0.1, "other_difference_lower": -0.2, "other_difference_upper": -0.05}
    area = {"region": "GM0141", "group": "all", "guarantee": "descriptive", "placebos": (0, 4)}

    async def story(scene):
        pair = scene.row(claim="trade_off", arm="guidance", group="all", other_indicator="trust", **part)
        away = scene.row(claim="elsewhere", **area)
        await closed(scene, clock, pair, away)
        signals = {row.claim: row for row in await scene.rows_of(schema.signal)}
        assert (signals["trade_off"].other_indicator, signals["elsewhere"].region) == ("trust", "GM0141")
        assert signals["elsewhere"].severity == "notice"
        assert {event.other_indicator for event in await told(scene)} == {"trust", None}
        shown = {row.slots["other_difference"] for row in await scene.rows_of(schema.signal_event)}
        assert shown == {-0.1, None}

    in_scene(story)
