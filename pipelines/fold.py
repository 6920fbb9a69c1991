"""The fold: a partition's records in their order, and everything that is concluded from them.

The live evaluator and an offline replay call the same `Partition.apply`; any chunking gives the same results.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from contracts.admission import NOT_FOR_SUPPLIERS, NOT_YOUR_POLICY
from contracts.codes import INTERNAL_ERROR
from contracts.decoder import decode, policy_of
from contracts.errors import ContractError, LogBroken, Reason
from contracts.events import DENIED_HEADER, ORIGIN_HEADER, REPLAY_HEADER, SUPPLIER_HEADER, LookClosed, PlanAccepted
from contracts.period import Grain, parse_period
from contracts.plan import Plan
from contracts.records import RECORD_BYTES, Enrolment, LogRecord, Observation, PeriodClosed, PlanRegistered, Record
from pipelines.accounts import Accounts
from pipelines.changes import Block, Changes, Outcome, Quarantined, Replayed, Rerouted, Segment, Tally
from pipelines.intake import CLUSTER_CLOSED, DUPLICATE, Counted, Enrolled, Identity, Intake, Refusal
from pipelines.origins import Origins
from pipelines.policy import Policy
from pipelines.seals import REPLAYS, Seals
from pipelines.unsaved import fill, read_versions

__all__ = [
    "Block",
    "Changes",
    "Partition",
    "Quarantined",
    "Replayed",
    "Rerouted",
    "Segment",
    "Tally",
    "plans_named",
]

_UNKNOWN_POLICY = (Reason("unknown_policy", "policy", "no plan of this policy was registered before this record"),)

_SET_ASIDE = ContractError([Reason(INTERNAL_ERROR, "", "set aside unread, because reading it stopped the stream")])

_OF_PARTITION = ""
"""Policy of the blocks that belong to the partition itself."""


class Partition:
    """The state of one partition of the observations topic.

    Args:
        next_offset: First record to apply.
        ledger_key: Key of the ledger's hash, the same for the life of an installation.
        index: Number of the partition; None for a file, where every policy is at home.
        home: Gives the partition that is a policy's home, by its id; asked only where `index` is given.
        set_aside: Offsets of records that are quarantined unread, because reading them stopped the stream.
    """

    def __init__(
        self,
        *,
        next_offset: int,
        ledger_key: bytes,
        index: int | None = None,
        home: Callable[[str], int] | None = None,
        set_aside: Collection[int] = (),
    ) -> None:
        self.next_offset = next_offset
        self.policies: dict[str, Policy] = {}
        self._index = index
        self._home = home
        self._set_aside = set_aside
        self._intake = Intake(ledger_key)
        self._origins = Origins(ledger_key)
        self._replays = Seals(ledger_key, purpose=REPLAYS)
        self._changes = Changes(next_offset, next_offset)
        self._accounts = Accounts()
        self._has_new_rules = False

    # State

    def restore(self, blocks: Iterable[Block], segments: Iterable[Segment], plans: Mapping[str, Plan]) -> None:
        """Load what checkpoints stored; `plans` holds every plan by its digest.

        Raises:
            LogBroken: If a block is damaged, not of this format, or names an unknown plan.
        """
        by_policy: dict[str, dict[str, bytes]] = {}
        for block in blocks:
            by_policy.setdefault(block.policy, {})[block.name] = block.data or b""
        self._origins.load(by_policy.pop(_OF_PARTITION, {}))
        for policy_id, stored in by_policy.items():
            versions, plan = read_versions(stored, plans, policy=policy_id)
            self.policies[policy_id] = Policy(plan)
            fill(self.policies[policy_id], versions, stored, plans)
        self._intake.load(segments)

    def take_changes(self) -> Changes | None:
        """Return what changed since the last call, None if nothing was applied; clears the marks."""
        changes = self._changes
        if changes.expected == self.next_offset and not changes.closings:
            return None
        changes.next_offset = self.next_offset
        for policy in self.policies.values():
            changes.blocks += policy.unsaved.take(policy)
        if (origins := self._origins.take()) is not None:
            changes.blocks.append(Block(_OF_PARTITION, "origins", origins))
        changes.segments = self._intake.take_segments()
        changes.tallies = self._accounts.tallies()
        changes.deliveries = list(self._accounts.deliveries())
        self._accounts = Accounts()
        self._changes = Changes(self.next_offset, self.next_offset)
        return changes

    # Records

    def apply(self, records: Sequence[LogRecord], plans: Mapping[str, Plan]) -> int:
        """Fold the records that start at `next_offset`; earlier ones are skipped. Returns the number applied.

        Raises:
            LogBroken: If the first record lies above `next_offset`, or the records have a gap.
        """
        run = self._run_of(records)
        contents = [_SET_ASIDE if record.offset in self._set_aside else _decoded(record) for record in run]
        identities = self._intake.identify(contents, self._grain_of)
        for place, (record, content) in enumerate(zip(run, contents, strict=True)):
            self._take(record, content, identities[place], plans)
            self.next_offset = record.offset + 1
            if self._has_new_rules:  # what a unit is recognised by may have changed
                self._has_new_rules = False
                identities[place + 1 :] = self._intake.identify(contents[place + 1 :], self._grain_of)
        self._intake.settle()
        return len(run)

    def close_open_looks(self) -> None:
        """Close every look that is open, as markers for all policies would (the end of a replay)."""
        for policy in self.policies.values():
            self._closed(policy, policy.close_all(None, at_ms=None, marked=True))

    def _grain_of(self, policy_id: str, period: str) -> Grain | None:
        policy = self.policies.get(policy_id)
        plan = policy.plan_for(period) if policy is not None else None
        return plan.look.grain if plan is not None and plan.measured == "repeatedly" else None

    def _run_of(self, records: Sequence[LogRecord]) -> Sequence[LogRecord]:
        if not records or records[-1].offset < self.next_offset:
            return ()
        first, last = records[0].offset, records[-1].offset
        if first > self.next_offset or last - first + 1 != len(records):
            raise LogBroken(
                f"partition {self._index}: wanted the records from offset {self.next_offset} on, without gaps; "
                f"got {len(records)} records from {first} to {last}"
            )
        return records[self.next_offset - first :] if first < self.next_offset else records

    def _take(
        self,
        record: LogRecord,
        content: Record | ContractError,
        identity: Identity | None,
        plans: Mapping[str, Plan],
    ) -> None:
        """Apply one record: send it home, or account for it once as counted, duplicate or quarantined."""
        headers = dict(record.headers)
        if isinstance(content, ContractError):
            denied = (NOT_YOUR_POLICY,) if DENIED_HEADER in headers else ()
            self._account(record, policy_of(record.value), headers, (*denied, *content.reasons))
            return
        policy_id = content.id if isinstance(content, PlanRegistered) else content.policy
        if DENIED_HEADER in headers:
            self._account(record, policy_id, headers, (NOT_YOUR_POLICY,))
            return
        if self._home is not None and self._index is not None and (home := self._home(policy_id)) != self._index:
            origin = self._origins.sealed(policy_id, self._index, record.offset, record.value)
            self._changes.rerouted.append(Rerouted(record, policy_id, home, origin))
        elif ORIGIN_HEADER not in headers or self._origins.is_new(policy_id, headers[ORIGIN_HEADER], record.value):
            outcome = (
                self._outcome(record, content, headers, plans)
                if identity is None
                else self._unit_outcome(record, content, identity)
            )
            period = content.period if isinstance(content, Observation) else None
            self._account(record, policy_id, headers, outcome, period=period)

    def _outcome(
        self, record: LogRecord, content: Record, headers: Mapping[str, bytes], plans: Mapping[str, Plan]
    ) -> Refusal | str:
        """Apply a record that is about no unit; returns why it is refused, `duplicate`, or nothing."""
        if SUPPLIER_HEADER in headers:
            return NOT_FOR_SUPPLIERS
        if isinstance(content, PlanRegistered):
            return self._registered(record, content, plans)
        if isinstance(content, PeriodClosed) and (policy := self.policies.get(content.policy)) is not None:
            return self._marked(policy, record, content)
        return _UNKNOWN_POLICY

    def _unit_outcome(self, record: LogRecord, content: Record, identity: Identity) -> Refusal | str:
        """Apply an observation or an enrolment; returns why it is refused, `duplicate`, or nothing."""
        if isinstance(content, Observation) and (policy := self.policies.get(content.policy)) is not None:
            return self._observed(policy, record, content, identity)
        if isinstance(content, Enrolment) and (policy := self.policies.get(content.policy)) is not None:
            return self._enrolled(policy, record, content, identity)
        return _UNKNOWN_POLICY

    def _enrolled(self, policy: Policy, record: LogRecord, content: Enrolment, identity: Identity) -> Refusal | str:
        verdict = self._intake.enrolment(policy, content, identity, arrived_ms=record.timestamp_ms)
        if not isinstance(verdict, Enrolled):
            return verdict
        reported, contributed, at_ms = verdict.reported, verdict.contributed, record.timestamp_ms
        closings = policy.enrol(content, reported=reported, contributed=contributed, offset=record.offset, at_ms=at_ms)
        self._closed(policy, closings)
        return ()

    def _observed(self, policy: Policy, record: LogRecord, content: Observation, identity: Identity) -> Refusal | str:
        verdict = self._intake.observation(policy, content, identity, arrived_ms=record.timestamp_ms)
        if not isinstance(verdict, Counted):
            if verdict == (CLUSTER_CLOSED,):
                self._returned(policy, record, content)
            return verdict
        self._has_new_rules |= verdict.plan is not policy.plan
        period, at_ms = verdict.period, record.timestamp_ms
        self._closed(policy, policy.make_way(content.indicator, period, plan=verdict.plan, at_ms=at_ms))
        if reasons := self._intake.cluster_closed(identity, policy.plan):  # perhaps by the look that just closed
            self._returned(policy, record, content)
            return reasons
        start = self._intake.start_of(identity)
        self._closed(policy, policy.count(content, period, start=start, offset=record.offset, at_ms=at_ms))
        self._intake.add(identity)
        return ()

    def _returned(self, policy: Policy, record: LogRecord, content: Observation) -> None:
        """Take what closes because a cluster returned."""
        self._closed(policy, policy.note_return(content, offset=record.offset, at_ms=record.timestamp_ms))

    def _closed(self, policy: Policy, closings: Iterable[LookClosed]) -> None:
        """Take looks that closed, and the clusters that contributed to them."""
        self._changes.closings += closings
        for indicator, cluster in policy.closed_clusters:
            self._intake.close_cluster(policy.plan.id, indicator, cluster)
        policy.closed_clusters.clear()

    def _marked(self, policy: Policy, record: LogRecord, content: PeriodClosed) -> Refusal:
        if reasons := policy.admission.marker(content):
            return reasons
        period = parse_period(content.period) if content.period is not None else None
        closings = policy.close_all(period, at_ms=record.timestamp_ms, only=content.indicator, marked=True)
        self._closed(policy, closings)
        return ()

    def _registered(self, record: LogRecord, content: PlanRegistered, plans: Mapping[str, Plan]) -> Refusal | str:
        plan = plans.get(content.sha256)
        if plan is None or (plan.id, plan.version) != (content.id, content.version):
            message = f"no stored plan {content.id}, version {content.version}, has this digest"
            return (Reason("unknown_plan", "sha256", message),)
        policy = self.policies.get(plan.id)
        if policy is None:
            self.policies[plan.id] = Policy(plan)
        elif plan.sha256 == policy.newest.sha256:
            return DUPLICATE
        elif plan.version != policy.newest.version + 1:
            message = f"version {plan.version} does not follow {policy.newest.version}, the newest registered"
            return (Reason("plan_out_of_order", "version", message),)
        else:
            policy.register(plan)
        self._has_new_rules = True
        self._changes.accepted.append(_accepted(plan, record.offset))
        return ()

    def _account(
        self,
        record: LogRecord,
        policy_id: str | None,
        headers: Mapping[str, bytes],
        outcome: Refusal | str,
        *,
        period: str | None = None,
    ) -> None:
        account = self._accounts.of(policy_id if policy_id in self.policies else None, headers)
        became: Outcome = "counted" if not outcome else "duplicate" if isinstance(outcome, str) else "refused"
        account.add(became, period)
        reasons = () if isinstance(outcome, str) else outcome
        supplier = headers[SUPPLIER_HEADER].decode(errors="replace") if SUPPLIER_HEADER in headers else None
        if REPLAY_HEADER in headers and (first := self._replays.opened(headers[REPLAY_HEADER], "", value=record.value)):
            account.again += 1
            self._changes.replayed.append(Replayed(*first, record, policy_id, supplier, became, reasons))
            return
        account.arrived_ms = record.timestamp_ms
        if became == "refused":
            self._changes.quarantined.append(Quarantined(record, policy_id, supplier, reasons))


def _accepted(plan: Plan, offset: int) -> PlanAccepted:
    return PlanAccepted(policy=plan.id, plan_version=plan.version, plan_sha256=plan.sha256, offset=offset)


def _decoded(record: LogRecord) -> Record | ContractError:
    """Return the record's content, or why it has none; a fault of ours about one record is a reason too."""
    if (n_bytes := record.n_bytes) > RECORD_BYTES:
        return ContractError(
            [Reason("too_long", "", f"the record has {n_bytes:,} bytes; allowed are {RECORD_BYTES:,}")]
        )
    try:
        return decode(record.value)
    except ContractError as error:
        return error
    except Exception as error:  # noqa: BLE001  (the stream goes on; the record is kept with this reason)
        return ContractError([Reason(INTERNAL_ERROR, "", f"{type(error).__name__} while the record was decoded")])


def plans_named(records: Sequence[LogRecord]) -> set[str]:
    """Return the digests that registrations among the records name, so that their plans can be fetched first."""
    return set(_digests(records))


def _digests(records: Sequence[LogRecord]) -> Iterator[str]:
    for record in records:
        if b"plan_registered" in record.value:
            content = _decoded(record)
            if isinstance(content, PlanRegistered):
                yield content.sha256
