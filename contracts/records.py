"""The records of a policy's log, decoded, and the log record they arrive in.

Four kinds share the topic `leerlus.observations.v1`; each is described by a contract file
beside this module and decoded by `contracts.decoder`.
"""

import msgspec

RECORD_BYTES = 64 * 1024
"""What a record may have, key and headers with it: far more than any needs, and little enough to be sent on."""


class LogRecord(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One record as the log holds it, before anything is known about its content.

    Attributes:
        offset: Place in the partition, or the record's number in a file (from 0).
        timestamp_ms: Arrival, the broker's clock in milliseconds since 1970 (UTC); None for plain files.
        key: The Kafka key; None where the sender gave none.
        value: The bytes as sent.
        headers: Kafka headers in their order.
    """

    offset: int
    timestamp_ms: int | None
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def n_bytes(self) -> int:
        """Size of value, key and headers together."""
        return len(self.value) + len(self.key or b"") + sum(len(name) + len(value) for name, value in self.headers)


class Observation(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One measured outcome of one unit (contract `observation`)."""

    observation_id: str
    policy: str
    indicator: str
    unit: str
    region: str
    groups: tuple[str, ...]
    period: str
    value: float
    observed_at: str
    arm: str | None = None
    cohort: str | None = None
    cluster: str | None = None


class Enrolment(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Who is in, since when, and where it was assigned (contract `enrolment`)."""

    policy: str
    unit: str
    start: str
    region: str
    groups: tuple[str, ...]
    arm: str | None = None
    cohort: str | None = None
    cluster: str | None = None


class PeriodClosed(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A marker that closes looks; None means every indicator, or whatever period is open (contract `period_closed`)."""

    policy: str
    indicator: str | None
    period: str | None


class PlanRegistered(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """From this record on the fold knows the plan with this digest (contract `plan_registered`)."""

    id: str
    version: int
    sha256: str


Record = Observation | Enrolment | PeriodClosed | PlanRegistered
