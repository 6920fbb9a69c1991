"""Equal rows are found, whether their numbers are close together, far apart or too large for one key."""

import numpy as np
import pytest

from pipelines.evidence.distinct import distinct


@pytest.mark.parametrize("largest", [1, 9, 5_000, 10_000_000, 2**62])
@pytest.mark.parametrize("n_columns", [1, 3, 4])
def test_kinds_rebuild_the_columns_and_are_as_few_as_can_be(largest, n_columns):
    rng = np.random.default_rng(n_columns)
    pool = rng.integers(-largest // 2, largest // 2 + 1, size=(n_columns, 40))
    columns = pool[:, rng.integers(0, 40, 1_000)]
    rows, kinds = distinct(*columns)
    np.testing.assert_array_equal(columns[:, rows][:, kinds], columns)
    assert len(rows) == np.unique(columns, axis=1).shape[1]


def test_no_rows_have_no_kinds():
    rows, kinds = distinct(np.zeros(0, dtype=np.int64))
    assert rows.shape == kinds.shape == (0,)
