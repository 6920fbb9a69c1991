"""Suppliers on the page of the data: what became of what each delivered, why it was refused, and with which key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from infra.postgres.supplier_board import Delivered, InQuarantine, LastRefusal, ReasonCount
from infra.postgres.suppliers import StoredKey, Supplier

Standing = Literal["paused", "refused", "mended", "accepted", "nothing"]
_WORST_FIRST: tuple[Standing, ...] = ("paused", "refused", "mended", "accepted", "nothing")


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """What became of a supplier's records of one policy.

    Attributes:
        supplier: '' for whoever sends straight to Kafka.
        policy: '' where none that is registered could be read, None of a supplier that delivered nothing.
        delivered, quarantine: The counts; None where there are none.
        is_paused: Whether signals are paused because of what it delivered.
    """

    supplier: str
    policy: str | None
    delivered: Delivered | None = None
    quarantine: InQuarantine | None = None
    is_paused: bool = False

    @property
    def n_open(self) -> int:
        """Refused records that were neither counted nor a duplicate since."""
        return 0 if self.quarantine is None else self.quarantine.open

    @property
    def accepted(self) -> float | None:
        """Share of the records received that was accepted; None before the first."""
        if self.delivered is None or not self.delivered.received:
            return None
        return (self.delivered.counted + self.delivered.duplicate) / self.delivered.received

    @property
    def standing(self) -> Standing:
        """How it stands, in one word."""
        if self.is_paused:
            return "paused"
        if self.n_open:
            return "refused"
        if self.delivered is None:
            return "nothing"
        return "mended" if self.delivered.quarantined else "accepted"


@dataclass(slots=True)
class SupplierFacts:
    """What is known of a supplier beside its counts: the keys that open the gateway, and its last refusal."""

    supplier: str
    keys: tuple[StoredKey, ...] = ()
    last_refusal: LastRefusal | None = None
    sent_again: list[InQuarantine] = field(default_factory=list)

    @property
    def n_sent_again(self) -> int:
        """Records that were sent again."""
        return sum(each.sent_again for each in self.sent_again)

    @property
    def n_counted_again(self) -> int:
        """Those of them that were counted."""
        return sum(each.counted_again for each in self.sent_again)

    @property
    def n_duplicate_again(self) -> int:
        """Those of them that were a duplicate."""
        return sum(each.duplicate_again for each in self.sent_again)

    @property
    def n_refused_again(self) -> int:
        """Those of them that were refused again."""
        return sum(each.refused_again for each in self.sent_again)

    @property
    def last_sent_at(self) -> datetime | None:
        """When the last was sent again."""
        times = [each.last_sent_at for each in self.sent_again if each.last_sent_at is not None]
        return max(times, default=None)


def supplier_lines(
    delivered: Iterable[Delivered],
    quarantine: Iterable[InQuarantine],
    registered: Mapping[str, Supplier],
    *,
    policies: frozenset[str],
    paused: frozenset[tuple[str, str]],
) -> tuple[SupplierLine, ...]:
    """Return a line for each supplier and policy, the worst first; suppliers that delivered nothing are last.

    Args:
        delivered: What became of all records.
        quarantine: How refused ones stand, `merged`.
        registered: Suppliers with keys.
        policies: Policies on the page; what names none of them is '', so that no text of a record becomes a name.
        paused: Suppliers and policies whose signals are paused.
    """
    held = {(each.supplier, each.policy): each for each in quarantine}
    lines = [
        SupplierLine(each.supplier, each.policy, each, held.get(name), name in paused)
        for each in delivered
        for name in [(each.supplier, each.policy)]
    ]
    known = {each.supplier for each in lines}
    lines += [SupplierLine(each.name, None) for each in registered.values() if _is_awaited(each, known, policies)]
    return tuple(sorted(lines, key=_worst_first))


def _is_awaited(supplier: Supplier, known: set[str], policies: frozenset[str]) -> bool:
    may = supplier.policies is None or not policies or bool(policies.intersection(supplier.policies))
    return may and not supplier.is_team and supplier.name not in known


def _worst_first(line: SupplierLine) -> tuple[int, float, str, str]:
    accepted = 1.0 if line.accepted is None else line.accepted
    return _WORST_FIRST.index(line.standing), accepted, line.supplier, line.policy or ""


def merged(quarantine: Iterable[InQuarantine], policies: frozenset[str]) -> tuple[InQuarantine, ...]:
    """Return the counts with every policy that is not registered as ''."""
    found: dict[tuple[str, str], InQuarantine] = {}
    for each in quarantine:
        policy = each.policy if each.policy in policies else ""
        known = found.get((each.supplier, policy))
        found[each.supplier, policy] = replace(each, policy=policy) if known is None else _together(known, each)
    return tuple(found.values())


def _together(first: InQuarantine, second: InQuarantine) -> InQuarantine:
    oldest = [each.oldest_open_at for each in (first, second) if each.oldest_open_at is not None]
    latest = [each.last_sent_at for each in (first, second) if each.last_sent_at is not None]
    return InQuarantine(
        first.supplier,
        first.policy,
        refused=first.refused + second.refused,
        open=first.open + second.open,
        oldest_open_at=min(oldest, default=None),
        sent_again=first.sent_again + second.sent_again,
        counted_again=first.counted_again + second.counted_again,
        duplicate_again=first.duplicate_again + second.duplicate_again,
        refused_again=first.refused_again + second.refused_again,
        last_sent_at=max(latest, default=None),
    )


def supplier_facts(
    names: Iterable[str],
    keys: Sequence[StoredKey],
    refusals: Mapping[str, LastRefusal],
    quarantine: Iterable[InQuarantine],
    *,
    now: datetime,
) -> tuple[SupplierFacts, ...]:
    """Return what is known of each supplier beside its counts, in the order given.

    Args:
        names: Which suppliers.
        keys: All keys; those that no longer open the gateway are left out.
        refusals: The last refusal of each that has one.
        quarantine: What was sent again.
        now: The present, aware.
    """
    held = list(quarantine)
    return tuple(
        SupplierFacts(
            name,
            tuple(each for each in keys if each.supplier == name and each.is_valid(now)),
            refusals.get(name),
            [each for each in held if each.supplier == name and each.sent_again],
        )
        for name in dict.fromkeys(names)
    )


def reasons_together(reasons: Iterable[ReasonCount], policies: frozenset[str]) -> tuple[ReasonCount, ...]:
    """Return the counts with every policy that is not registered as '', the most frequent first."""
    found: dict[tuple[str, str, str, str], ReasonCount] = {}
    for each in reasons:
        policy = each.policy if each.policy in policies else ""
        name = (each.supplier, policy, each.code, each.place)
        known = found.get(name, replace(each, policy=policy, n=0))
        found[name] = replace(
            known,
            n=known.n + each.n,
            oldest_at=min(known.oldest_at, each.oldest_at),
            newest_at=max(known.newest_at, each.newest_at),
        )
    return tuple(sorted(found.values(), key=lambda each: -each.n))
