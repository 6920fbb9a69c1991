"""What the JSON API answers about suppliers and deliveries."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from infra.postgres.deliveries_told import ToldDelivery
from infra.postgres.supplier_board import ReasonCount
from infra.postgres.suppliers import StoredKey
from services.console.data_deliveries import days_after
from services.console.data_suppliers import SupplierFacts, SupplierLine


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class CodeRecord(_Record):
    """One reason of a refusal, without what was seen: its code and the field it is about."""

    code: str
    place: str


class ReasonRecord(CodeRecord):
    """How many open records of a supplier and policy have a reason; a record may have several."""

    policy: str | None
    records: int
    oldest_at: datetime
    newest_at: datetime


class KeyRecord(_Record):
    """A valid key, by its public part."""

    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class RefusalRecord(_Record):
    """The record of a supplier that was refused last."""

    at: datetime
    reasons: list[CodeRecord]
    upload: str | None
    line: int | None
    contract: str | None
    contract_version: str | None


class CountsRecord(_Record):
    """What became of a supplier's records of a policy: received = counted + duplicate + quarantined.

    `policy` is null where no registered policy could be read. `open` are refused records that were not counted since.
    """

    policy: str | None
    received: int
    counted: int
    duplicate: int
    quarantined: int
    accepted: float | None
    open: int
    last_at: datetime
    is_paused: bool


class SentAgainRecord(_Record):
    """What became of records that were sent again."""

    records: int
    counted: int
    duplicate: int
    refused: int
    last_at: datetime | None


class SupplierRecord(_Record):
    """A supplier; null is whoever sends straight to Kafka."""

    supplier: str | None
    policies: list[CountsRecord]
    reasons: list[ReasonRecord]
    last_refusal: RefusalRecord | None
    sent_again: SentAgainRecord
    keys: list[KeyRecord]


class DeliveryRecord(_Record):
    """A delivery: received = counted + duplicate + quarantined, null where it came before that was counted.

    `lines` is what it has, where every answer to it is kept. `again` of the received were sent again from quarantine.
    `earliest_period` and `latest_period` are of its counted observations; the days are how long after the end of each
    its last line arrived, below 0 while the period lasted. `too_late` and the later ones are lines in quarantine.
    """

    supplier: str
    upload: str
    lines: int | None
    received: int | None
    counted: int | None
    duplicate: int | None
    quarantined: int
    again: int | None
    earliest_period: str | None
    latest_period: str | None
    arrived_at: datetime | None
    days_after_earliest: int | None
    days_after_latest: int | None
    too_late: int
    counted_later: int
    duplicate_later: int
    is_under_way: bool
    last_at: datetime


_TOTALS = ("received", "counted", "duplicate", "again", "arrived_at")
_TOLD = (
    *("supplier", "upload", "lines", "quarantined", "too_late", "counted_later", "duplicate_later"),
    *("is_under_way", "last_at"),
)


def delivery_record(delivery: ToldDelivery) -> DeliveryRecord:
    """Return a delivery with what became of its lines, and how late they were."""
    total, days = delivery.total, days_after(delivery)
    counts = {name: None if total is None else getattr(total, name) for name in _TOTALS}
    after_latest, after_earliest = (None, None) if days is None else days
    timeliness = {
        "earliest_period": None if total is None or total.earliest is None else total.earliest.label,
        "latest_period": None if total is None or total.latest is None else total.latest.label,
        "days_after_earliest": after_earliest,
        "days_after_latest": after_latest,
    }
    told = {name: getattr(delivery, name) for name in _TOLD}
    return DeliveryRecord.model_validate({**told, **counts, **timeliness})


def supplier_record(
    facts: SupplierFacts, lines: Sequence[SupplierLine], reasons: Sequence[ReasonCount]
) -> SupplierRecord:
    """Return a supplier with its counts, reasons, keys and what was sent again."""
    return SupplierRecord(
        supplier=facts.supplier or None,
        policies=[_counts(each) for each in lines if each.supplier == facts.supplier and each.delivered is not None],
        reasons=[_reason(each) for each in reasons if each.supplier == facts.supplier],
        last_refusal=None if facts.last_refusal is None else RefusalRecord.model_validate(facts.last_refusal),
        sent_again=SentAgainRecord(
            records=facts.n_sent_again,
            counted=facts.n_counted_again,
            duplicate=facts.n_duplicate_again,
            refused=facts.n_refused_again,
            last_at=facts.last_sent_at,
        ),
        keys=[_key(each) for each in facts.keys],
    )


_COUNTS = ("received", "counted", "duplicate", "quarantined", "last_at")


def _counts(line: SupplierLine) -> CountsRecord:
    given = {name: getattr(line.delivered, name) for name in _COUNTS}
    return CountsRecord(
        policy=line.policy or None, accepted=line.accepted, open=line.n_open, is_paused=line.is_paused, **given
    )


def _reason(count: ReasonCount) -> ReasonRecord:
    return ReasonRecord(
        code=count.code,
        place=count.place,
        policy=count.policy or None,
        records=count.n,
        oldest_at=count.oldest_at,
        newest_at=count.newest_at,
    )


def _key(key: StoredKey) -> KeyRecord:
    return KeyRecord(
        prefix=f"leerlus_{key.id}",
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )
