"""The ledger: which units were counted, and with what content. It makes repetition harmless.

An entry is a keyed 128-bit hash of what is counted once and a payload that tells equal content from other content.
New entries wait in a dictionary until they are sealed into sorted runs, where one takes as many bytes as in storage: 16
and its payload (4 for a counted unit, 8 for an enrolment).
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from zlib import crc32

import numpy as np
import numpy.typing as npt

from contracts.errors import LogBroken

SEAL_AT = 200_000
"""Entries that may wait in the dictionary before they are sealed into a run."""

_KEY = np.dtype([("high", ">u8"), ("low", ">u8")])


def entry_key(key: bytes, *parts: str) -> bytes:
    """Return the keyed 128-bit hash of `parts`, which are kept apart by a unit separator."""
    return blake2b("\x1f".join(parts).encode(), digest_size=16, key=key).digest()


def fingerprint(*parts: object) -> int:
    """Return a 32-bit fingerprint of `parts`; equal content gives equal fingerprints on every machine."""
    return crc32("\x1f".join(map(str, parts)).encode())


class Ledger:
    """Payloads by 16-byte key; a later entry of the same key replaces the earlier one.

    Args:
        payload: Unsigned numpy type of the payload; its size is part of the stored format.
    """

    def __init__(self, payload: npt.DTypeLike) -> None:
        self._stored = np.dtype([("key", _KEY), ("payload", np.dtype(payload).newbyteorder(">"))])
        self._runs: list[npt.NDArray[np.void]] = []
        self._recent: dict[bytes, int] = {}
        self._unsaved: list[bytes] = []
        self._width = self._stored["payload"].itemsize

    def __len__(self) -> int:
        return len(self._recent) + sum(len(run) for run in self._runs)

    def known(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Return the payloads of those keys that lie in sealed runs.

        Called once for many records; what was added since is found by `recent`.
        """
        found: dict[bytes, int] = {}
        if not self._runs or not keys:
            return found
        wanted = np.frombuffer(b"".join(keys), dtype=_KEY)
        for run in self._runs:  # from old to new: the newest entry wins
            found.update(self._in_run(run, wanted, keys))
        return found

    @staticmethod
    def _in_run(
        run: npt.NDArray[np.void], wanted: npt.NDArray[np.void], keys: Sequence[bytes]
    ) -> Iterable[tuple[bytes, int]]:
        """Yield (key, payload) of the wanted keys in one run, which is sorted by `high`, then `low`."""
        high = run["key"]["high"]
        left = np.searchsorted(high, wanted["high"], side="left")
        inside = np.flatnonzero(left < len(run))
        candidates = inside[high[left[inside]] == wanted["high"][inside]]
        for at in candidates.tolist():
            place = int(left[at])
            while place < len(run) and high[place] == wanted["high"][at]:
                if run["key"]["low"][place] == wanted["low"][at]:
                    yield keys[at], int(run["payload"][place])
                    break
                place += 1

    def recent(self, key: bytes) -> int | None:
        """Return the payload of an entry that was not sealed yet, or None."""
        return self._recent.get(key)

    def add(self, key: bytes, payload: int) -> None:
        """Add an entry, or replace the one with this key."""
        self._recent[key] = payload
        self._unsaved.append(key + payload.to_bytes(self._width, "big"))

    def take_segment(self) -> bytes:
        """Return the entries added since the last call, for storage."""
        segment = b"".join(self._unsaved)
        self._unsaved.clear()
        return segment

    def settle(self) -> None:
        """Seal when many entries wait."""
        if len(self._recent) >= SEAL_AT:
            self.seal()

    def seal(self) -> None:
        """Move the waiting entries into a sorted run; runs of like size are merged, so that few remain."""
        if not self._recent:
            return
        data = b"".join(key + payload.to_bytes(self._width, "big") for key, payload in self._recent.items())
        self._push(np.frombuffer(data, dtype=self._stored))
        self._recent = {}

    def load(self, segments: Iterable[bytes]) -> None:
        """Add stored segments, in the order in which they were taken.

        Raises:
            LogBroken: If a segment is no whole number of entries.
        """
        data = b"".join(segments)
        if len(data) % self._stored.itemsize:
            raise LogBroken(
                f"a ledger of {len(data)} bytes is no whole number of entries of {self._stored.itemsize} bytes: "
                "the stored ledger is damaged or of another format"
            )
        if data:
            self._push(np.frombuffer(data, dtype=self._stored))

    def _push(self, entries: npt.NDArray[np.void]) -> None:
        run = _sorted_newest(entries)
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = _sorted_newest(np.concatenate([self._runs.pop(), run]))
        self._runs.append(run)


def _sorted_newest(entries: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return the entries sorted by key, of equal keys only the last."""
    keys = entries["key"]
    order = np.lexsort((keys["low"], keys["high"]))  # stable: equal keys keep their order
    run = entries[order]
    last = np.ones(len(run), dtype=bool)
    last[:-1] = run["key"][1:] != run["key"][:-1]
    return run[last]
