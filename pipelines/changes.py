"""What a stretch of the log changed: everything that one checkpoint writes, or a replay prints."""

from dataclasses import dataclass, field
from typing import Literal

from contracts.errors import Reason
from contracts.events import LookClosed, PlanAccepted
from contracts.period import Period
from contracts.records import LogRecord

Outcome = Literal["counted", "duplicate", "refused"]
"""What becomes of a record that is accounted for."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that was refused, with every reason.

    Attributes:
        record: The record as it arrived, bytes and all.
        policy: The policy it names, where that could be read.
        supplier: Who sent it, from the gateway's header.
        reasons: Why, in the order of the checks.
    """

    record: LogRecord
    policy: str | None
    supplier: str | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A quarantined record that was sent again, and what became of it.

    Attributes:
        partition, offset: Where it lay when it was refused first.
        record: The record as it arrived now.
        policy, supplier: As in `Quarantined`.
        outcome: `refused` with every reason, or one of the others.
    """

    partition: int
    offset: int
    record: LogRecord
    policy: str | None
    supplier: str | None
    outcome: Outcome
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Rerouted:
    """A record that lies in a partition that is not its policy's home, to be sent there; `origin` tells from where."""

    record: LogRecord
    policy: str
    home: int
    origin: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of changed state; a block written again replaces the earlier one of the same policy and name.

    `data` None means the block is no longer used.
    """

    policy: str
    name: str
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Segment:
    """Ledger entries added since the last checkpoint, to be appended; `kind` is `units` or `enrolments`."""

    kind: str
    data: bytes


@dataclass(slots=True)
class Tally:
    """What became of the records of one (policy, supplier); received = counted + duplicate + quarantined."""

    received: int = 0
    counted: int = 0
    duplicate: int = 0
    quarantined: int = 0

    def merge(self, other: "Tally") -> None:
        """Add what became of other records."""
        self.received += other.received
        self.counted += other.counted
        self.duplicate += other.duplicate
        self.quarantined += other.quarantined


@dataclass(frozen=True, slots=True)
class DeliveryTally:
    """What became of a delivery's records of one policy; received = counted + duplicate + quarantined.

    Attributes:
        upload: The delivery, from the gateway's header.
        policy, supplier: As in `Changes.tallies`.
        again: Records that were sent again from quarantine; they are among the received.
        arrived_ms: When the last of the others arrived (ms since 1970, UTC); None if there is none.
        earliest, latest: First and last period of the observations that were counted; None if there is none.
    """

    upload: str
    policy: str | None
    supplier: str | None
    received: int
    counted: int
    duplicate: int
    quarantined: int
    again: int
    arrived_ms: int | None
    earliest: Period | None
    latest: Period | None


@dataclass(slots=True)
class Changes:
    """What happened since the last checkpoint: written in one transaction or not at all.

    Attributes:
        expected: `next_offset` at the last checkpoint.
        next_offset: First record not yet applied.
        blocks: Changed state.
        segments: New ledger entries.
        accepted: Plans that took effect, in log order.
        closings: Looks that closed, in log order.
        quarantined: Refused records, in log order; those that were refused before are among `replayed`.
        replayed: Quarantined records that were sent again, in log order.
        rerouted: Records for other partitions, in log order.
        tallies: Added counts per (policy or None, supplier or None).
        deliveries: Added counts of the records that bear a delivery; of one there may be several.
    """

    expected: int
    next_offset: int
    blocks: list[Block] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    accepted: list[PlanAccepted] = field(default_factory=list)
    closings: list[LookClosed] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    replayed: list[Replayed] = field(default_factory=list)
    rerouted: list[Rerouted] = field(default_factory=list)
    tallies: dict[tuple[str | None, str | None], Tally] = field(default_factory=dict)
    deliveries: list[DeliveryTally] = field(default_factory=list)
