"""The console as a web application: pages in each language, the JSON API, and what tells a page that it has changed."""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException

from contracts.errors import Unavailable
from infra.postgres.quality_board import data_versions
from infra.settings import Settings
from services.console.api import api
from services.console.data_api import data_api
from services.console.headers import HEADERS, SecurityHeaders
from services.console.languages import LANGUAGES
from services.console.pages import Clock, message_page, pages, utc_now
from services.console.stream import Watch, stream

_API = "/api/"
_log = structlog.get_logger("console")


def build(engine: AsyncEngine, settings: Settings, *, clock: Clock = utc_now) -> FastAPI:
    """Return the console.

    Args:
        engine: Where it reads; the console writes nothing.
        settings: Where other services are.
        clock: Tells the present.
    """
    app = FastAPI(title="Leerlus", version="1", openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None)
    app.add_middleware(SecurityHeaders)
    app.include_router(api(engine))
    app.include_router(data_api(engine, clock=clock))
    boards, data = Watch(engine), Watch(engine, versions=data_versions)
    for language in LANGUAGES.values():
        app.include_router(pages(language, engine, settings, clock=clock))
        app.include_router(stream(language, boards, data))
    app.mount("/static", StaticFiles(packages=[("services.console", "static")]), name="static")
    app.add_exception_handler(HTTPException, _refused)
    for kind in (Unavailable, DBAPIError):
        app.add_exception_handler(kind, _unavailable)
    app.add_exception_handler(Exception, _failed)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what is refused: a page for people, JSON for programs."""
    refusal = error if isinstance(error, HTTPException) else HTTPException(500)
    return _answer(request, refusal.status_code, str(refusal.detail))


async def _unavailable(request: Request, error: Exception) -> Response:
    """Answer that the store cannot be read now."""
    _log.warning("store_unavailable", path=request.url.path, error=type(error).__name__)
    return _answer(request, 503, "the store cannot be read now; try again in a minute")


async def _failed(request: Request, _: Exception) -> Response:
    """Answer that something went wrong here; what it was is logged by who called."""
    answer = _answer(request, 500, "something went wrong here; it was logged")
    answer.headers.update(HEADERS)  # this answer does not pass through the middleware
    return answer


def _answer(request: Request, status: int, detail: str) -> Response:
    if request.url.path.startswith(_API):
        return JSONResponse({"detail": detail}, status)
    return message_page(request, status)
