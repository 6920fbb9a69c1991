"""What becomes of one record of a unit: counted, duplicate, or refused with every reason.

The order of the checks is fixed: contract (done), plan, ledger, lateness. Nothing is changed until all have passed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from contracts.admission import Admission
from contracts.codes import INTERNAL_ERROR
from contracts.errors import Reason
from contracts.period import Grain, Period, parse_period, period_at
from contracts.plan import Plan
from contracts.records import Enrolment, Observation
from contracts.redaction import may_show
from pipelines.changes import Segment
from pipelines.ledger import Ledger, entry_key, fingerprint
from pipelines.policy import Policy

DUPLICATE: Literal["duplicate"] = "duplicate"
"""The same content was counted before."""

Refusal = tuple[Reason, ...]

GrainOf = Callable[[str, str], Grain | None]
"""Gives the grain of looks of a policy in a period, where units are measured repeatedly."""

UNITS, ENROLMENTS = "units", "enrolments"
"""Kinds of ledger segments."""


@dataclass(frozen=True, slots=True)
class Counted:
    """An observation that may be counted: under which plan, in which period of the look's grain."""

    plan: Plan
    period: Period


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrolment that was taken in.

    Attributes:
        reported: Indicators for which the unit was counted before.
        contributed: Indicators to which its cluster has contributed.
    """

    reported: tuple[str, ...]
    contributed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a record of a unit is recognised by.

    Attributes:
        unit: Ledger key of (policy, indicator, unit), and of the period where units are measured repeatedly; empty for
            an enrolment.
        cluster: Ledger key of (policy, indicator, cluster); empty where there is none.
        person: Ledger key of (policy, unit).
        place: Fingerprint of what is fixed at enrolment: arm, region, cohort, cluster, groups.
        content: Fingerprint of the value and the place; 0 for an enrolment.
    """

    unit: bytes
    cluster: bytes
    person: bytes
    place: int
    content: int


