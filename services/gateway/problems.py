"""Errors on the wire: problem details (RFC 9457), whatever went wrong."""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from contracts.errors import ContractError, Unavailable

_RETRY_AFTER_S = 5


class ProblemDetails(BaseModel):
    """What went wrong with a request as a whole (RFC 9457); a problem may have members of its own."""

    type: str
    title: str
    status: int
    detail: str


class Problem(Exception):  # noqa: N818  (RFC 9457 calls it so)
    """A request that cannot be answered.

    Args:
        status: HTTP status.
        name: Stable word for the kind of problem; part of its `type`.
        detail: What was seen and what is allowed, for a person to read.
        headers: Added to the answer.
        members: Added to the problem, such as the line it is about.
    """

    def __init__(
        self,
        status: HTTPStatus,
        name: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.headers = headers
        self.members = members or {}

    def response(self) -> JSONResponse:
        """Return it as an answer."""
        details = ProblemDetails(
            type=f"urn:leerlus:problem:{self.name}",
            title=self.status.phrase,
            status=self.status.value,
            detail=self.detail,
        )
        return JSONResponse(
            {**details.model_dump(), **self.members},
            self.status.value,
            headers=self.headers,
            media_type="application/problem+json",
        )


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of this application be answered with problem details."""
    for kind in (Problem, HTTPException, RequestValidationError, ContractError, Unavailable):
        app.add_exception_handler(kind, _answer)


def _answer(_: Request, error: Exception) -> JSONResponse:
    return _problem_of(error).response()


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        return Problem(status, status.name.lower().replace("_", "-"), str(error.detail), headers=error.headers)
    if isinstance(error, Unavailable):
        detail = f"{error}; try again: a line that arrived twice is counted once"
        retry = {"Retry-After": str(_RETRY_AFTER_S)}
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, headers=retry)
    members = {"reasons": [asdict(reason) for reason in error.reasons]} if isinstance(error, ContractError) else {}
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "does-not-fit", str(error), members=members)
