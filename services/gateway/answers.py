"""What the gateway answers: the shapes in its OpenAPI document."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from pydantic import BaseModel

from services.gateway.checks import Checked


class ReasonGiven(BaseModel):
    """One reason why a line is refused: its code, the field it is about, and what was seen and is allowed."""

    code: str
    place: str
    message: str


class LineRefused(BaseModel):
    """A line that breaks its contract or does not fit its plan; the evaluator quarantines it."""

    line: int
    reasons: list[ReasonGiven]


class DeliveryTaken(BaseModel):
    """What the checks say about a delivery; Kafka has acknowledged every line of it, refused ones too.

    `lines` holds the refused ones; every other line is accepted. Whether an accepted line is counted, a duplicate or in
    conflict with an earlier one, the evaluator says.
    """

    upload: UUID
    received: int
    accepted: int
    refused: int
    lines: list[LineRefused]


class MarkerTaken(BaseModel):
    """A marker that Kafka has acknowledged."""

    policy: str
    indicator: str | None
    period: str | None


def delivery_taken(lines: Sequence[Checked], upload: UUID) -> bytes:
    """Return the answer to a delivery, a `DeliveryTaken` as JSON; there may be 50,000 refused lines in it."""
    refused = [{"line": each.number, "reasons": each.reasons} for each in lines if each.reasons]
    return msgspec.json.encode(
        {
            "upload": upload,
            "received": len(lines),
            "accepted": len(lines) - len(refused),
            "refused": len(refused),
            "lines": refused,
        }
    )
