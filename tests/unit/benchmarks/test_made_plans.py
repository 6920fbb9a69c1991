"""Plans of any size can be read, and their records count."""

import numpy as np
import pytest

from benchmarks.made_plans import MONTHS, Size, made_plan, made_records
from pipelines.replay import replay


@pytest.mark.parametrize("size", [Size(1, 2, 1), Size(3, 4, 2)])
def test_every_record_counts_and_every_month_closes_both_outcomes(size):
    records = list(made_records(size, 480, one_month=False, rng=np.random.default_rng(1)))
    found = replay(made_plan(size), records)
    assert (found.tally.received, found.tally.counted) == (480, 480)
    assert len(found.closings) == 2 * MONTHS


def test_records_of_one_month_close_nothing():
    size = Size(2, 2, 1)
    records = made_records(size, 100, one_month=True, rng=np.random.default_rng(1))
    found = replay(made_plan(size), records, keep_open=True)
    assert (found.tally.counted, len(found.closings)) == (100, 0)


def test_a_larger_plan_has_more_rows():
    rows = []
    for size in (Size(1, 2, 1), Size(2, 4, 2)):
        records = made_records(size, 480, one_month=False, rng=np.random.default_rng(1))
        rows.append(len(replay(made_plan(size), list(records)).rows))
    assert rows[0] < rows[1]
