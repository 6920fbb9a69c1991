"""The OpenAPI document: what the framework cannot see of the interface."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from infra.supplier import LINE_BYTES
from services.gateway.body import BODY_BYTES
from services.gateway.forms import CSV, FORMS, JSON, LINES
from services.gateway.problems import ProblemDetails
from services.gateway.rules import VERSION

_SECONDS = {"description": "Seconds to wait before trying again.", "schema": {"type": "integer", "minimum": 1}}
_API_VERSION = {"description": "Version of the interface.", "schema": {"type": "string"}}
_WITH_WAIT = (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_PROBLEMS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def _problem(status: HTTPStatus) -> dict[str, Any]:
    headers = {"Retry-After": _SECONDS} if status in _WITH_WAIT else {}
    return {
        "description": status.phrase,
        "model": ProblemDetails,
        "content": {"application/problem+json": {}},
        "headers": headers,
    }


_RECORD = {"type": "object", "description": "An observation or an enrolment, as their data contracts say."}
_BODIES: dict[str, dict[str, Any]] = {
    **{
        name: {"schema": {"type": "string", "description": "Records, one JSON object a line."}}
        for name in FORMS
        if name not in {JSON, CSV}
    },
    JSON: {"schema": {"oneOf": [_RECORD, {"type": "array", "items": _RECORD, "maxItems": LINES}]}},
    CSV: {
        "schema": {
            "type": "string",
            "description": "A header with the contract's field names, then a record a row; columns separated by `,` or "
            "`;`, ids of groups by `|`.",
        }
    },
}
DELIVERY: dict[str, Any] = {
    "operation_id": "deliver",
    "tags": ["observations"],
    "summary": "Deliver observations and enrolments",
    "description": (
        "Every line is answered by the checks of its contract and its plan, and every line is forwarded; refused ones "
        "are quarantined with their reasons. gzip is welcome.\n\n"
        f"At most {BODY_BYTES:,} bytes and {LINES:,} records a body (unpacked), and {LINE_BYTES:,} bytes a line. Have "
        "one request in flight per policy, so that its records keep their order. A delivery that was not answered may "
        "be sent again: what arrives twice is counted once."
    ),
    "responses": {int(status): _problem(status) for status in _PROBLEMS},
    "openapi_extra": {"requestBody": {"required": True, "content": _BODIES}},
}
MARKER: dict[str, Any] = {
    "operation_id": "close_looks",
    "tags": ["markers"],
    "summary": "Close looks by a period marker; for the evaluation team, not for suppliers",
    "description": "A null indicator stands for all, a null period for whatever is open.",
    "responses": {int(status): _problem(status) for status in (*_PROBLEMS, HTTPStatus.FORBIDDEN)},
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": {
                        "type": "object",
                        "required": ["period_closed"],
                        "additionalProperties": False,
                        "properties": {
                            "period_closed": {
                                "type": "object",
                                "required": ["policy", "indicator", "period"],
                                "additionalProperties": False,
                                "properties": {
                                    "policy": {"type": "string"},
                                    "indicator": {"type": ["string", "null"]},
                                    "period": {"type": ["string", "null"]},
                                },
                            }
                        },
                    }
                }
            },
        }
    },
}
_ABOUT = (
    "Levert waarnemingen en aanmeldingen van lopend beleid aan. Fouten zijn problem details (RFC 9457), in het "
    "Nederlands of met `Accept-Language: en` in het Engels.\n\n"
    "Delivers observations and enrolments of running policies. Errors are problem details (RFC 9457), in Dutch, or in "
    "English with `Accept-Language: en`."
)


def describe(app: FastAPI, contact: str) -> None:
    """Let the application describe itself: one document, made once.

    Args:
        app: Whose interface it is.
        contact: Mail address of who keeps it; empty for none.
    """
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not document:
            document.update(_document(app, contact))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI, contact: str) -> dict[str, Any]:
    document = get_openapi(
        title="Leerlus: aanleveren",
        version=VERSION,
        description=_ABOUT,
        routes=app.routes,
        servers=[{"url": "/"}],
        tags=[{"name": "observations"}, {"name": "markers"}],
    )
    if contact:
        document["info"]["contact"] = {"name": "Leerlus", "email": contact}
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"key": []}]
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                response.setdefault("headers", {})["API-Version"] = _API_VERSION
    return document
