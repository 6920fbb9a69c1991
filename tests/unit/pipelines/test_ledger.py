"""The ledger finds what was added, wherever it lies, and survives storage."""

import numpy as np
import pytest

from contracts.errors import LogBroken
from pipelines.ledger import Ledger, entry_key, fingerprint


def keys(count: int, start: int = 0) -> list[bytes]:
    return [entry_key(b"key", "policy", str(number)) for number in range(start, start + count)]


def test_entries_are_found_before_and_after_sealing():
    ledger, wanted = Ledger(np.uint32), keys(1000)
    for number, key in enumerate(wanted[:500]):
        ledger.add(key, number)
    assert ledger.recent(wanted[7]) == 7
    ledger.seal()
    assert ledger.recent(wanted[7]) is None
    known = ledger.known(wanted)
    assert known == {key: number for number, key in enumerate(wanted[:500])}


def test_a_later_entry_replaces_the_earlier_one_in_every_run():
    ledger, wanted = Ledger(np.uint64), keys(50)
    for value in (1, 2, 3):
        for key in wanted:
            ledger.add(key, value)
        ledger.seal()
    assert set(ledger.known(wanted).values()) == {3}
    assert len(ledger) == 50


def test_runs_of_like_size_are_merged_so_that_few_remain():
    ledger = Ledger(np.uint32)
    for start in range(0, 6400, 100):
        for key in keys(100, start):
            ledger.add(key, start)
        ledger.seal()
    assert len(ledger) == 6400
    assert len(ledger._runs) <= 7


def test_stored_segments_restore_the_ledger():
    ledger, wanted = Ledger(np.uint32), keys(300)
    segments = []
    for number, key in enumerate(wanted):
        ledger.add(key, number)
        if number % 100 == 99:
            segments.append(ledger.take_segment())
    restored = Ledger(np.uint32)
    restored.load(segments)
    assert restored.known(wanted) == {key: number for number, key in enumerate(wanted)}
    assert ledger.take_segment() == b""


def test_a_damaged_segment_is_refused():
    with pytest.raises(LogBroken, match="no whole number of entries"):
        Ledger(np.uint32).load([b"\x00" * 19])


def test_the_key_of_the_hash_matters_and_parts_are_kept_apart():
    assert entry_key(b"one", "a", "b") != entry_key(b"two", "a", "b")
    assert entry_key(b"one", "ab", "c") != entry_key(b"one", "a", "bc")


def test_fingerprints_tell_content_apart():
    assert fingerprint(1.0, "a", None) == fingerprint(1.0, "a", None)
    assert fingerprint(1.0, "a", None) != fingerprint(0.0, "a", None)
