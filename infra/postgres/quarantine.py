"""Refused records, with their bytes and every reason."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import Reason
from contracts.events import LINE_HEADER, UPLOAD_HEADER
from contracts.records import LogRecord
from infra.postgres.bulk import copy_rows
from infra.postgres.looks import instant
from infra.postgres.schema import quarantine
from infra.postgres.storable import storable, storable_or_none

_COLUMNS = (
    "partition",
    "offset",
    "policy",
    "supplier",
    "upload",
    "line",
    "reasons",
    "key",
    "value",
    "headers",
    "arrived_at",
)
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that was refused; what it says about itself is made fit for storage when it is stored.

    Attributes:
        policy: The policy it names, where that could be read.
        supplier: Who sent it, where the gateway said so.
        reasons: Why, in the order of the checks.
    """

    record: LogRecord
    policy: str | None
    supplier: str | None
    reasons: tuple[Reason, ...]

    @property
    def upload(self) -> str | None:
        """The upload it came with, from the gateway's header."""
        return self._header(UPLOAD_HEADER)

    @property
    def line(self) -> int | None:
        """Its line in that upload, from 1."""
        found = self._header(LINE_HEADER)
        is_number = found is not None and found.isascii() and found.isdigit() and len(found) <= _MOST_DIGITS
        return int(found) if found is not None and is_number else None

    def _header(self, name: str) -> str | None:
        found = dict(self.record.headers).get(name)
        return None if found is None else storable(found.decode(errors="replace"))


async def save_refused(connection: AsyncConnection, partition: int, refused: Iterable[Refused]) -> None:
    """Store refused records of a partition."""
    await copy_rows(connection, quarantine, _COLUMNS, (_row(partition, each) for each in refused))


def _row(partition: int, refused: Refused) -> tuple[object, ...]:
    record = refused.record
    return (
        partition,
        record.offset,
        storable_or_none(refused.policy),
        storable_or_none(refused.supplier),
        refused.upload,
        refused.line,
        [_reason(each) for each in refused.reasons],
        record.key,
        record.value,
        [[storable(name), base64.b64encode(value).decode("ascii")] for name, value in record.headers],
        instant(record.timestamp_ms),
    )


def _reason(reason: Reason) -> dict[str, str]:
    most = 1000
    return {
        "code": reason.code,
        "place": storable(reason.place, most=most),
        "message": storable(reason.message, most=most),
    }
