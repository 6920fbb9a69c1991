"""What becomes of one record of a unit: counted, duplicate, or refused with every reason.

The order of the checks is fixed: contract (done), plan, ledger, lateness. Nothing is changed until all have passed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from contracts.admission import Admission

from contracts.errors import Reason
from contracts.period import Period, parse_period
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

    def take_segments(self) -> list[Segment]:
        """Return the entries added since the last call."""
        taken = ((UNITS, self._units.take_segment()), (ENROLMENTS, self._enrolments.take_segment()))
        return [Segment(kind, data) for kind, data in taken if data]

    def prepare(self, contents: Iterable[object]) -> None:
        """Look many records up at once; must be called with the records before they are asked for one by one."""
        contents = list(contents)
        observed = [each for each in contents if isinstance(each, Observation)]
        enrolled = [each for each in contents if isinstance(each, Enrolment)]
        self._known_units = self._units.known([self._unit_key(each) for each in observed])
        people = [self._person_key(each) for each in observed] + [self._person_key(each) for each in enrolled]
        self._known_enrolments = self._enrolments.known(people)

    def _unit_key(self, content: Observation) -> bytes:
        return entry_key(self._key, content.policy, content.indicator, content.unit)

    def _person_key(self, content: Observation | Enrolment) -> bytes:
        return entry_key(self._key, content.policy, content.unit)

    def _enrolled(self, key: bytes) -> int | None:
        found = self._enrolments.recent(key)
        return self._known_enrolments.get(key) if found is None else found

    # Enrolments

    def enrolment(
        self, policy: Policy, content: Enrolment, *, arrived_ms: int | None
    ) -> Refusal | Literal["duplicate"]:
        """Take an enrolment in; an empty refusal means that it was."""
        if reasons := policy.admission.enrolment(content, arrived_ms=arrived_ms):
            return reasons
        key, start = self._person_key(content), date.fromisoformat(content.start).toordinal()
        known, place = self._enrolled(key), _place_of(content)
        if known is not None and known >> 32 == place and known & 0xFFFFFFFF in (0, start):
            if known & 0xFFFFFFFF == start:
                return DUPLICATE
        elif known is not None:
            return (_conflict("conflicts_with_enrolment", "enrolment", "the unit was enrolled with other content"),)
        self._enrolments.add(key, place << 32 | start)
        return ()

    # Observations

    def observation(
        self, policy: Policy, content: Observation, *, arrived_ms: int | None
    ) -> Refusal | Literal["duplicate"] | Counted:
        """Return what becomes of an observation; changes nothing."""
        plan = policy.plan_for(content.period)
        if reasons := _admitted(policy.admission_of(plan), content, arrived_ms):
            return reasons
        counted = self._counted_before(content)
        if counted == DUPLICATE:
            return DUPLICATE
        if reasons := (*counted, *self._against_enrolment(content, plan)):
            return reasons
        period = parse_period(content.period).at(plan.look.grain)
        return _too_late(policy, content, period) or Counted(plan, period)

    def add(self, content: Observation) -> None:
        """Note that an observation was counted; the first one of a unit fixes where it belongs."""
        self._units.add(self._unit_key(content), _content_of(content))
        person = self._person_key(content)
        if self._enrolled(person) is None:
            self._enrolments.add(person, _place_of(content) << 32)

    def _counted_before(self, content: Observation) -> Refusal | Literal["duplicate"]:
        key = self._unit_key(content)
        known = self._units.recent(key)
        if known is None:
            known = self._known_units.get(key)
        if known is None:
            return ()
        if known == _content_of(content):
            return DUPLICATE
        return (
            _conflict(
                "conflicts_with_counted",
                "",
                "this unit was counted for this indicator with another value, arm, region, cohort, cluster or groups",
            ),
        )

    def _against_enrolment(self, content: Observation, plan: Plan) -> Refusal:
        known = self._enrolled(self._person_key(content))
        if known is None:
            return ()
        reasons: list[Reason] = []
        if known >> 32 != _place_of(content):
            message = "arm, region, cohort, cluster or groups differ from what the unit was enrolled with"
            reasons.append(_conflict("conflicts_with_enrolment", "", message))
        if (start := known & 0xFFFFFFFF) and (early := _before_maturity(content, plan, date.fromordinal(start))):
            reasons.append(early)
        return tuple(reasons)


def _admitted(admission: Admission, content: Observation, arrived_ms: int | None) -> Refusal:
    """Return why the plan refuses a record; a fault of ours about one record is a reason too, not a crash."""
    try:
        return admission.observation(content, arrived_ms=arrived_ms)
    except Exception as error:  # noqa: BLE001  (the stream goes on; the record is kept with this reason)
        return (Reason("internal_error", "", f"{type(error).__name__} while the record was checked"),)


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


def _place_of(content: Observation | Enrolment) -> int:
    """Return the fingerprint of what is fixed at enrolment."""
    return fingerprint(
        content.arm or "none", content.region, content.cohort, content.cluster, ",".join(sorted(content.groups))
    )


def _content_of(content: Observation) -> int:
    """Return the fingerprint of what must be equal for an observation to be the same."""
    groups = ",".join(sorted(content.groups))
    return fingerprint(
        float(content.value), content.arm or "none", content.region, content.cohort, content.cluster, groups
    )


def _conflict(code: str, place: str, message: str) -> Reason:
    return Reason(code, place, message)
