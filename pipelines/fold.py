"""The fold: a partition's records in their order, and everything that is concluded from them.

The live evaluator and an offline replay call the same `Partition.apply`; any chunking gives the same results.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.errors import Reason
from contracts.events import LookClosed, PlanAccepted
from contracts.plan import Plan
from contracts.records import LogRecord


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that was refused, with every reason.

    Attributes:
        record: The record as it arrived; its bytes are kept apart, encrypted or short.
        policy: The policy it names, where that could be read.
        supplier: Who sent it, from the gateway's header.
        reasons: Why, in the order of the checks.
    """

    record: LogRecord
    policy: str | None
    supplier: str | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Rerouted:
    """A record that lies in a partition that is not its policy's home, to be sent there."""

    record: LogRecord
    policy: str
    home: int


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
        quarantined: Refused records, in log order.
        rerouted: Records for other partitions, in log order.
        tallies: Added counts per (policy or None, supplier or None).
    """

    expected: int
    next_offset: int
    blocks: list[Block] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    accepted: list[PlanAccepted] = field(default_factory=list)
    closings: list[LookClosed] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    rerouted: list[Rerouted] = field(default_factory=list)
    tallies: dict[tuple[str | None, str | None], Tally] = field(default_factory=dict)


class Partition:
    """The state of one partition of the observations topic.

    Args:
        index: Number of the partition; None for a file, where every policy is at home.
        n_partitions: Partition count fixed at creation; decides each policy's home.
        next_offset: First record to apply.
        ledger_key: Key of the ledger's hash, the same for the life of an installation.
    """

    def __init__(self, *, index: int | None, n_partitions: int, next_offset: int, ledger_key: bytes) -> None: ...

    next_offset: int

    def restore(self, blocks: Iterable[Block], segments: Iterable[Segment], plans: Mapping[str, Plan]) -> None:
        """Load what checkpoints stored; `plans` holds every plan by its digest.

        Raises:
            LogBroken: If a block is not of this format or version.
        """

    def apply(self, records: Sequence[LogRecord], plans: Mapping[str, Plan]) -> int:
        """Fold the records that start at `next_offset`; earlier ones are skipped. Returns the number applied.

        Raises:
            LogBroken: If the first record lies above `next_offset`.
        """
        raise NotImplementedError

    def close_open_looks(self) -> None:
        """Close every look that is open, as markers for all policies would (the end of a replay)."""

    def take_changes(self) -> Changes | None:
        """Return what changed since the last call, None if nothing was applied; clears the marks."""
        raise NotImplementedError


def plans_named(records: Sequence[LogRecord]) -> set[str]:
    """Return the digests that registrations among the records name, so that their plans can be fetched first."""
    raise NotImplementedError


def home_partition(policy: str, n_partitions: int) -> int:
    """Return the partition that is the policy's home: murmur2 of its UTF-8 bytes, as Kafka's default partitioner."""
    raise NotImplementedError
