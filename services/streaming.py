"""A streaming service as a process: the stream, and the answers about its health."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka.stream import Beside, Stream, run_stream
from infra.kafka.work import AnyTask, Work
from infra.settings import Settings
from services.health import serve_in_thread


def run_service(
    work: Work[AnyTask],
    *,
    settings: Settings,
    port: int,
    engine: AsyncEngine | None = None,
    beside: Sequence[Beside] = (),
) -> None:
    """Run a streaming service until SIGTERM or SIGINT; the process ends here.

    Args:
        work: The service.
        settings: Where everything is.
        port: Where it answers `/healthz`, `/readyz` and `/metrics`.
        engine: The store, where the work uses one already.
        beside: What else runs in the event loop.
    """

    async def answer(stream: Stream[Any]) -> None:
        serve_in_thread(stream.status, port=port)

    run_stream(work, settings=settings, engine=engine, beside=[answer, *beside])
