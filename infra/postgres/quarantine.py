"""Refused records, as the evaluator stores them: place, contract and every reason in clear, what was sent encrypted."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import msgspec
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.errors import Reason
from contracts.events import LINE_HEADER, UPLOAD_HEADER
from contracts.in_clear import indicator_of
from contracts.in_force import Terms, terms_of
from contracts.records import LogRecord
from infra.at_rest import Keyring
from infra.postgres.bulk import copy_rows, driver
from infra.postgres.looks import instant
from infra.postgres.schema import quarantine
from infra.postgres.storable import storable, storable_or_none

_COLUMNS = (
    "partition",
    "offset",
    "policy",
    "indicator",
    "supplier",
    "upload",
    "line",
    "contract",
    "contract_version",
    "contract_sha256",
    "reasons",
    "sealed",
    "key_id",
    "arrived_at",
)
_MOST_DIGITS = 18


class Sent(msgspec.Struct, frozen=True):
    """A record as it was sent."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


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

    @property
    def terms(self) -> Terms:
        """The contract that it was held against."""
        return terms_of(self.record.value)

    def _header(self, name: str) -> str | None:
        found = dict(self.record.headers).get(name)
        return None if found is None else storable(found.decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class SentAgain:
    """What became of a quarantined record that was sent again.

    Attributes:
        partition, offset: Where it lay when it was refused first.
        outcome: counted, duplicate or refused.
        reasons: Why it was refused again; empty if it was not.
        terms: The contract that it was held against now.
    """

    partition: int
    offset: int
    outcome: str
    reasons: tuple[Reason, ...]
    terms: Terms


def place_of(partition: int, offset: int) -> bytes:
    """Return the place to which the bytes of a record are sealed."""
    return f"{partition}:{offset}".encode()


async def save_refused(
    connection: AsyncConnection, partition: int, refused: Iterable[Refused], keyring: Keyring
) -> None:
    """Store refused records of a partition, what was sent encrypted with the key in use."""
    await copy_rows(connection, quarantine, _COLUMNS, (_row(partition, each, keyring) for each in refused))


def _row(partition: int, refused: Refused, keyring: Keyring) -> tuple[object, ...]:
    record = refused.record
    sent = msgspec.json.encode(Sent(record.key, record.value, record.headers))
    return (
        partition,
        record.offset,
        storable_or_none(refused.policy),
        storable_or_none(indicator_of(record.value)),
        storable_or_none(refused.supplier),
        refused.upload,
        refused.line,
        refused.terms.name,
        refused.terms.version,
        refused.terms.sha256,
        stored_reasons(refused.reasons),
        keyring.seal(sent, place=place_of(partition, record.offset)),
        keyring.current,
        instant(record.timestamp_ms),
    )


def stored_reasons(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Return reasons as the table holds them."""
    return [{name: storable(text, most=1000) for name, text in asdict(each).items()} for each in reasons]


_MARK = """
UPDATE leerlus.quarantine AS stored SET replays = stored.replays + 1, replayed_at = now(),
    outcome = new.outcome,
    counted_at = CASE WHEN new.outcome = 'counted' THEN now() ELSE stored.counted_at END,
    reasons = CASE WHEN new.is_refusal THEN new.reasons ELSE stored.reasons END,
    contract = CASE WHEN new.is_refusal THEN new.contract ELSE stored.contract END,
    contract_version = CASE WHEN new.is_refusal THEN new.version ELSE stored.contract_version END,
    contract_sha256 = CASE WHEN new.is_refusal THEN new.sha256 ELSE stored.contract_sha256 END
FROM (
    SELECT %(outcome)s AS outcome, %(reasons)s AS reasons, %(contract)s AS contract, %(version)s AS version,
           %(sha256)s AS sha256, %(outcome)s = 'refused' AS is_refusal
) AS new
WHERE stored.partition = %(partition)s AND stored."offset" = %(offset)s
"""


async def mark_sent_again(connection: AsyncConnection, sent: Iterable[SentAgain]) -> None:
    """Note what became of quarantined records that were sent again, in their order.

    Rows are taken in the order of their places, so that two partitions never wait for each other.
    """
    marks = [_mark(each) for each in sorted(sent, key=lambda each: (each.partition, each.offset))]
    if marks:
        async with (await driver(connection)).cursor() as cursor:
            await cursor.executemany(_MARK, marks)


def _mark(sent: SentAgain) -> dict[str, object]:
    return {
        "partition": sent.partition,
        "offset": sent.offset,
        "outcome": sent.outcome,
        "reasons": Jsonb(stored_reasons(sent.reasons)),
        "contract": sent.terms.name,
        "version": sent.terms.version,
        "sha256": sent.terms.sha256,
    }


_IN_FORCE = text(
    "INSERT INTO leerlus.contract_in_force AS stored (partition, name, version, sha256) "
    "VALUES (:partition, :name, :version, :sha256) "
    "ON CONFLICT (partition, name) DO UPDATE SET version = excluded.version, sha256 = excluded.sha256, since = now() "
    "WHERE stored.sha256 <> excluded.sha256 OR stored.version <> excluded.version"
)


async def note_in_force(connection: AsyncConnection, partitions: Iterable[int], terms: Iterable[Terms]) -> None:
    """Note by which contracts the owner of these partitions judges their records from now on."""
    contracts = list(terms)
    rows = [{"partition": partition, **asdict(each)} for partition in sorted(partitions) for each in contracts]
    if rows:
        await connection.execute(_IN_FORCE, rows)
