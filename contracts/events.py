"""The events on Kafka: written topic names, event types, payloads and CloudEvents headers (binary mode).

Names on the wire are written here and never derived. Every event has an id made from its content, so that one
published twice is recognised as one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from contracts.evidence import EvidenceRow
from contracts.period import DAY_MS
from contracts.quality import QualityResult
from contracts.readings import DataWarning, Inequality

NAMESPACE = UUID("b1d6bd32-9a0e-5a0e-8c45-6a3ad9f0c1b7")
"""Namespace of all ids that are made from content."""

OBSERVATIONS = "leerlus.observations.v1"
LOOKS = "leerlus.looks.v1"
QUALITY = "leerlus.quality.v1"
QUARANTINE = "leerlus.quarantine.v1"
SIGNALS = "leerlus.signals.v1"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is created: partitions and topic settings."""

    name: str
    partitions: int
    config: dict[str, str]


TOPICS = (
    Topic(OBSERVATIONS, 8, {"message.timestamp.type": "LogAppendTime", "retention.ms": str(30 * DAY_MS)}),
    Topic(LOOKS, 4, {"retention.ms": str(365 * DAY_MS)}),
    Topic(QUALITY, 4, {"retention.ms": str(365 * DAY_MS)}),
    Topic(QUARANTINE, 4, {"retention.ms": str(90 * DAY_MS)}),
    Topic(SIGNALS, 4, {"retention.ms": str(365 * DAY_MS)}),
)

# Headers of ours on the observations topic.
SUPPLIER_HEADER = "leerlus-supplier"
UPLOAD_HEADER = "leerlus-upload"
LINE_HEADER = "leerlus-line"
DENIED_HEADER = "leerlus-denied"
"""Says that the key with which a record came does not cover its policy; who sets it himself has his record refused."""
ORIGIN_HEADER = "leerlus-origin"
"""Where a record came from that was sent on to its home partition, sealed by the fold."""

REPLAY_HEADER = "leerlus-replay"
"""Which quarantined record this one is, sent again: its first place, sealed by the command that sends it."""

_TYPES = "nl.leerlus."


class LookClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A look closed, with the evidence rows that changed.

    Attributes:
        closing: Count of closings of the policy, from 1; with `policy` it identifies the look.
        indicator, look, look_index: Which look closed.
        n_counted: Observations counted in the look.
        closed_at_ms: Arrival of the record that closed the look (ms since 1970, UTC); None for plain files.
        part, parts: Rows of a large look are spread over several events.
        warnings, inequality: What the look says beside its evidence; with the first part.
    """

    policy: str
    plan_version: int
    plan_sha256: str
    closing: int
    indicator: str
    look: str
    look_index: int
    n_counted: int
    offsets: tuple[int, int]
    closed_at_ms: int | None
    rows: tuple[EvidenceRow, ...]
    part: int = 1
    parts: int = 1
    warnings: tuple[DataWarning, ...] = ()
    inequality: tuple[Inequality, ...] = ()


class PlanAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """A plan took effect in the log: its registration was read. On the looks topic, before the looks it governs."""

    policy: str
    plan_version: int
    plan_sha256: str
    offset: int


class RecordQuarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A record was refused: its place and reasons, never its bytes.

    Attributes:
        partition, offset: Where it lay when it was refused first; a record that was sent again keeps its place.
        codes, places: Why, reason by reason: the word for it, and the field.
        contract: The contract that it was held against, as `name@version`.
    """

    policy: str | None
    supplier: str | None
    upload: str | None
    line: int | None
    partition: int
    offset: int
    codes: tuple[str, ...]
    places: tuple[str, ...]
    contract: str | None = None


class QualityChecked(msgspec.Struct, frozen=True, kw_only=True):
    """The inspector checked a policy's records in a micro-batch.

    Attributes:
        partition, offsets: Which records, first and last.
        n_records: How many, rounded; None below the plan's smallest cell.
        n_passed, n_failed, n_could_not_run, n_not_applicable: Results by outcome.
        results: What was judged: of every rule and indicator, of cells that fail, and of those that failed before.
    """

    policy: str
    plan_version: int
    plan_sha256: str
    partition: int
    offsets: tuple[int, int]
    n_records: int | None = None
    n_passed: int
    n_failed: int
    n_could_not_run: int
    n_not_applicable: int
    results: tuple[QualityResult, ...]


class DataSignalRaised(msgspec.Struct, frozen=True, kw_only=True):
    """A critical rule of data quality fails: no policy signal about the series is told until it passes again.

    Attributes:
        signal: The pause, which is what the signal is about.
        suppliers: Who sent the records; empty where they came straight to Kafka, and then the office is to act.
        office: Owner of the plan.
        text_nl, text_en: What the rule demands.
    """

    policy: str
    signal: str
    rule: str
    indicator: str
    arm: str
    region: str
    group: str
    suppliers: tuple[str, ...]
    office: str
    text_nl: str
    text_en: str


class DataSignalWithdrawn(DataSignalRaised, frozen=True, kw_only=True):
    """The rule passes again; policy signals about the series are told again."""


class SignalRaised(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding is worth a conversation.

    Attributes:
        other_indicator: The second indicator of a pair, whose orders are two signals; left out of the payload of any
            other, so that the ids of events about one indicator stay what they were before it existed.
    """

    policy: str
    signal: str
    number: str
    severity: Literal["info", "notice", "warning", "high"]
    claim: str
    indicator: str
    other_indicator: str | None = None
    arm: str
    region: str
    group: str
    direction: Literal["worse", "better"]
    look: str
    closing: int


class SignalChanged(SignalRaised, frozen=True, kw_only=True):
    """A signal's severity or state changed."""

    was: str


class SignalWithdrawn(SignalRaised, frozen=True, kw_only=True):
    """The evidence no longer carries the signal."""

    reason: str


Event = (
    LookClosed
    | PlanAccepted
    | RecordQuarantined
    | QualityChecked
    | SignalRaised
    | SignalChanged
    | SignalWithdrawn
    | DataSignalRaised
    | DataSignalWithdrawn
)

EVENT_TYPES: dict[type[Event], str] = {
    LookClosed: _TYPES + "look-closed.v1",
    PlanAccepted: _TYPES + "plan-accepted.v1",
    RecordQuarantined: _TYPES + "record-quarantined.v1",
    SignalRaised: _TYPES + "signal-raised.v1",
    SignalChanged: _TYPES + "signal-changed.v1",
    SignalWithdrawn: _TYPES + "signal-withdrawn.v1",
    QualityChecked: _TYPES + "quality-checked.v1",
    DataSignalRaised: _TYPES + "data-signal-raised.v1",
    DataSignalWithdrawn: _TYPES + "data-signal-withdrawn.v1",
}
EVENT_TOPICS: dict[type[Event], str] = {
    LookClosed: LOOKS,
    PlanAccepted: LOOKS,
    RecordQuarantined: QUARANTINE,
    SignalRaised: SIGNALS,
    SignalChanged: SIGNALS,
    SignalWithdrawn: SIGNALS,
    QualityChecked: QUALITY,
    DataSignalRaised: SIGNALS,
    DataSignalWithdrawn: SIGNALS,
}
_BY_TYPE = {name: kind for kind, name in EVENT_TYPES.items()}

_encode = msgspec.json.Encoder().encode


def event_id(event: Event) -> UUID:
    """Return the id made from the event's content."""
    return uuid5(NAMESPACE, EVENT_TYPES[type(event)] + "\n" + _encode(event).decode())


def encode_event(event: Event) -> bytes:
    """Return the payload: the event as JSON."""
    return _encode(event)


def cloudevent_headers(event: Event, *, source: str, time: datetime) -> list[tuple[str, bytes]]:
    """Return the CloudEvents 1.0 headers for Kafka in binary mode.

    Args:
        event: What happened.
        source: The service that says so, such as `/leerlus/evaluator`.
        time: When it was said, aware.
    """
    kind = EVENT_TYPES[type(event)]
    pairs = (
        ("ce_specversion", "1.0"),
        ("ce_id", str(event_id(event))),
        ("ce_source", source),
        ("ce_type", kind),
        ("ce_time", time.isoformat()),
        ("ce_dataschema", "urn:leerlus:event:" + kind.removeprefix(_TYPES)),
        ("content-type", "application/json"),
    )
    return [(name, value.encode()) for name, value in pairs]


def decode_event(payload: bytes, headers: "tuple[tuple[str, bytes], ...]") -> Event:
    """Return the event that `cloudevent_headers` and `encode_event` wrote.

    Raises:
        ValueError: If the type is not one of ours or the payload does not fit it.
    """
    kind = dict(headers).get("ce_type", b"").decode()
    if kind not in _BY_TYPE:
        raise ValueError(f"event type {kind!r} is unknown; known are {', '.join(sorted(_BY_TYPE))}")
    event: Event = msgspec.json.decode(payload, type=_BY_TYPE[kind])
    return event
