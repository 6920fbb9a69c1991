"""Which rerouted records have arrived, so that one the relay sends twice is accounted for once.

Records of one policy from one partition come in the order of their offsets, so the last one tells.
"""

from collections.abc import Mapping

from contracts.errors import LogBroken
from pipelines.state import pack, unpack

MOST = 10_000
"""Senders with a deviating partitioner are few; beyond this number the longest silent is forgotten."""


class Origins:
    """Last offset that arrived, per policy and partition of origin."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._changed = False

    def is_new(self, policy: str, origin: bytes) -> bool:
        """Say whether a record from `origin` (`partition:offset`) has not arrived before, and note it.

        Raises:
            LogBroken: If the header is not of that form; only the relay writes it.
        """
        try:
            partition, offset = (int(part) for part in origin.split(b":"))
        except ValueError as error:
            raise LogBroken(f"origin {origin[:40]!r} is not `partition:offset`") from error
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
