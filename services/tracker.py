"""The tracker: keeps each policy's registrations and evaluations in MLflow, for scientists and for the record.

MLflow is a readers' view that can be rebuilt: while it does not answer, only the tracker waits. Every run is found by
its tag before it is made, and a metric told again is the same row, so nothing is there twice.
"""

import asyncio
from collections.abc import Mapping
from uuid import uuid5

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import InfrastructureError
from contracts.events import LOOKS, NAMESPACE, Event, LookClosed, PlanAccepted
from contracts.plan import Plan
from infra.mlflow import Metric, Tracking
from infra.postgres.engine import connected
from infra.settings import Settings
from pipelines.tracked import cut_off_ms, regional_table, tracked
from services.inbox import Inbox, KnownPlans, Reader

Tracked = PlanAccepted | LookClosed

_log = structlog.get_logger(__name__)


class Tracker(Reader[Tracked]):
    """Plans and looks in, runs and metrics out.

    Args:
        tracking: The tracking server.
        engine: For reading plans, outside the position's transaction.
    """

    consumer = "leerlus-tracker"
    topic = LOOKS

    def __init__(self, tracking: Tracking, engine: AsyncEngine) -> None:
        super().__init__(_tracked_event)
        self._tracking = tracking
        self._engine = engine
        self._plans = KnownPlans()
        self._evaluations: dict[str, str] = {}  # run of each plan version, by the plan's digest

    async def effects(self, tasks: Mapping[int, Inbox[Tracked]]) -> None:
        """Tell MLflow of everything that was read, in order.

        Raises:
            InfrastructureError: If MLflow does not answer or refuses; what it took is not told again.
        """
        for task in tasks.values():
            while task.waiting:
                await self._track(task.waiting[0])
                task.done()

    async def _track(self, event: Tracked) -> None:
        async with connected(self._engine) as connection:
            plan = await self._plans.get(connection, event.plan_sha256)
        try:
            if isinstance(event, PlanAccepted):
                await asyncio.to_thread(self._register, plan)
            else:
                await asyncio.to_thread(self._evaluate, event, plan)
        except InfrastructureError:
            self._evaluations.clear()  # a run may have been removed by hand: look it up again
            raise

    def _register(self, plan: Plan) -> None:
        run = self._tracking.run(
            self._tracking.experiment(plan.id),
            tag="registration_id",
            value=_identity("registration", plan),
            name=f"registration v{plan.version}",
            tags=_tags("registration", plan),
        )
        if not run.is_finished:
            self._tracking.log(run.id, params=_params(plan))
            self._tracking.write(run.id, "plan.json", plan.canonical.decode())
            self._tracking.finish(run.id)
            _log.info("plan_tracked", policy=plan.id, plan_version=plan.version, run=run.id)

    def _evaluate(self, event: LookClosed, plan: Plan) -> None:
        run = self._evaluation(plan)
        at = cut_off_ms(event)
        self._tracking.log(run, [Metric(each.key, each.value, each.look_index, at) for each in tracked(event, plan)])
        table = regional_table(event, plan)
        if table is not None:
            self._tracking.write(run, f"regions/{event.closing:06}-{event.part}.json", table.decode())
        _log.info("look_tracked", policy=plan.id, closing=event.closing, part=event.part, run=run)

    def _evaluation(self, plan: Plan) -> str:
        """Return the run of this version's evaluation, found or made once."""
        if plan.sha256 not in self._evaluations:
            run = self._tracking.run(
                self._tracking.experiment(plan.id),
                tag="evaluation_id",
                value=_identity("evaluation", plan),
                name=f"evaluation v{plan.version}",
                tags=_tags("evaluation", plan),
            )
            self._tracking.log(run.id, params=_params(plan))
            self._evaluations[plan.sha256] = run.id
        return self._evaluations[plan.sha256]


def build(settings: Settings, engine: AsyncEngine) -> Tracker:
    """Return the tracker for the tracking server of the settings.

    Raises:
        Unavailable: If none is configured.
    """
    return Tracker(Tracking(settings.need_mlflow()), engine)


def _tracked_event(event: Event) -> Tracked | None:
    return event if isinstance(event, PlanAccepted | LookClosed) else None


def _identity(kind: str, plan: Plan) -> str:
    """Return the id of a run, made from what it is about."""
    return str(uuid5(NAMESPACE, f"{kind}\n{plan.id}\n{plan.sha256}"))


def _tags(kind: str, plan: Plan) -> dict[str, str]:
    return {
        "leerlus.kind": kind,
        "leerlus.policy": plan.id,
        "leerlus.plan_version": str(plan.version),
        "leerlus.registration_id": _identity("registration", plan),
    }


def _params(plan: Plan) -> dict[str, str]:
    return {"plan.sha256": plan.sha256, "plan.version": str(plan.version)}
