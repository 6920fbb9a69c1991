"""Several services in one process: web applications, and what runs beside them, until a signal or the first failure."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

_GRACE_S = 5
_log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """A web server that leaves signals to the process it shares."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def web_server(app: FastAPI, *, host: str, port: int) -> Server:
    """Return a server for one application; it listens once it is served."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )


async def serve_all(servers: Sequence[Server], beside: Sequence[Coroutine[None, None, None]] = ()) -> None:
    """Serve until SIGINT or SIGTERM, or until one of them ends, which ends the others.

    Args:
        servers: Web servers.
        beside: What else runs; cancelled at the end.

    Raises:
        Exception: What made the first of them end.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    serving = [asyncio.create_task(server.serve()) for server in servers]
    running = [asyncio.create_task(each) for each in beside]
    asked = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait([*serving, *running, asked], return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.should_exit = True
    for task in (*running, asked):
        task.cancel()
    outcomes = await asyncio.gather(*serving, *running, return_exceptions=True)
    _log.info("services_ended", asked=asked in ended)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
