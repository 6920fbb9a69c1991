"""The resume audit through the fold equals a computation that shares nothing with it but the data."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

from contracts.plan_reader import read_plan
from pipelines.replay import replay

RESUME = Path(__file__).parents[3] / "examples" / "resume"
BETS = -np.array([0.3, 0.5, 0.8, 1.2])


@pytest.fixture(scope="module")
def values() -> list[bytes]:
    return (RESUME / "observations.ndjson").read_bytes().splitlines()


@pytest.fixture(scope="module")
def rows(values):
    plan = read_plan((RESUME / "plan.yaml").read_text())
    return replay(plan, values).rows


@pytest.fixture(scope="module")
def oracle(values):
    """Cumulative (log e, log detector) per look of 50 records, cities as strata: scipy alone."""
    people = [(each["region"], bool(each["groups"]), int(each["value"])) for each in map(json.loads, values)]
    log_e, log_m, found = np.zeros(4), np.full(4, -np.inf), []
    for start in range(0, len(people), 50):
        look, step = people[start : start + 50], np.zeros(4)
        for city in ("Boston", "Chicago"):
            a = [value for region, black, value in look if region == city and not black]
            b = [value for region, black, value in look if region == city and black]
            if a and b:
                step += log_e_of(len(a), len(b), sum(a) + sum(b), sum(b))
        log_e, log_m = log_e + step, step + np.logaddexp(0, log_m)
        found.append((logsumexp(log_e) - np.log(4), logsumexp(log_m) - np.log(4)))
    return np.array(found)


def log_e_of(n_a, n_b, k, k_b):
    j = np.arange(max(0, k - n_a), min(k, n_b) + 1)
    log_c = gammaln([n_a + 1]) - gammaln(k - j + 1) - gammaln(n_a - k + j + 1)
    log_c = log_c + gammaln([n_b + 1]) - gammaln(j + 1) - gammaln(n_b - j + 1)
    return np.array([bet * k_b - logsumexp(log_c + bet * j) + logsumexp(log_c) for bet in BETS])


def pooled(rows):
    return [row for row in rows if row.region == "all"]


def test_there_are_98_looks_and_the_last_has_the_published_counts(rows):
    last = pooled(rows)[-1]
    assert [row.look_index for row in pooled(rows)] == list(range(1, 99))
    assert (last.n_a, last.k_a, last.n_b, last.k_b) == (2435, 235, 2435, 157)


def test_every_look_equals_the_oracle(rows, oracle):
    found = [(row.log_e_worse, row.log_detector_worse) for row in pooled(rows)]
    np.testing.assert_allclose(found, oracle, rtol=0, atol=1e-9)
    assert found[-1][0] == pytest.approx(8.3581, abs=5e-5)


def test_evidence_crosses_20_at_look_18_stands_from_look_19_and_the_detector_alarms_at_look_24(rows):
    def first(says):
        return next(row.look_index for row in pooled(rows) if says(row))

    assert first(lambda row: row.log_e_worse >= np.log(20)) == 18
    assert first(lambda row: row.stands == "worse") == 19
    assert first(lambda row: row.log_detector_worse >= np.log(10_000)) == 24


@pytest.mark.parametrize(("city", "rate_a", "rate_b"), [("Chicago", 8.06, 5.40), ("Boston", 11.63, 7.76)])
def test_the_cities_have_the_published_rates(rows, city, rate_a, rate_b):
    last = [row for row in rows if row.region == city][-1]
    assert round(100 * last.k_a / last.n_a, 2) == rate_a
    assert round(100 * last.k_b / last.n_b, 2) == rate_b
