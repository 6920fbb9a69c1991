"""The tracker against a real MLflow: everything is there once, and a stopped server holds up the tracker alone."""

import json
import time
from pathlib import Path

import pytest
import requests

from contracts.errors import InfrastructureError
from contracts.events import LOOKS, PlanAccepted
from contracts.log import TopicFacts
from infra.embedded.progress import silent
from infra.embedded.server import stop, wait_until_ready
from infra.kafka.custody import Custody
from infra.mlflow import Metric, Tracking
from infra.postgres import schema
from services.judge import Judge
from services.tracker import Tracker

GAP = "gap.part_time_work.all.all.single_parent"


@pytest.fixture
def client(mlflow):
    """MLflow's own client, to look with other eyes than the adapter's."""
    tracking = Tracking(mlflow.address)  # sets mlflow's environment before it is imported
    return tracking._client


async def track(scene, mlflow, *events):
    """Let a tracker that has just started deal with events from the beginning of the log."""
    tracker = Tracker(Tracking(mlflow.address), scene.engine)
    async with scene.engine.begin() as connection:
        tasks = await tracker.load(connection, {0: 0}, 4)
    scene.offset = 0
    tasks[0].apply([scene.record(event) for event in events])
    await tracker.effects(tasks)
    async with scene.engine.begin() as connection:
        await tracker.save(connection, tasks)
    assert not tasks[0].waiting


def history(scene, looks=3):
    accepted = PlanAccepted(
        policy=scene.plan.id, plan_version=scene.plan.version, plan_sha256=scene.plan.sha256, offset=0
    )
    told = [scene.look(scene.row(), scene.row(region="GM0150", k_b=4)) for _ in range(looks)]
    return [accepted, *told]


def runs_of(client, policy):
    """The runs of a policy by kind."""
    experiment = client.get_experiment_by_name(policy)
    runs = client.search_runs([experiment.experiment_id])
    kinds = [run.data.tags["leerlus.kind"] for run in runs]
    assert len(set(kinds)) == len(kinds), "a run was made twice"
    return dict(zip(kinds, runs, strict=True))


def read_table(client, run, path, folder):
    """A table that was stored as an artifact."""
    return json.loads(Path(client.download_artifacts(run, path, str(folder))).read_text(encoding="utf-8"))


def test_registration_and_evaluation_are_there_once_after_two_runs(in_scene, mlflow, client):
    async def story(scene):
        events = history(scene)
        await track(scene, mlflow, *events)
        await track(scene, mlflow, *events)
        runs = runs_of(client, "tracked-twice")
        assert set(runs) == {"registration", "evaluation"}
        registration = runs["registration"]
        assert registration.info.status == "FINISHED"
        assert registration.data.params == {"plan.sha256": scene.plan.sha256, "plan.version": "1"}
        assert [each.path for each in client.list_artifacts(registration.info.run_id)] == ["plan.json"]
        evaluation = runs["evaluation"]
        assert evaluation.data.params["plan.sha256"] == scene.plan.sha256
        assert evaluation.data.tags["leerlus.registration_id"] == registration.data.tags["registration_id"]

    in_scene(story, "tracked-twice")


def test_every_look_has_its_metrics_once_at_its_step_and_cut_off(in_scene, mlflow, client):
    async def story(scene):
        events = history(scene)
        await track(scene, mlflow, *events)
        await track(scene, mlflow, *events)
        run = runs_of(client, "tracked-looks")["evaluation"].info.run_id
        told = client.get_metric_history(run, f"{GAP}.log_e_worse")
        assert [(each.step, each.value) for each in told] == [(1, 4.5), (2, 4.5), (3, 4.5)]
        assert [each.timestamp for each in told] == [look.closed_at_ms for look in events[1:]]
        last = client.get_run(run).data.metrics
        assert (last[f"{GAP}.n_b"], last[f"{GAP}.share_b"], last[f"{GAP}.stands"]) == (200, 0.24, -1)
        assert not any("GM0150" in key for key in last)

    in_scene(story, "tracked-looks")


def test_regional_rows_are_a_table_without_small_cells(in_scene, mlflow, client, tmp_path):
    async def story(scene):
        await track(scene, mlflow, *history(scene, looks=1))
        run = runs_of(client, "tracked-regions")["evaluation"].info.run_id
        (table,) = client.list_artifacts(run, "regions")
        (row,) = read_table(client, run, table.path, tmp_path)
        assert (row["region"], row["held_back"], row["share_b"]) == ("GM0150", "few_with_outcome", None)
        assert (row["log_e_worse"], row["stands"]) == (None, "worse")

    in_scene(story, "tracked-regions")


