"""Closed looks and their evidence rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.events import LookClosed
from infra.postgres.bulk import copy_rows
from infra.postgres.evidence_rows import COLUMNS, values_of
from infra.postgres.schema import evidence, look

_LOOK = (
    "policy",
    "closing",
    "plan_version",
    "plan_sha256",
    "indicator",
    "look",
    "look_index",
    "n_counted",
    "first_offset",
    "last_offset",
    "closed_at",
    "warnings",
    "inequality",
)
_END_OF_TIME_MS = 253_402_300_800_000  # the year 10000

_EVIDENCE = ("closing", "row", *COLUMNS)


async def save_looks(connection: AsyncConnection, closings: Sequence[LookClosed]) -> None:
    """Store looks that closed, with their rows in their order."""
    if closings:
        await copy_rows(connection, look, _LOOK, map(_look_row, closings))
        await copy_rows(connection, evidence, _EVIDENCE, _evidence_rows(closings))


def _look_row(closing: LookClosed) -> tuple[object, ...]:
    at = closing.closed_at_ms
    return (
        closing.policy,
        closing.closing,
        closing.plan_version,
        closing.plan_sha256,
        closing.indicator,
        closing.look,
        closing.look_index,
        closing.n_counted,
        *closing.offsets,
        instant(at),
        msgspec.to_builtins(closing.warnings),
        msgspec.to_builtins(closing.inequality),
    )


def _evidence_rows(closings: Iterable[LookClosed]) -> Iterator[tuple[object, ...]]:
    for closing in closings:
        for place, row in enumerate(closing.rows):
            yield (closing.closing, place, *values_of(row))


def instant(at_ms: int | None) -> datetime | None:
    """Return a broker's time as an aware instant; None where it tells none, or one that no calendar has."""
    if at_ms is None or not 0 <= at_ms < _END_OF_TIME_MS:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC)
