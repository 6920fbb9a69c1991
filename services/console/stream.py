"""Server-sent events: a page is told that its board has changed, and then fetches it itself.

An event carries a name and a version, never figures, so that rights and disclosure stay in one place. One query for all
listeners together looks for changes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.errors import Unavailable
from infra.postgres import reading
from infra.postgres.engine import connected
from services.console.languages import Language

LOOK_AGAIN_S = 0.5
RETRY_MS = 2_000

_DATA = "data"

Versions = Callable[[AsyncConnection, Sequence[str]], Awaitable[dict[str, str]]]

_log = structlog.get_logger("console")


class Watch:
    """Knows the version of each board that somebody listens to; looks only while somebody does.

    Args:
        engine: Where it reads.
        versions: Returns the version of each board by its name.
        every_s: How long it rests between two looks.
    """

    def __init__(
        self, engine: AsyncEngine, *, versions: Versions = reading.versions, every_s: float = LOOK_AGAIN_S
    ) -> None:
        self._engine = engine
        self._find = versions
        self._every_s = every_s
        self._listeners: Counter[str] = Counter()
        self._versions: dict[str, str] = {}
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def changes(self, policy: str, *, known: str | None) -> AsyncIterator[str]:
        """Yield the version of a board whenever it is another than the last one known."""
        with self._listening(policy):
            while True:
                known = await self._other_than(known, policy)
                yield known

    async def _other_than(self, known: str | None, policy: str) -> str:
        async with self._changed:
            await self._changed.wait_for(lambda: self._versions.get(policy, known) != known)
            return self._versions[policy]

    @contextmanager
    def _listening(self, policy: str) -> Iterator[None]:
        self._listeners[policy] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._listeners[policy] -= 1
            self._listeners += Counter()  # forgets who has no listeners left

    async def _look(self) -> None:
        while self._listeners:
            try:
                async with connected(self._engine) as connection:
                    found = await self._find(connection, list(self._listeners))
            except (Unavailable, DBAPIError) as error:
                _log.warning("store_unavailable", error=type(error).__name__)
            else:
                await self._tell(found)
            await asyncio.sleep(self._every_s)

    async def _tell(self, found: dict[str, str]) -> None:
        async with self._changed:
            self._versions = found
            self._changed.notify_all()


def stream(language: Language, boards: Watch, data: Watch) -> APIRouter:
    """Return the routes that tell a page when what it shows has changed.

    Args:
        language: Its prefix goes before every address.
        boards: Knows the boards of policies.
        data: Knows the data, which are one board.
    """
    router = APIRouter(prefix=language.prefix, include_in_schema=False)

    @router.get("/stroom/bord", response_class=EventSourceResponse)
    async def of_board(
        policy: str, response: Response, last_event_id: Annotated[str | None, Header()] = None
    ) -> AsyncIterator[ServerSentEvent]:
        response.headers["X-Accel-Buffering"] = "no"
        async for event in _events(boards, policy, last_event_id):
            yield event

    @router.get("/stroom/gegevens", response_class=EventSourceResponse)
    async def of_data(
        response: Response, last_event_id: Annotated[str | None, Header()] = None
    ) -> AsyncIterator[ServerSentEvent]:
        response.headers["X-Accel-Buffering"] = "no"
        async for event in _events(data, _DATA, last_event_id):
            yield event

    return router


async def _events(watch: Watch, name: str, known: str | None) -> AsyncIterator[ServerSentEvent]:
    async for version in watch.changes(name, known=known):
        yield ServerSentEvent(data={"version": version}, event="bord", id=version, retry=RETRY_MS)