def test_a_look_costs_at_most_three_calls(in_scene, mlflow, monkeypatch):
    calls = []
    send = requests.Session.request

    def counted(session, method, url, **options):
        calls.append(url)
        return send(session, method, url, **options)

    async def story(scene):
        tracker = Tracker(Tracking(mlflow.address), scene.engine)
        tasks = await tracker.load(None, {0: 0}, 4)
        first, *later = history(scene, looks=6)[1:]
        tasks[0].apply([scene.record(first)])
        await tracker.effects(tasks)
        monkeypatch.setattr(requests.Session, "request", counted)
        tasks[0].apply([scene.record(look) for look in later])
        await tracker.effects(tasks)
        assert 0 < len(calls) <= 3 * len(later)

    in_scene(story, "tracked-leanly")


def test_what_mlflow_cannot_hold_becomes_a_tag(mlflow, client):
    tracking = Tracking(mlflow.address)
    experiment = tracking.experiment("endless")
    run = tracking.run(experiment, tag="evaluation_id", value="e-1", name="endless", tags={}).id
    tracking.log(run, [Metric("a.log_e", float("inf"), 3, 1), Metric("b.log_e", 2.0, 3, 1)])
    data = client.get_run(run).data
    assert (data.metrics, data.tags["a.log_e.3"]) == ({"b.log_e": 2.0}, "inf")


def test_a_param_is_written_once(mlflow):
    tracking = Tracking(mlflow.address)
    run = tracking.run(tracking.experiment("frozen"), tag="registration_id", value="r-1", name="v1", tags={}).id
    tracking.log(run, params={"plan.sha256": "a"})
    tracking.log(run, params={"plan.sha256": "a"})
    with pytest.raises(InfrastructureError, match=r"refuses"):
        tracking.log(run, params={"plan.sha256": "b"})


def test_an_experiment_that_was_deleted_is_named(mlflow, client):
    tracking = Tracking(mlflow.address)
    client.delete_experiment(tracking.experiment("deleted"))
    with pytest.raises(InfrastructureError, match=r"'deleted' was deleted .* restore it"):
        tracking.experiment("deleted")


class StillTopic:
    """The looks topic as Kafka would describe it, had anybody asked."""

    async def facts(self):
        return TopicFacts(LOOKS, "an-id", 4)

    async def confirm(self, known):
        assert known == await self.facts()


async def custody_of(work, scene):
    """The first partition in the custody of a service, as a stream has it."""
    custody = Custody(work, scene.engine, StillTopic(), owner="test")

    async def bounds(partitions):
        return dict.fromkeys(partitions, (0, 100))

    await custody.claim([0], bounds)
    return custody


async def positions(scene):
    return {row.consumer: row.next_offset for row in await scene.rows_of(schema.position)}


def test_a_stopped_server_holds_up_the_tracker_alone_and_is_caught_up_with(in_scene, mlflow, client, clock):
    async def story(scene):
        accepted, *looks = history(scene)
        await scene.store(*looks)
        records = [scene.record(event) for event in (accepted, *looks)]
        tracker = await custody_of(Tracker(Tracking(mlflow.address), scene.engine), scene)
        judge = await custody_of(Judge(clock), scene)
        for custody in (tracker, judge):
            await custody.take(0, records[:2], lambda: True)
            assert await custody.checkpoint()
        stop(mlflow)
        try:
            for custody in (tracker, judge):
                await custody.take(0, records[2:], lambda: True)
            began = time.monotonic()
            assert not await tracker.checkpoint()
            assert time.monotonic() - began < 15
            assert await judge.checkpoint()
            assert await positions(scene) == {"leerlus-tracker": 2, "leerlus-judge": 4}
        finally:
            mlflow.start(silent)
            wait_until_ready([mlflow], silent, timeout_s=60)
        assert await tracker.checkpoint()
        assert await positions(scene) == {"leerlus-tracker": 4, "leerlus-judge": 4}
        run = runs_of(client, "tracked-later")["evaluation"].info.run_id
        assert [each.step for each in client.get_metric_history(run, f"{GAP}.log_e_worse")] == [1, 2, 3]

    in_scene(story, "tracked-later")