class Intake:
    """The ledger of counted units, the enrolments, and the checks that need them.

    Args:
        ledger_key: Key of the ledger's hash.
    """

    def __init__(self, ledger_key: bytes) -> None:
        self._key = ledger_key
        self._units = Ledger(np.uint32)
        self._enrolments = Ledger(np.uint64)
        self._known_units: dict[bytes, int] = {}
        self._known_enrolments: dict[bytes, int] = {}

    def load(self, segments: Iterable[Segment]) -> None:
        """Load what checkpoints stored, in the order in which it was taken."""
        by_kind: dict[str, list[bytes]] = {UNITS: [], ENROLMENTS: []}
        for segment in segments:
            by_kind[segment.kind].append(segment.data)
        self._units.load(by_kind[UNITS])
        self._enrolments.load(by_kind[ENROLMENTS])

    def settle(self) -> None:
        """Seal what waits in the ledgers when it is much; costs time, so not while a transaction is open."""
        self._units.settle()
        self._enrolments.settle()

    def take_segments(self) -> list[Segment]:
        """Return the entries added since the last call."""
        taken = ((UNITS, self._units.take_segment()), (ENROLMENTS, self._enrolments.take_segment()))
        return [Segment(kind, data) for kind, data in taken if data]

    def identify(self, contents: Sequence[object], grain_of: GrainOf) -> list[Identity | None]:
        """Return the identity of each record of a unit, None for other content, and look all of them up at once.

        The identities are good until the next call.

        Args:
            contents: Decoded records.
            grain_of: Gives the grain of looks of a policy in a period, None where units are not measured repeatedly.
        """
        identities = [
            self._identity(each, grain_of) if isinstance(each, Observation | Enrolment) else None for each in contents
        ]
        real = [each for each in identities if each is not None]
        keys = [key for each in real for key in (each.unit, each.cluster) if key]
        self._known_units = self._units.known(keys)
        self._known_enrolments = self._enrolments.known([each.person for each in real])
        return identities

    def _identity(self, content: Observation | Enrolment, grain_of: GrainOf) -> Identity:
        groups = content.groups if len(content.groups) < 2 else sorted(content.groups)  # noqa: PLR2004
        fixed = (content.arm or "none", content.region, content.cohort or "", content.cluster or "", *groups)
        person, place = entry_key(self._key, content.policy, content.unit), fingerprint(*fixed)
        if isinstance(content, Enrolment):
            return Identity(b"", b"", person, place, 0)
        grain = grain_of(content.policy, content.period)
        period = (_label(content.period, grain),) if grain is not None else ()
        unit = entry_key(self._key, content.policy, content.indicator, content.unit, *period)
        cluster = self._cluster_key(content.policy, content.indicator, content.cluster) if content.cluster else b""
        return Identity(unit, cluster, person, place, fingerprint(content.value + 0.0, *fixed))

    def _cluster_key(self, policy: str, indicator: str, cluster: str) -> bytes:
        return entry_key(self._key, policy, indicator, "", cluster)

    def close_cluster(self, policy: str, indicator: str, cluster: str) -> None:
        """Note that a cluster contributed, so that units of it come too late."""
        self._units.add(self._cluster_key(policy, indicator, cluster), 1)

    def _counted(self, key: bytes) -> int | None:
        """Return the payload of a counted unit or a closed cluster, None if it is neither."""
        known = self._units.recent(key)
        return self._known_units.get(key) if known is None else known

    def _enrolled(self, identity: Identity) -> int | None:
        found = self._enrolments.recent(identity.person)
        return self._known_enrolments.get(identity.person) if found is None else found

    # Enrolments

    def enrolment(
        self, policy: Policy, content: Enrolment, identity: Identity, *, arrived_ms: int | None
    ) -> Refusal | Literal["duplicate"] | Enrolled:
        """Take an enrolment in, or return why not."""
        if reasons := policy.admission_of(policy.plan_for(content.start)).enrolment(content, arrived_ms=arrived_ms):
            return reasons
        start, known = date.fromisoformat(content.start).toordinal(), self._enrolled(identity)
        if known is not None and known == identity.place << 32 | start:
            return DUPLICATE
        if known is not None and known != identity.place << 32:
            message = "the unit was enrolled with another start, arm, region, cohort, cluster or groups"
            return (Reason("conflicts_with_enrolment", "enrolment", message),)
        self._enrolments.add(identity.person, identity.place << 32 | start)
        reported = self._reported(policy, content) if known is not None else ()
        return Enrolled(reported, self._contributed(policy, content))

    def _reported(self, policy: Policy, content: Enrolment) -> tuple[str, ...]:
        """Return the indicators for which a unit was counted before it was enrolled."""
        return self._among_counted(
            {entry_key(self._key, content.policy, each.id, content.unit): each.id for each in policy.plan.indicators}
        )

    def _contributed(self, policy: Policy, content: Enrolment) -> tuple[str, ...]:
        """Return the indicators to which the cluster of an enrolment has contributed."""
        if content.cluster is None or policy.plan.cluster is None:
            return ()
        names = [each.id for each in policy.plan.indicators]
        return self._among_counted({self._cluster_key(content.policy, each, content.cluster): each for each in names})

    def _among_counted(self, keys: Mapping[bytes, str]) -> tuple[str, ...]:
        sealed = self._units.known(list(keys))
        return tuple(name for key, name in keys.items() if key in sealed or self._units.recent(key) is not None)

    def start_of(self, identity: Identity) -> int | None:
        """Return the day of a unit's enrolment as an ordinal; None where it was not enrolled."""
        known = self._enrolled(identity)
        return (known & 0xFFFFFFFF) or None if known is not None else None

    # Observations

    def observation(
        self, policy: Policy, content: Observation, identity: Identity, *, arrived_ms: int | None
    ) -> Refusal | Literal["duplicate"] | Counted:
        """Return what becomes of an observation; changes nothing."""
        plan = policy.plan_for(content.period)
        if reasons := _admitted(policy.admission_of(plan), content, arrived_ms):
            return reasons
        known = self._counted(identity.unit)
        if known == identity.content:
            return DUPLICATE
        conflicts = () if known is None else (_CONFLICTS_WITH_COUNTED,)
        if reasons := (*conflicts, *self._against_enrolment(content, identity, plan)):
            return reasons
        period = period_at(content.period, plan.look.grain)
        return _too_late(policy, content, period) or self.cluster_closed(identity, plan) or Counted(plan, period)

    def cluster_closed(self, identity: Identity, plan: Plan) -> Refusal:
        """Return the refusal of a unit whose cluster has contributed; nothing where it has not."""
        is_closed = plan.cluster is not None and identity.cluster and self._counted(identity.cluster) is not None
        return (CLUSTER_CLOSED,) if is_closed else ()

    def add(self, identity: Identity) -> None:
        """Note that an observation was counted; the first one of a unit fixes where it belongs."""
        self._units.add(identity.unit, identity.content)
        if self._enrolled(identity) is None:
            self._enrolments.add(identity.person, identity.place << 32)

    def _against_enrolment(self, content: Observation, identity: Identity, plan: Plan) -> Refusal:
        known = self._enrolled(identity)
        if known is None or known == identity.place << 32:
            return ()
        reasons = [] if known >> 32 == identity.place else [_CONFLICTS_WITH_ENROLMENT]
        start = known & 0xFFFFFFFF
        early = _before_maturity(content, plan, date.fromordinal(start)) if start else None
        return (*reasons, early) if early is not None else tuple(reasons)


