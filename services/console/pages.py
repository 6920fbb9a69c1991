"""The pages of one language: what an address asks for is read, made ready and rendered."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infra.postgres import reading
from infra.postgres.engine import connected
from infra.settings import Settings
from services.console.data_page import data_context
from services.console.languages import Language
from services.console.rendering import Screen, screen
from services.console.signal_page import signal_context
from services.console.start import Asked, chosen_plan, start_context

_READ = ["GET", "HEAD"]

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


def pages(language: Language, engine: AsyncEngine, settings: Settings, *, clock: Clock = utc_now) -> APIRouter:
    """Return the routes of a language.

    Args:
        language: Which one; its prefix goes before every address.
        engine: Where it reads.
        settings: Where MLflow is.
        clock: Tells the present.
    """
    router = APIRouter(prefix=language.prefix, include_in_schema=False, default_response_class=HTMLResponse)
    shown = screen(language.code)

    @router.api_route("/", methods=_READ)
    async def start(request: Request, asked: Annotated[Asked, Depends()]) -> HTMLResponse:
        async with connected(engine) as connection:
            shared = await _shared(connection)
            plans = await reading.plans_to_show(connection)
            stored = chosen_plan(plans, asked.policy)
            if stored is None:
                return _page(shown, request, "no-plan.html", **shared)
            context = await start_context(connection, plans, stored, asked=asked, screen=shown, now=clock())
        return _page(shown, request, "start.html", **{**shared, **context})

    @router.api_route("/gegevens", methods=_READ)
    async def data(request: Request, policy: str | None = None) -> HTMLResponse:
        async with connected(engine) as connection:
            shared = await _shared(connection)
            plans = await reading.plans_to_show(connection)
            context = await data_context(connection, plans, policy, screen=shown, now=clock())
        return _page(shown, request, "data.html", **{**shared, **context})

    @router.api_route("/signalen/{number}", methods=_READ)
    async def signal(request: Request, number: str) -> HTMLResponse:
        async with connected(engine) as connection:
            shared = await _shared(connection)
            context = await signal_context(connection, number, screen=shown, now=clock())
        if context is None:
            raise HTTPException(404)
        return _page(shown, request, "signal.html", **{**shared, **context, "tracking_url": _tracking(settings)})

    return router


def message_page(request: Request, status: int) -> HTMLResponse:
    """Return the page that says why there is no page, in the language of the address."""
    code = "en" if request.url.path.startswith("/en/") else "nl"
    shown = screen(code)
    context = {"here": "", "policy": None, "n_open": 0, "is_demonstration": False}
    return _page(shown, request, "message.html", status=status, **context)


def _tracking(settings: Settings) -> str | None:
    """Return where people look at experiments in MLflow, without the password its address may hold."""
    if settings.mlflow.uri is None:
        return None
    address = urlsplit(settings.mlflow.uri)
    host = (address.netloc.rpartition("@")[2], address.path.rstrip("/"))
    return f"{address.scheme}://{''.join(host)}/#/experiments" if address.scheme in {"http", "https"} else None


async def _shared(connection: AsyncConnection) -> dict[str, Any]:
    """Return what every page shows, as it is without a policy."""
    return {
        "here": "start",
        "policy": None,
        "n_open": 0,
        "is_demonstration": await reading.is_demonstration(connection),
    }


def _page(shown: Screen, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    path = request.url.path.removeprefix(shown.language.prefix) or "/"
    query = dict(request.query_params)
    return HTMLResponse(shown.render(template, path=path, query=query, status=status, **context), status)
