"""The publisher on a real database and real files: every event reaches its office once."""

import pytest

from contracts.errors import Unavailable
from contracts.events import SignalChanged, SignalRaised, SignalWithdrawn
from infra.notify import OfficeFiles
from infra.postgres import schema
from services.judge import Judge
from services.publisher import Publisher


class Crash(Exception):  # noqa: N818
    pass


async def with_signal(scene, clock, **row):
    """Let a signal be raised, and return the event that tells of it."""
    judge, look = Judge(clock), scene.look(scene.row(**row))
    await scene.store(look)
    async with scene.engine.begin() as connection:
        tasks = await judge.load(connection, {0: scene.offset}, 4)
        tasks[0].apply([scene.record(look)])
        await judge.save(connection, tasks)
    (signal,) = await scene.rows_of(schema.signal)
    return {
        "policy": signal.policy,
        "signal": str(signal.id),
        "number": signal.number,
        "severity": signal.severity,
        "claim": signal.claim,
        "indicator": signal.indicator,
        "other_indicator": signal.other_indicator,
        "arm": signal.arm,
        "region": signal.region,
        "group": signal.group,
        "direction": signal.direction,
        "look": look.look,
        "closing": look.closing,
    }


async def publish(scene, channel, *events, crashes=False):
    publisher = Publisher(channel, scene.engine)
    async with scene.engine.begin() as connection:
        tasks = await publisher.load(connection, {0: 0}, 4)
    scene.offset = 0
    tasks[0].apply([scene.record(event) for event in events])
    await publisher.effects(tasks)
    if crashes:
        raise Crash
    async with scene.engine.begin() as connection:
        await publisher.save(connection, tasks)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "notices"


def lines(folder):
    (file,) = folder.iterdir()
    assert file.name == "afdelingshoofd-werk-en-inkomen.txt"
    return file.read_text(encoding="utf-8").splitlines()


def test_the_office_reads_what_happened_and_by_when_to_decide(in_scene, clock, folder):
    async def story(scene):
        facts = await with_signal(scene, clock)
        events = (
            SignalRaised(**facts),
            SignalChanged(**facts, was="info"),
            SignalWithdrawn(**facts, reason="no evidence"),
        )
        await publish(scene, OfficeFiles(folder), *events)
        raised, changed, withdrawn = lines(folder)
        assert raised.startswith("Signaal 2026-001 (let op) over guidance-trial: nieuw. Alleenstaande ouders: ")
        assert "Beslis voor 29-04-2026. Zie /signalen/2026-001. [" in raised
        assert "gewijzigd" in changed
        assert "ingetrokken" in withdrawn
        assert "U hoeft niets meer te beslissen." in withdrawn

    in_scene(story)


def test_the_notice_of_a_pair_says_which_outcome_is_paid_for_by_which(in_scene, clock, folder):
    pair = {"claim": "trade_off", "arm": "guidance", "group": "all", "other_indicator": "trust"}

    async def story(scene):
        event = SignalRaised(**await with_signal(scene, clock, **pair))
        assert event.other_indicator == "trust"
        await publish(scene, OfficeFiles(folder), event)
        (notice,) = lines(folder)
        gained, _, lost = notice.partition(", ten koste van ")
        assert "deeltijd" in gained
        assert "vertrouw" in lost

    in_scene(story)


def test_an_event_told_again_is_not_noticed_again(in_scene, clock, folder):
    async def story(scene):
        event = SignalRaised(**await with_signal(scene, clock))
        await publish(scene, OfficeFiles(folder), event, event)
        await publish(scene, OfficeFiles(folder), event)
        assert len(lines(folder)) == 1
        (effect,) = await scene.rows_of(schema.effect)
        assert (effect.consumer, effect.place) == ("leerlus-publisher", str(next(folder.iterdir())))

    in_scene(story)


def test_a_notice_left_before_a_crash_is_found_again(in_scene, clock, folder):
    async def story(scene):
        event = SignalRaised(**await with_signal(scene, clock))
        with pytest.raises(Crash):
            await publish(scene, OfficeFiles(folder), event, crashes=True)
        assert await scene.rows_of(schema.effect) == []
        await publish(scene, OfficeFiles(folder), event)
        assert len(lines(folder)) == len(await scene.rows_of(schema.effect)) == 1

    in_scene(story)


def test_a_folder_that_cannot_be_written_is_tried_again(in_scene, clock, folder):
    async def story(scene):
        event = SignalRaised(**await with_signal(scene, clock))
        folder.write_text("a file where the folder should be")
        with pytest.raises(Unavailable, match="cannot be read or written"):
            await publish(scene, OfficeFiles(folder), event)
        folder.unlink()
        await publish(scene, OfficeFiles(folder), event)
        assert len(lines(folder)) == 1

    in_scene(story)
