"""The National Supported Work trial: the published figures by hand, and a monitor that does not cry wolf.

Published: Dehejia and Wahba (1999), Journal of the American Statistical Association 94, with the error of equal
variances.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from causaldata import nsw_mixtape
from scipy.stats import norm

from contracts.plan_reader import read_plan
from examples.nsw.make import records
from pipelines.replay import replay

FOLDER = Path(__file__).parents[3] / "examples" / "nsw"
PLAN = read_plan((FOLDER / "plan.yaml").read_text(encoding="utf-8"))


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


def test_the_prepared_observations_are_what_the_script_makes_of_the_data():
    assert (FOLDER / "observations.ndjson").read_bytes().splitlines() == list(records())


def test_those_with_a_degree_are_too_few_to_say_whether_training_divides():
    """97 of them: under the gate of 100 a side, so no divergence and no differing effects, whatever their earnings."""
    between = [row for row in replay(PLAN, records()).rows if row.claim in {"divergence", "effects_differ"}]
    assert between
    assert {row.state for row in between} == {"too_early"}


def test_the_evidence_at_every_look_follows_from_the_means_of_the_looks_by_hand():
    people = [(each["arm"], each["value"]) for each in map(json.loads, records())]
    looks = [people[start : start + 25] for start in range(0, len(people), 25)]
    rows = [
        row for row in replay(PLAN, records()).rows if (row.claim, row.group, row.region) == ("effect", "all", "all")
    ]
    watched = [row for row in rows if row.state == "watching"]
    assert [row.look_index for row in watched] == list(range(10, 19))
    for row in watched:
        expected = by_hand(looks[: row.look_index], tau=1000.0)
        np.testing.assert_allclose((row.estimate, row.log_e_better, row.log_e_worse), expected, rtol=1e-9)


def by_hand(looks, *, tau):
    """Return the difference inside looks, and log e towards better and worse."""
    weights, differences, variances = [], [], []
    for look in looks:
        a, b = (np.array([value for arm, value in look if arm == name]) for name in ("control", "training"))
        weights.append(len(a) * len(b) / len(look))
        differences.append(b.mean() - a.mean())
        variances.append(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    w, d, v = map(np.array, (weights, differences, variances))
    estimate, variance = w @ d / w.sum(), w**2 @ v / w.sum() ** 2
    return (estimate, log_e(estimate, variance, tau), log_e(-estimate, variance, tau))


def log_e(estimate, variance, tau):
    wide = variance + tau**2
    z = tau * estimate / np.sqrt(variance * wide)
    return np.log(2) + 0.5 * np.log(variance / wide) + z**2 / 2 + norm.logcdf(z)
