"""The National Supported Work trial: the published figures by hand, and a monitor that does not cry wolf.

Published: Dehejia and Wahba (1999), Journal of the American Statistical Association 94, with the error of equal
variances.
"""

from pathlib import Path

import numpy as np
import pytest
from causaldata import nsw_mixtape

from contracts.plan_reader import read_plan
from examples.nsw.make import records
from pipelines.replay import replay

PLAN = read_plan((Path(__file__).parents[3] / "examples" / "nsw" / "plan.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def earnings():
    data = nsw_mixtape.load_pandas().data
    return [data[data["treat"] == side]["re78"].to_numpy() for side in (0, 1)]


def test_training_raised_earnings_by_1794_633(earnings):
    control, trained = earnings
    n = len(control) + len(trained)
    pooled = sum(((side - side.mean()) ** 2).sum() for side in earnings) / (n - 2)
    error = np.sqrt(pooled * (1 / len(control) + 1 / len(trained)))
    assert (round(trained.mean() - control.mean()), round(error), n) == (1794, 633, 445)


@pytest.mark.parametrize("seed", [1978, *range(9)])
def test_a_monitor_that_looks_at_any_time_does_not_alert_at_445_people(seed):
    """In the order of the example, and in nine others."""
    found = replay(PLAN, records(seed))
    assert (found.tally.counted, found.tally.quarantined) == (445, 0)
    assert not any(row.stands for row in found.rows)
    last = next(row for row in reversed(found.rows) if (row.claim, row.group, row.region) == ("effect", "all", "all"))
    assert (last.n_a, last.n_b) == (260, 185)
    assert last.lower < 0 < last.upper
    assert last.lower < 1794 < last.upper
