"""Notices that records stop coming: for a policy that falls silent there is no micro-batch in which to say so.

Now and then every policy of which nothing waits in the log is asked how old its last record is. It is a warning, and
pauses nothing: what was told before stays true.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.errors import Unavailable
from contracts.plan import Plan
from infra.expectations import Worker
from infra.postgres.engine import connected
from infra.postgres.quality import save_results
from pipelines.quality import fresh_frame, freshness
from pipelines.quality_gathering import Gathering
from pipelines.quality_results import cell_results
from pipelines.quality_state import PolicyState

LOOK_EVERY_S = 600.0

_log = structlog.get_logger(__name__)

Idle = Callable[[], Awaitable[Mapping[int, Gathering]]]
"""Gives the partitions that this process owns and of which no record waits."""


class Freshness:
    """Asks how old the last record of each policy is.

    Args:
        engine: The store.
        worker: The process that validates.
        idle: Gives the partitions of which no record waits.
        clock: The present, aware.
    """

    def __init__(self, engine: AsyncEngine, worker: Worker, idle: Idle, clock: Callable[[], datetime]) -> None:
        self._engine, self._worker, self._idle, self._clock = engine, worker, idle, clock

    async def watch(self) -> None:
        """Look for as long as the event loop runs."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Unavailable as error:
                _log.warning("freshness_not_looked_at", problem=str(error))

    async def look(self) -> None:
        """Write how old the last record of each policy is.

        Raises:
            Unavailable: If the store, Kafka or the worker does not answer.
        """
        for gathering in (await self._idle()).values():
            for policy, state in tuple(gathering.states.items()):
                if state.last_ms is not None:
                    await self._ask(gathering.plan_of(policy), state, last_offset=gathering.next_offset - 1)

    async def _ask(self, plan: Plan, state: PolicyState, *, last_offset: int) -> None:
        now = self._clock()
        cells = tuple(freshness(state, plan, now_ms=int(now.timestamp() * 1000)))
        (validated,) = await self._worker.validate([fresh_frame(cells)])
        results = tuple(cell_results(cells, validated.checks, plan=plan))
        async with connected(self._engine) as connection, connection.begin():
            await save_results(
                connection, plan.id, results, plan_version=plan.version, last_offset=last_offset, now=now
            )
        if any(each.outcome == "failed" for each in results):
            _log.warning("policy_is_silent", policy=plan.id)
