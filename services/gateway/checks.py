"""The answer to a line: the contract, and the plan as it is registered now.

The same pure checks as the evaluator's, but without the ledger: whether a line is counted, a duplicate or in conflict
is for the evaluator to say, which alone sees the log.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.admission import NOT_FOR_SUPPLIERS, NOT_YOUR_POLICY, Admission
from contracts.decoder import decode, policy_of
from contracts.errors import ContractError, Reason, Unavailable
from contracts.period import parse_period
from contracts.plan import Plan
from contracts.records import Enrolment, PeriodClosed, PlanRegistered, Record
from infra.postgres.engine import connected
from infra.postgres.plans import find_plans
from infra.postgres.registry import digests
from services.gateway.coverage import why_not_covered

_UNKNOWN_POLICY = (Reason("unknown_policy", "policy", "no plan of this policy is registered"),)
_ASK_AGAIN_S = 1.0
_ONLY_MARKERS = (Reason("wrong_type", "", 'expected a marker: {"period_closed": {"policy", "indicator", "period"}}'),)


@dataclass(frozen=True, slots=True)
class Checked:
    """A line with what the checks say.

    Attributes:
        number: Its place in the body, from 1.
        value: Its bytes.
        policy: The policy it names, where that could be read.
        reasons: Why it is refused; empty if it is not.
        is_covered: Whether the key with which it came covers the policy; not where no policy can be read.
    """

    number: int
    value: bytes
    policy: str | None
    reasons: tuple[Reason, ...]
    is_covered: bool = True

    def told(self, words: Callable[[tuple[Reason, ...]], tuple[Reason, ...]]) -> "Checked":
        """Return the same with its reasons in other words."""
        return replace(self, reasons=words(self.reasons))


class KnownPlans:
    """The registered plans, and the checks against them.

    Args:
        engine: Where plans are stored.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._digests: frozenset[str] = frozenset()
        self._versions: dict[str, list[_Version]] = {}
        self._refreshing = asyncio.Lock()
        self._was_read = False
        self._ask_again_at_s = float("-inf")

    async def refresh(self) -> None:
        """Learn of plans that were registered meanwhile; a store that does not answer is asked again a second later.

        Raises:
            Unavailable: If PostgreSQL does not answer and never did.
        """
        async with self._refreshing:
            if self._was_read and time.monotonic() < self._ask_again_at_s:
                return
            try:
                await self._read()
            except Unavailable:
                self._ask_again_at_s = time.monotonic() + _ASK_AGAIN_S
                if not self._was_read:
                    raise
            else:
                self._was_read = True

    async def _read(self) -> None:
        async with connected(self._engine) as connection:
            unknown = await digests(connection) - self._digests
            if unknown:
                self._learn(await find_plans(connection, unknown))

    def _learn(self, plans: Mapping[str, Plan]) -> None:
        self._digests |= plans.keys()
        for plan in plans.values():
            versions = self._versions.setdefault(plan.id, [])
            versions.append(_Version(plan, Admission(plan)))
            versions.sort(key=lambda each: each.plan.version, reverse=True)

    def check(self, number: int, value: bytes, *, now_ms: int, covered: Sequence[str] | None = None) -> Checked:
        """Return a line with every reason why it is refused.

        Args:
            number: Its place in the body, from 1.
            value: Its bytes.
            now_ms: When it arrived (ms since 1970, UTC).
            covered: The policies that the key with which it came covers; None for every policy.
        """
        try:
            record = decode(value)
        except ContractError as error:
            policy, reasons = policy_of(value), error.reasons
            denied = None if covered is None else why_not_covered(value, covered)
        else:
            policy = record.id if isinstance(record, PlanRegistered) else record.policy
            reasons = self._against_plan(record, now_ms)
            denied = None if covered is None or policy in covered else NOT_YOUR_POLICY
        if denied is None:
            return Checked(number, value, policy, reasons)
        return Checked(number, value, policy, (denied, *reasons), is_covered=False)

    def _against_plan(self, record: Record, now_ms: int) -> tuple[Reason, ...]:
        if isinstance(record, PlanRegistered | PeriodClosed):
            return NOT_FOR_SUPPLIERS
        versions = self._versions.get(record.policy)
        if versions is None:
            return _UNKNOWN_POLICY
        if isinstance(record, Enrolment):
            return _version_at(versions, record.start).enrolment(record, arrived_ms=now_ms)
        return _version_at(versions, record.period).observation(record, arrived_ms=now_ms)

    def marker(self, value: bytes) -> PeriodClosed:
        """Return the marker that the bytes hold.

        Raises:
            ContractError: If they hold another record, or one that does not fit the plan.
        """
        record = decode(value)
        if not isinstance(record, PeriodClosed):
            raise ContractError(_ONLY_MARKERS)
        versions = self._versions.get(record.policy)
        reasons = versions[0].admission.marker(record) if versions else _UNKNOWN_POLICY
        if reasons:
            raise ContractError(reasons)
        return record


@dataclass(frozen=True, slots=True)
class _Version:
    plan: Plan
    admission: Admission


def _version_at(versions: Sequence[_Version], period: str) -> Admission:
    """Return the check of the newest version in force at `period`; the first version's before any of them."""
    start = parse_period(period).start
    return next((each for each in versions if start >= each.plan.effective_from.start), versions[-1]).admission
