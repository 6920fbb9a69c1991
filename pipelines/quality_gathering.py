"""Gathering a partition's records into micro-batches: by policy, and by the version of the plan they fall under."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from contracts.decoder import decode, policy_of
from contracts.errors import ContractError, LogBroken
from contracts.events import DENIED_HEADER, REPLAY_HEADER, SUPPLIER_HEADER
from contracts.period import parse_period
from contracts.plan import Plan
from contracts.records import RECORD_BYTES, LogRecord, Observation, PeriodClosed, PlanRegistered, Record
from pipelines.quality_rows import Lot, Rows
from pipelines.quality_state import PolicyState
from pipelines.seals import Seals

Lots = dict[tuple[str, str], Lot]
"""Lots by policy and digest of the plan, in the order of their first record."""


class Gathering:
    """The records of one partition that wait to be checked.

    Args:
        next_offset: First record to read.
        states: What is known of each policy, by its id.
        plans: Every known plan by its digest; shared, and filled before records that name them are read.
        is_home: Says whether a policy lives here; records of others are sent home, and are read there.
        replays: Seals of records that are sent again, which were checked when they came first.
    """

    def __init__(
        self,
        next_offset: int,
        states: Mapping[str, PolicyState],
        plans: Mapping[str, Plan],
        is_home: Callable[[str], bool],
        replays: Seals,
    ) -> None:
        self.next_offset = next_offset
        self.n_waiting = 0
        self.states = dict(states)
        self._plans, self._is_home, self._replays = plans, is_home, replays
        self._versions = {policy: [plans[each] for each in state.plans] for policy, state in states.items()}
        self._registered: set[str] = set()
        self._lots: Lots = {}

    def read(self, records: Sequence[LogRecord]) -> int:
        """Read the records that start at `next_offset`; earlier ones are skipped. Returns the number read.

        Raises:
            LogBroken: If records are missing in between.
        """
        fresh = [record for record in records if record.offset >= self.next_offset]
        for record in fresh:
            if record.offset != self.next_offset:
                raise LogBroken(f"the log goes on at {record.offset}, where {self.next_offset} was expected")
            self._take(record)
            self.next_offset += 1
        self.n_waiting += len(fresh)
        return len(fresh)

    def cut(self) -> tuple[tuple[Lot, ...], frozenset[str]]:
        """Return what was gathered and the policies whose plans were registered in it, and begin anew."""
        lots, registered = tuple(self._lots.values()), frozenset(self._registered)
        self._lots, self.n_waiting = {}, 0
        self._registered.clear()
        for policy in registered:
            self.states.setdefault(policy, PolicyState()).plans = [each.sha256 for each in self._versions[policy]]
        return lots, registered

    def plan_of(self, policy: str) -> Plan:
        """Return the newest version of a policy that is known here."""
        return self._versions[policy][-1]

    def _take(self, record: LogRecord) -> None:
        headers = dict(record.headers)
        if DENIED_HEADER in headers:  # of a policy that its sender has no say in
            return
        content = _content(record)
        if isinstance(content, PlanRegistered):
            self._register(content)
        elif self._is_replay(record, headers):
            return
        elif content is None:
            self._unread(record)
        elif isinstance(content, Observation):
            self._observed(record, content.policy, content)
        elif isinstance(content, PeriodClosed) and SUPPLIER_HEADER not in headers:
            for lot in self._open(content.policy, record, content.period):
                lot.mark(record, content)

    def _is_replay(self, record: LogRecord, headers: Mapping[str, bytes]) -> bool:
        name = headers.get(REPLAY_HEADER)
        return name is not None and self._replays.opened(name, "", value=record.value) is not None

    def _unread(self, record: LogRecord) -> None:
        policy = policy_of(record.value)
        if policy is not None:
            self._observed(record, policy, None)

    def _register(self, content: PlanRegistered) -> None:
        plan = self._plans.get(content.sha256)
        if plan is None or plan.id != content.id or not self._is_home(plan.id):
            return
        known = self._versions.setdefault(plan.id, [])
        if plan.version == len(known) + 1:
            known.append(plan)
            self._registered.add(plan.id)

    def _observed(self, record: LogRecord, policy: str, content: Observation | None) -> None:
        for lot in self._open(policy, record, None if content is None else content.period):
            supplier = dict(record.headers).get(SUPPLIER_HEADER)
            lot.add(record, content, None if supplier is None else supplier.decode(errors="replace"))

    def _open(self, policy: str, record: LogRecord, period: str | None) -> Iterator[Lot]:
        """Yield the lot that a record belongs to; nothing where the policy is not known here."""
        if not self._versions.get(policy) or not self._is_home(policy):
            return
        plan = self._governing(policy, period)
        key = (policy, plan.sha256)
        if key not in self._lots:
            self._lots[key] = Lot(plan, Rows(plan), record.offset, record.offset)
        yield self._lots[key]

    def _governing(self, policy: str, period: str | None) -> Plan:
        """Return the version that a record of this period falls under; without a period the one counted under."""
        versions = self._versions[policy]
        if period is None:
            counted = self.states[policy].version if policy in self.states else 0
            return versions[max(1, counted) - 1]
        with suppress(ValueError):
            start = parse_period(period).start
            return next((each for each in reversed(versions) if each.effective_from.start <= start), versions[0])
        return versions[0]


def _content(record: LogRecord) -> Record | None:
    """Return what a record says; None where it breaks its contract."""
    try:
        return decode(record.value) if record.n_bytes <= RECORD_BYTES else None
    except ContractError:
        return None
