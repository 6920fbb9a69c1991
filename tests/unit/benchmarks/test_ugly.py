"""What breaks validity does so when it is counted naively, and not with the cure."""

import numpy as np
import pytest

from benchmarks import ugly

UNHARMED = "split 1:1"  # means of sides of equal size keep their level without a gate too
CURED = [case for case in ugly.cases() if UNHARMED not in case.name and any(way.is_cure for way in case.ways)]


def test_every_situation_is_shown_naively_counted():
    assert all(any(way.kind != "cure" for way in case.ways) for case in ugly.cases())


@pytest.mark.parametrize("case", CURED, ids=lambda case: case.name)
def test_a_cure_raises_fewer_false_alarms_than_naive_counting(case):
    """100 seeded runs a way; a cure at 5 % passes 12 in 100 once in 700 times."""
    shares = {way.is_cure: [] for way in case.ways}
    for way in case.ways:
        shares[way.is_cure].append(way.of(100, np.random.default_rng(4)).mean())
    assert max(shares[True]) <= 0.12
    assert min(shares[False]) > max(shares[True])
