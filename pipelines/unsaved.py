"""Which parts of a policy's state must be written at the next checkpoint, and how they are read back.

Work and writes grow with what changed: an open look, an indicator's tracks, the counts of a look that closed.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from contracts.errors import LogBroken
from contracts.plan import Plan
from pipelines.cells import Counts, tables_of
from pipelines.changes import Block
from pipelines.looks import LookLabel
from pipelines.state import (
    StoredPolicy,
    pack,
    pack_counts,
    pack_look,
    pack_tracks,
    unpack,
    unpack_counts,
    unpack_look,
    unpack_tracks,
)

if TYPE_CHECKING:
    from pipelines.policy import Policy
    from pipelines.watched import Watched


class Unsaved:
    """Names of the changed blocks of one policy: `policy`, `open/<indicator>`, `tracks/<indicator>`, `counts/...`."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._counts: dict[str, bytes | None] = {}

    def note(self, name: str) -> None:
        """Note that a block changed."""
        self._names.add(name)

    def note_indicator(self, indicator: str) -> None:
        """Note that an indicator's open look and tracks changed."""
        self._names |= {f"open/{indicator}", f"tracks/{indicator}"}

    def add_counts(self, indicator: str, look_index: int, counts: Counts) -> None:
        """Note the counts of a look that closed; they are written once and never changed."""
        self._counts[_counts_name(indicator, look_index)] = pack_counts(counts)

    def drop_counts(self, indicator: str, n_looks: int) -> None:
        """Note that the counts of an indicator that is gone must go too, so that it can begin anew one day."""
        self._counts |= {_counts_name(indicator, look_index): None for look_index in range(1, n_looks + 1)}

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
    kind, indicator = name.split("/", 1)
    watched = policy.watched.get(indicator)
    if watched is None:
        return None
    return pack_look(watched.open) if kind == "open" else pack_tracks(watched.tracks)


def _stored_policy(policy: "Policy") -> StoredPolicy:
    lasts = {name: each.last for name, each in policy.watched.items()}
    last = {name: (each.label, each.index, each.offsets) for name, each in lasts.items() if each is not None}
    return StoredPolicy(policy.plan.sha256, tuple(each.sha256 for each in policy.pending), policy.closing, last)


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
    for name, data in sorted(blocks.items()):
        kind, _, rest = name.partition("/")
        indicator, _, look_index = rest.partition("/")
        watched = policy.watched.get(indicator)
        if watched is not None:
            _fill_block(watched, kind, data, plan=policy.plan, look_index=look_index)
    for indicator, last in stored.last.items():
        policy.watched[indicator].last = LookLabel(*last)
    policy.unsaved.clear()


def _fill_block(watched: "Watched", kind: str, data: bytes, *, plan: Plan, look_index: str) -> None:
    name = f"{plan.id}/{kind}/{watched.indicator.id}/{look_index}"
    if kind == "open":
        watched.open = unpack_look(data, name=name)
    elif kind == "tracks":
        watched.tracks = unpack_tracks(data, name=name)
    elif kind == "counts":
        counts = unpack_counts(data, name=name)
        watched.history.add(tables_of(counts, plan, watched.wiring), int(look_index))
