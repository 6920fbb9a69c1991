"""Which refused records a command is about: the options that `list` and `replay` share."""

from datetime import UTC, datetime
from typing import Annotated

import typer

_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]

Policy = Annotated[str | None, typer.Option(metavar="ID", help="Only records that name this policy.")]
Indicator = Annotated[str | None, typer.Option(metavar="ID", help="Only records that name this indicator.")]
Supplier = Annotated[str | None, typer.Option(metavar="NAME", help="Only records of this supplier.")]
Upload = Annotated[str | None, typer.Option(metavar="ID", help="Only records of this upload.")]
Code = Annotated[str | None, typer.Option("--reason", metavar="CODE", help="Only with this reason, as `unknown_arm`.")]
Field = Annotated[str | None, typer.Option("--place", metavar="FIELD", help="Only with a reason about this field.")]
Since = Annotated[datetime | None, typer.Option(formats=_MOMENTS, help="Only what arrived then or later (UTC).")]
Until = Annotated[datetime | None, typer.Option(formats=_MOMENTS, help="Only what arrived before that (UTC).")]
Replayed = Annotated[bool | None, typer.Option("--replayed/--not-replayed", help="Only what was sent again, or not.")]


def in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment that was typed without an offset as the UTC that it is."""
    return None if moment is None else moment.replace(tzinfo=UTC)
