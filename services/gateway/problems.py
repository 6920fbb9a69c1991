"""Errors on the wire: problem details (RFC 9457), whatever went wrong, in Dutch or in English."""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from math import ceil
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from contracts.errors import ContractError, Unavailable
from services.gateway.language import language_of
from services.gateway.problem_kinds import KINDS

RETRY_AFTER_S = 5
_log = structlog.get_logger(__name__)
_OF_STATUS = {404: "not-found", 405: "method-not-allowed"}


class ProblemDetails(BaseModel):
    """What went wrong with a request as a whole (RFC 9457); a problem may have members of its own."""

    type: str
    title: str
    status: int
    detail: str


class Problem(Exception):  # noqa: N818  (RFC 9457 calls it so)
    """A request that cannot be answered.

    Args:
        name: Which of `KINDS`.
        headers: Added to the answer.
        members: Added to the problem, such as the line it is about.
        slots: What the detail of this kind leaves open.
    """

    def __init__(
        self,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
        **slots: object,
    ) -> None:
        self.kind = KINDS[name]
        self.name = name
        self.headers = headers or {}
        self.members = members or {}
        self.slots = slots
        super().__init__(self.kind.detail.in_language("en").format(**slots))

    def response(self, language: str) -> JSONResponse:
        """Return it as an answer in this language, `nl` or `en`."""
        details = ProblemDetails(
            type=f"urn:leerlus:problem:{self.name}",
            title=self.kind.title.in_language(language),
            status=self.kind.status.value,
            detail=self.kind.detail.in_language(language).format(**self.slots),
        )
        return JSONResponse(
            {**details.model_dump(), **self.members},
            self.kind.status.value,
            headers={"Content-Language": language, "Vary": "Accept-Language", **self.headers},
            media_type="application/problem+json",
        )


def later(name: str, seconds: float, *, limit: int = 0) -> Problem:
    """Return a problem that will have passed after so many seconds, rounded up."""
    return Problem(name, headers={"Retry-After": str(max(1, ceil(seconds)))}, limit=limit)


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of this application be answered with problem details."""
    known = (Problem, HTTPException, RequestValidationError, ContractError, Unavailable)
    for kind in (*known, Exception):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    problem = _problem_of(request, error)
    if problem.name == "method-not-allowed" and request.method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=problem.headers)
    return problem.response(language_of(request.headers.get("accept-language", "")))


def _problem_of(request: Request, error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case HTTPException():
            return _of_framework(request, error)
        case RequestValidationError():
            return Problem("invalid-request", fault="; ".join(map(_place_and_fault, error.errors())))
        case ContractError():
            members = {"reasons": [asdict(each) for each in error.reasons]}
            return Problem("no-marker", members=members, fault=str(error))
        case Unavailable():
            _log.warning("server_unavailable", fault=str(error))
            return later("unavailable", RETRY_AFTER_S)
    _log.error("request_failed", path=request.url.path, fault=type(error).__name__)
    return Problem("fault")


def _place_and_fault(error: Mapping[str, Any]) -> str:
    return f"{error['loc'][-1]}: {error['msg']}"


def _of_framework(request: Request, error: HTTPException) -> Problem:
    """Return a problem for what the framework refuses; a method it does not know is answered with those it does."""
    name = _OF_STATUS.get(error.status_code, "other")
    headers = dict(error.headers or {})
    if name == "method-not-allowed":
        known = filter(None, headers.get("Allow", "").split(", "))
        headers["Allow"] = ", ".join(sorted({*known, "OPTIONS"}))
    return Problem(name, headers=headers, fault=error.detail, seen=request.method, allowed=headers.get("Allow"))
