"""What becomes of one record of a unit: counted, duplicate, or refused with every reason.

The order of the checks is fixed: contract (done), plan, ledger, lateness. Nothing is changed until all have passed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from contracts.admission import Admission
from contracts.codes import INTERNAL_ERROR
from contracts.errors import Reason
from contracts.period import Period, period_at
from contracts.plan import Plan
from contracts.records import Enrolment, Observation
from pipelines.changes import Segment
from pipelines.ledger import Ledger, entry_key, fingerprint
from pipelines.policy import Policy

DUPLICATE: Literal["duplicate"] = "duplicate"
"""The same content was counted before."""

Refusal = tuple[Reason, ...]

UNITS, ENROLMENTS = "units", "enrolments"
"""Kinds of ledger segments."""


@dataclass(frozen=True, slots=True)
class Counted:
    """An observation that may be counted: under which plan, in which period of the look's grain."""

    plan: Plan
    period: Period


@dataclass(frozen=True, slots=True)
class Identity:
    """What a record of a unit is recognised by.

    Attributes:
        unit: Ledger key of (policy, indicator, unit); empty for an enrolment.
        person: Ledger key of (policy, unit).
        place: Fingerprint of what is fixed at enrolment: arm, region, cohort, cluster, groups.
        content: Fingerprint of the value and the place; 0 for an enrolment.
    """

    unit: bytes
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

    def identify(self, contents: Sequence[object]) -> list[Identity | None]:
        """Return the identity of each record of a unit, None for other content, and look all of them up at once.

        The identities are good until the next call.
        """
        identities = [self._identity(each) if isinstance(each, Observation | Enrolment) else None for each in contents]
        real = [each for each in identities if each is not None]
        self._known_units = self._units.known([each.unit for each in real if each.unit])
        self._known_enrolments = self._enrolments.known([each.person for each in real])
        return identities

    def _identity(self, content: Observation | Enrolment) -> Identity:
        groups = content.groups if len(content.groups) < 2 else sorted(content.groups)  # noqa: PLR2004
        fixed = (content.arm or "none", content.region, content.cohort or "", content.cluster or "", *groups)
        person, place = entry_key(self._key, content.policy, content.unit), fingerprint(*fixed)
        if isinstance(content, Enrolment):
            return Identity(b"", person, place, 0)
        unit = entry_key(self._key, content.policy, content.indicator, content.unit)
        return Identity(unit, person, place, fingerprint(content.value + 0.0, *fixed))

    def _enrolled(self, identity: Identity) -> int | None:
        found = self._enrolments.recent(identity.person)
        return self._known_enrolments.get(identity.person) if found is None else found

    # Enrolments

    def enrolment(
        self, policy: Policy, content: Enrolment, identity: Identity, *, arrived_ms: int | None
    ) -> Refusal | Literal["duplicate"]:
        """Take an enrolment in; an empty refusal means that it was."""
        if reasons := policy.admission_of(policy.plan_for(content.start)).enrolment(content, arrived_ms=arrived_ms):
            return reasons
        start, known = date.fromisoformat(content.start).toordinal(), self._enrolled(identity)
        if known is not None and known == identity.place << 32 | start:
            return DUPLICATE
        if known is not None and known != identity.place << 32:
            message = "the unit was enrolled with another start, arm, region, cohort, cluster or groups"
            return (Reason("conflicts_with_enrolment", "enrolment", message),)
        self._enrolments.add(identity.person, identity.place << 32 | start)
        return ()

    # Observations

    def observation(
        self, policy: Policy, content: Observation, identity: Identity, *, arrived_ms: int | None
    ) -> Refusal | Literal["duplicate"] | Counted:
        """Return what becomes of an observation; changes nothing."""
        plan = policy.plan_for(content.period)
        if reasons := _admitted(policy.admission_of(plan), content, arrived_ms):
            return reasons
        known = self._units.recent(identity.unit)
        if known is None:
            known = self._known_units.get(identity.unit)
        if known == identity.content:
            return DUPLICATE
        conflicts = () if known is None else (_CONFLICTS_WITH_COUNTED,)
        if reasons := (*conflicts, *self._against_enrolment(content, identity, plan)):
            return reasons
        period = period_at(content.period, plan.look.grain)
        return _too_late(policy, content, period) or Counted(plan, period)

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
_CONFLICTS_WITH_ENROLMENT = Reason(
    "conflicts_with_enrolment", "", "arm, region, cohort, cluster or groups differ from what the unit was enrolled with"
)


def _admitted(admission: Admission, content: Observation, arrived_ms: int | None) -> Refusal:
    """Return why the plan refuses a record; a fault of ours about one record is a reason too, not a crash."""
    try:
        return admission.observation(content, arrived_ms=arrived_ms)
    except Exception as error:  # noqa: BLE001  (the stream goes on; the record is kept with this reason)
        return (Reason(INTERNAL_ERROR, "", f"{type(error).__name__} while the record was checked"),)


def _too_late(policy: Policy, content: Observation, period: Period) -> Refusal:
    plan = policy.plan
    if plan.version > 1 and period.start < plan.effective_from.start:
        message = f"{content.period} lies before version {plan.version}, in force from {plan.effective_from.label}"
        return (Reason("too_late", "period", message),)
    look = policy.open_look(content.indicator)
    if look.is_too_late(period, look=plan.look, lateness=plan.lateness):
        latest = look.latest.label if look.latest is not None else ""
        message = f"{content.period} lies more than {plan.lateness.text} before {latest}, the latest period seen"
        return (Reason("too_late", "period", message),)
    return ()


def _before_maturity(content: Observation, plan: Plan, start: date) -> Reason | None:
    indicator = plan.indicator(content.indicator)
    if indicator is None or indicator.maturity is None:
        return None
    ripe = indicator.maturity.after(start)
    if date.fromisoformat(content.observed_at[:10]) >= ripe:
        return None
    message = f"observed before {ripe}, which is {indicator.maturity.text} after the unit's start"
    return Reason("before_maturity", "observed_at", message)
