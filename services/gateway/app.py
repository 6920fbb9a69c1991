"""The gateway as a web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.postgres.suppliers import Supplier
from infra.setting_sections import GatewaySettings
from services.gateway.answers import DeliveryTaken, MarkerTaken
from services.gateway.body import body_of
from services.gateway.checks import KnownPlans
from services.gateway.deliveries import Deliveries, Delivery
from services.gateway.description import DELIVERY, MARKER, describe
from services.gateway.forms import JSON, form_of, media_type_of
from services.gateway.forwarding import forward_marker
from services.gateway.headers import FirstLine, IdempotencyKey, Upload
from services.gateway.keys import KnownKeys
from services.gateway.limits import Rate, Turnstile
from services.gateway.outlet import Outlet
from services.gateway.problems import Problem, answer_with_problems
from services.gateway.remembered import Remembered
from services.gateway.rules import ApiRules


def build(engine: AsyncEngine, outlet: Outlet, settings: GatewaySettings | None = None) -> FastAPI:
    """Return the gateway.

    Args:
        engine: Where plans and suppliers are stored, and what was answered.
        outlet: Where records go; closed with the application.
        settings: How much a supplier may send.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await outlet.close()

    app = FastAPI(
        openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan
    )
    answer_with_problems(app)
    settings = settings or GatewaySettings()
    door = _Door(KnownKeys(engine), Turnstile(), settings)
    plans = KnownPlans(engine)
    app.include_router(_deliveries(door, Deliveries(plans, outlet, Remembered(engine))), prefix="/v1")
    app.include_router(_markers(door, plans, outlet), prefix="/v1")
    app.add_middleware(ApiRules)
    describe(app, settings.contact)
    return app


class _Door:
    """What every request passes before it is read.

    Args:
        keys: Who may come in.
        turnstile: How many at a time.
        settings: How much a supplier may send that has no limits of its own.
    """

    def __init__(self, keys: KnownKeys, turnstile: Turnstile, settings: GatewaySettings) -> None:
        self.keys = keys
        self.turnstile = turnstile
        self.timeout_s = float(settings.body_timeout_s)
        self._settings = settings

    def rate_of(self, supplier: Supplier) -> Rate | None:
        """Return what a supplier may send; None for the evaluation team, which is not held to a rate."""
        if supplier.is_team:
            return None
        return Rate(
            supplier.lines_a_minute or self._settings.lines_a_minute,
            supplier.requests_a_minute or self._settings.requests_a_minute,
        )


def _deliveries(door: _Door, deliveries: Deliveries) -> APIRouter:
    router = APIRouter()

    @router.post("/observations", status_code=HTTPStatus.ACCEPTED, response_model=DeliveryTaken, **DELIVERY)
    async def deliver(
        request: Request, upload: Upload = None, first_line: FirstLine = 1, idempotency_key: IdempotencyKey = None
    ) -> Response:
        holder = await door.keys.holder(request.headers.get("authorization"))
        supplier = holder.supplier
        with door.turnstile.passing(supplier.name, door.rate_of(supplier)) as take_lines:
            form = form_of(request.headers.get("content-type", ""))
            body = await body_of(request, timeout_s=door.timeout_s)
            delivery = Delivery(form, body, first_line, upload, idempotency_key)
            answered = await deliveries.take(delivery, holder, take_lines)
        repeated = {"Leerlus-Repeated": "true"} if answered.is_repeated else {}
        return Response(answered.body, HTTPStatus.ACCEPTED, media_type=JSON, headers=repeated)

    return router


def _markers(door: _Door, plans: KnownPlans, outlet: Outlet) -> APIRouter:
    router = APIRouter()

    @router.post("/markers", status_code=HTTPStatus.ACCEPTED, **MARKER)
    async def close(request: Request) -> MarkerTaken:
        holder = await door.keys.holder(request.headers.get("authorization"))
        if not holder.supplier.is_team:
            raise Problem("not-the-team", key=holder.key)
        with door.turnstile.passing(holder.supplier.name, None):
            given = request.headers.get("content-type", "")
            if media_type_of(given)[0] != JSON:
                raise Problem("unknown-media-type", seen=repr(given), allowed=JSON)
            value = (await body_of(request, timeout_s=door.timeout_s)).strip()
            await plans.refresh()
            marker = plans.marker(value)
            if (covered := holder.supplier.policies) is not None and marker.policy not in covered:
                raise Problem("not-your-policy", key=holder.key, seen=marker.policy)
            await forward_marker(outlet, value, marker.policy)
        return MarkerTaken(policy=marker.policy, indicator=marker.indicator, period=marker.period)

    return router
