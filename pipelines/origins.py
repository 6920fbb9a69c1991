"""Which rerouted records have arrived, so that one the relay sends twice is accounted for once.

Records of one policy from one partition come in the order of their offsets, so the last one tells. What is not sealed
by us is no origin, and the record is taken like any other.
"""

from collections.abc import Mapping

from pipelines.seals import Seals
from pipelines.state import pack, unpack

MOST = 10_000
"""Senders with a deviating partitioner are few; beyond this number the longest silent is forgotten."""


class Origins:
    """Last offset that arrived, per policy and partition of origin.

    Args:
        key: Key of the seals, the same for the life of an installation.
    """

    def __init__(self, key: bytes) -> None:
        self._seals = Seals(key, purpose=b"leerlus-origin")
        self._last: dict[str, int] = {}
        self._changed = False

    def sealed(self, policy: str, partition: int, offset: int, value: bytes) -> bytes:
        """Return the origin of a record that is sent home: `partition:offset:seal`."""
        return self._seals.sealed(policy, partition, offset, value=value)

    def is_new(self, policy: str, origin: bytes, value: bytes) -> bool:
        """Say whether a record with this origin has not arrived before, and note it; one not sealed by us is new."""
        found = self._seals.opened(origin, policy, value=value)
        if found is None:
            return True
        partition, offset = found
        name = f"{policy}/{partition}"
        if self._last.get(name, -1) >= offset:
            return False
        self._last.pop(name, None)
        self._last[name] = offset
        self._changed = True
        if len(self._last) > MOST:
            del self._last[next(iter(self._last))]
        return True

    def load(self, blocks: Mapping[str, bytes]) -> None:
        """Load what `take` returned."""
        if "origins" in blocks:
            self._last = unpack(blocks["origins"], dict[str, int], name="origins")

    def take(self) -> bytes | None:
        """Return the stored form if it changed since the last call."""
        changed, self._changed = self._changed, False
        return pack(self._last) if changed else None
