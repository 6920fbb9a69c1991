"""Answers for whoever watches a process: is it alive, does it do its work, what does it count."""

import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import uvicorn
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra import metrics

_HOST = "127.0.0.1"
_OK, _UNAVAILABLE = 200, 503


class Health(Protocol):
    """What a service knows of itself; may be read from another thread."""

    @property
    def is_alive(self) -> bool:
        """Whether it goes on; a supervisor may end one that does not."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether it does its work."""
        ...

    def facts(self) -> Mapping[str, object]:
        """Return what a person may want to know; nothing secret, nothing about a person."""
        ...


def build(health: Health) -> FastAPI:
    """Return an application of its own with the routes of `add_health`."""
    app = FastAPI(openapi_url=None)
    add_health(app, health)
    return app


def add_health(app: FastAPI, health: Health) -> None:
    """Add `/healthz`, `/readyz` and `/metrics` to an application."""
    app.add_route("/healthz", _answer(lambda: health.is_alive, health))
    app.add_route("/readyz", _answer(lambda: health.is_ready, health))
    app.add_route("/metrics", _metrics)


def _answer(is_well: Callable[[], bool], health: Health) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        well = is_well()
        return JSONResponse({"ok": well, **health.facts()}, status_code=_OK if well else _UNAVAILABLE)

    return answer


async def _metrics(_: Request) -> Response:
    return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


def serve_in_thread(health: Health, *, port: int) -> None:
    """Answer from a thread of its own, so that a stalled event loop can be told from a dead process.

    The thread ends with the process. A port that is taken costs the answers, not the service: uvicorn logs it.
    """
    config = uvicorn.Config(build(health), host=_HOST, port=port, log_config=None, access_log=False, lifespan="off")
    threading.Thread(target=uvicorn.Server(config).run, name="health", daemon=True).start()
