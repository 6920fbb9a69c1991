"""Which parts of a policy's state must be written at the next checkpoint, and how they are read back.

Work and writes grow with what changed: an open look, an indicator's tracks, the counts of a look that closed.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from contracts.errors import LogBroken
from contracts.plan import Plan
from pipelines.cells import Counts
from pipelines.changes import Block
from pipelines.looks import LookLabel
from pipelines.state import (
    StoredEnrolled,
    StoredPolicy,
    fill_together,
    pack,
    pack_counts,
    pack_expected,
    pack_look,
    pack_together,
    pack_tracks,
    pack_waiting,
    unpack,
    unpack_counts,
    unpack_expected,
    unpack_look,
    unpack_tracks,
    unpack_waiting,
)
from pipelines.watched import recall

if TYPE_CHECKING:
    from pipelines.policy import Policy
    from pipelines.watched import Watched


class Unsaved:
    """Names of the changed blocks of one policy.

    They are `policy`, `together`, `enrolled`, and `open`, `tracks`, `waiting`, `expected` and `counts` by indicator.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._counts: dict[str, bytes | None] = {}

    def note(self, name: str) -> None:
        """Note that a block changed."""
        self._names.add(name)

    def note_indicator(self, indicator: str) -> None:
        """Note that an indicator's open look and tracks changed."""
        self._names |= {f"open/{indicator}", f"tracks/{indicator}"}

    def forget(self, indicator: str, n_looks: int) -> None:
        """Note that an indicator is gone, or begins anew: nothing of it may come back when it is read again."""
        self._names |= {f"{kind}/{indicator}" for kind in _PACKED}
        self._counts |= {_counts_name(indicator, look_index): None for look_index in range(1, n_looks + 1)}

    def add_counts(self, indicator: str, look_index: int, counts: Counts) -> None:
        """Note the counts of a look that closed; they are written once and never changed."""
        self._counts[_counts_name(indicator, look_index)] = pack_counts(counts)

    def clear(self) -> None:
        """Forget all marks: the state is as it was stored."""
        self._names, self._counts = set(), {}

    def take(self, policy: "Policy") -> list[Block]:
        """Return the changed blocks and forget the marks; blocks of indicators that are gone have no data."""
        blocks = [Block(policy.plan.id, name, _packed(policy, name)) for name in sorted(self._names)]
        blocks += [Block(policy.plan.id, name, data) for name, data in self._counts.items()]
        self.clear()
        return blocks


def _counts_name(indicator: str, look_index: int) -> str:
    return f"counts/{indicator}/{look_index:08}"


def _packed(policy: "Policy", name: str) -> bytes | None:
    """Return the stored form of one block, None if its indicator is gone."""
    if name == "policy":
        return pack(_stored_policy(policy))
    if name == "together":
        return pack_together(policy.together)
    if name == "enrolled":
        return pack(StoredEnrolled(policy.enrolled, policy.cluster_starts))
    kind, indicator = name.split("/", 1)
    watched = policy.watched.get(indicator)
    return None if watched is None else _PACKED[kind](watched)


_PACKED: dict[str, Callable[["Watched"], bytes]] = {
    "open": lambda watched: pack_look(watched.open),
    "tracks": lambda watched: pack_tracks(watched.tracks),
    "waiting": lambda watched: pack_waiting(watched.waiting),
    "expected": lambda watched: pack_expected(watched.expected),
}


def _stored_policy(policy: "Policy") -> StoredPolicy:
    lasts = {name: each.last for name, each in policy.watched.items()}
    last = {name: (each.label, each.index, each.offsets) for name, each in lasts.items() if each is not None}
    pending = tuple(each.sha256 for each in policy.pending)
    began = {region: day.toordinal() for region, day in policy.began.items()}
    return StoredPolicy(policy.plan.sha256, pending, policy.closing, last, began)


def read_versions(blocks: Mapping[str, bytes], plans: Mapping[str, Plan], *, policy: str) -> tuple[StoredPolicy, Plan]:
    """Return the stored versions of a policy and the plan in force.

    Raises:
        LogBroken: If the block is missing, damaged, or names a plan that is not stored.
    """
    if "policy" not in blocks:
        raise LogBroken(f"the stored state of policy {policy} has no block `policy`; it holds {sorted(blocks)}")
    stored = unpack(blocks["policy"], StoredPolicy, name=f"{policy}/policy")
    missing = [sha for sha in (stored.sha256, *stored.pending) if sha not in plans]
    if missing:
        raise LogBroken(f"the stored state of policy {policy} names plans that are not stored: {', '.join(missing)}")
    return stored, plans[stored.sha256]


def fill(policy: "Policy", stored: StoredPolicy, blocks: Mapping[str, bytes], plans: Mapping[str, Plan]) -> None:
    """Put stored state into a policy that was just made from its plan in force."""
    policy.pending = [plans[sha] for sha in stored.pending]
    policy.closing = stored.closing
    policy.began = {region: date.fromordinal(day) for region, day in stored.began.items()}
    if "together" in blocks:
        fill_together(policy.together, blocks["together"], name=f"{policy.plan.id}/together")
    if "enrolled" in blocks:
        enrolled = unpack(blocks["enrolled"], StoredEnrolled, name=f"{policy.plan.id}/enrolled")
        policy.enrolled, policy.cluster_starts = enrolled.arms, enrolled.cluster_starts
    for name, data in sorted(blocks.items()):
        kind, _, rest = name.partition("/")
        indicator, _, look_index = rest.partition("/")
        watched = policy.watched.get(indicator)
        if watched is not None:
            _fill_block(watched, kind, data, plan=policy.plan, look_index=look_index)
    for watched in policy.watched.values():
        watched.profiles.rebuild(watched.history, watched.tracks)
    for indicator, last in stored.last.items():
        policy.watched[indicator].last = LookLabel(*last)
    policy.unsaved.clear()


def _fill_block(watched: "Watched", kind: str, data: bytes, *, plan: Plan, look_index: str) -> None:
    name = f"{plan.id}/{kind}/{watched.indicator.id}/{look_index}"
    if kind == "open":
        watched.open = unpack_look(data, name=name)
    elif kind == "tracks":
        watched.tracks = unpack_tracks(data, name=name)
    elif kind == "waiting":
        watched.waiting = unpack_waiting(data, name=name)
    elif kind == "expected":
        watched.expected = unpack_expected(data, name=name)
    elif kind == "counts":
        recall(watched, unpack_counts(data, name=name), int(look_index), plan=plan)