_CONFLICTS_WITH_COUNTED = Reason(
    "conflicts_with_counted",
    "",
    "this unit was counted for this indicator with another value, arm, region, cohort, cluster or groups",
)
CLUSTER_CLOSED = Reason(
    "cluster_closed",
    "cluster",
    "this cluster has contributed: the look that holds the maturity of its last enrolment has closed",
)
_CONFLICTS_WITH_ENROLMENT = Reason(
    "conflicts_with_enrolment", "", "arm, region, cohort, cluster or groups differ from what the unit was enrolled with"
)


def _label(period: str, grain: Grain) -> str:
    """Return the look's period that a period lies in; as it is where it is none."""
    try:
        return period_at(period, grain).label
    except ValueError:
        return period


def _admitted(admission: Admission, content: Observation, arrived_ms: int | None) -> Refusal:
    """Return why the plan refuses a record; a fault of ours about one record is a reason too, not a crash."""
    try:
        return admission.observation(content, arrived_ms=arrived_ms)
    except Exception as error:  # noqa: BLE001  (the stream goes on; the record is kept with this reason)
        return (Reason(INTERNAL_ERROR, "", f"{type(error).__name__} while the record was checked"),)


def _too_late(policy: Policy, content: Observation, period: Period) -> Refusal:
    if (why := _why_late(policy, content, period)) is None:
        return ()
    seen = content.period if may_show(Observation, "period") else "the period"
    return (Reason("too_late", "period", f"{seen} {why}"),)


def _why_late(policy: Policy, content: Observation, period: Period) -> str | None:
    plan = policy.plan
    if plan.version > 1 and parse_period(content.period).start < plan.effective_from.start:
        return f"lies before version {plan.version}, in force from {plan.effective_from.label}"
    look = policy.open_look(content.indicator)
    if plan.measured == "repeatedly" and look.is_over(period):
        return "lies in a look that has closed"
    if look.is_too_late(period, look=plan.look, lateness=plan.lateness):
        latest = look.latest.label if look.latest is not None else ""
        return f"lies more than {plan.lateness.text} before {latest}, the latest period seen"
    return None


def _before_maturity(content: Observation, plan: Plan, start: date) -> Reason | None:
    indicator = plan.indicator(content.indicator)
    if indicator is None or indicator.maturity is None:
        return None
    ripe = indicator.maturity.after(start)
    if date.fromisoformat(content.observed_at[:10]) >= ripe:
        return None
    since = f"before {ripe}, which is" if may_show(Enrolment, "start") else "less than"
    message = f"observed {since} {indicator.maturity.text} after the unit's start"
    return Reason("before_maturity", "observed_at", message)
