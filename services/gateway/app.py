"""The gateway as a web application."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, FastAPI, Header, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.supplier import LINE_BYTES
from services.gateway.answers import DeliveryTaken, MarkerTaken, delivery_taken
from services.gateway.body import BODY_BYTES, LINES, MEDIA_TYPES, lines_of, marker_of
from services.gateway.checks import Checked, KnownPlans
from services.gateway.forwarding import Origin, forward, forward_marker
from services.gateway.outlet import Outlet
from services.gateway.problems import ProblemDetails, answer_with_problems

_PROBLEMS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_RESPONSES: dict[int | str, dict[str, Any]] = {
    int(status): {"description": status.phrase, "content": {"application/problem+json": {}}, "model": ProblemDetails}
    for status in _PROBLEMS
}
_NDJSON = {
    "required": True,
    "content": {MEDIA_TYPES[0]: {"schema": {"type": "string", "description": "Records, one JSON object a line."}}},
}
_DELIVERING = (
    "Deliver observations and enrolments, one a line (gzip is welcome).\n\n"
    f"At most {BODY_BYTES:,} bytes and {LINES:,} records a body (unpacked), and {LINE_BYTES:,} bytes a line. "
    "Have one request in flight per policy, so that its records keep their order. A delivery that was not answered may "
    "be sent again: what arrives twice is counted once."
)
TURN = 500
"""Lines that are checked before other requests have their turn."""

_JSON = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}

Supplier = Annotated[
    str, Header(alias="Leerlus-Supplier", pattern="^[a-z0-9][a-z0-9-]{0,63}$", description="Who delivers.")
]
Upload = Annotated[
    UUID | None, Header(alias="Leerlus-Upload", description="Id shared by the parts of one delivery; made if absent.")
]
FirstLine = Annotated[
    int, Header(alias="Leerlus-First-Line", ge=1, description="Number of the body's first line in the delivery.")
]


def build(engine: AsyncEngine, outlet: Outlet) -> FastAPI:
    """Return the gateway.

    Args:
        engine: Where plans are stored; the gateway writes nothing there.
        outlet: Where records go; closed with the application.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await outlet.close()

    app = FastAPI(
        title="Leerlus gateway",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    answer_with_problems(app)
    app.include_router(_deliveries(KnownPlans(engine), outlet), prefix="/v1", responses=_RESPONSES)
    return app


def _deliveries(plans: KnownPlans, outlet: Outlet) -> APIRouter:
    router = APIRouter()

    @router.post(
        "/observations",
        status_code=HTTPStatus.ACCEPTED,
        description=_DELIVERING,
        openapi_extra={"requestBody": _NDJSON},
    )
    async def deliver(
        request: Request, supplier: Supplier = "local", upload: Upload = None, first_line: FirstLine = 1
    ) -> DeliveryTaken:
        lines = await lines_of(request, first_line)
        await plans.refresh()
        now_ms = time.time_ns() // 1_000_000
        checked = [each async for each in _checked(plans, lines, now_ms=now_ms)]
        origin = Origin(supplier, upload or uuid4())
        await forward(outlet, checked, origin)
        return delivery_taken(checked, origin.upload)

    @router.post("/markers", status_code=HTTPStatus.ACCEPTED, openapi_extra={"requestBody": _JSON})
    async def close(request: Request) -> MarkerTaken:
        """Close looks by a period marker; for the evaluation team, not for suppliers."""
        value = await marker_of(request)
        await plans.refresh()
        marker = plans.marker(value)
        await forward_marker(outlet, value, marker.policy)
        return MarkerTaken(policy=marker.policy, indicator=marker.indicator, period=marker.period)

    return router


async def _checked(plans: KnownPlans, lines: list[tuple[int, bytes]], *, now_ms: int) -> AsyncIterator[Checked]:
    """Yield what is said of each line; other requests have their turn in between."""
    for place, (number, value) in enumerate(lines):
        if place % TURN == 0:
            await asyncio.sleep(0)
        yield plans.check(number, value, now_ms=now_ms)
