"""The resume audit with its labels permuted: chance alone alarms in about 4 % of permutations, pair by pair."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks import resume_audit
from pipelines.evidence.counts import log_e_counts

OBSERVATIONS = Path(__file__).parents[3] / "examples" / "resume" / "observations.ndjson"
BETS = np.array([0.3, 0.5, 0.8, 1.2])
N_PERMUTATIONS = 1000


@pytest.fixture(scope="module")
def audit():
    """Whether each application was called back, and whether it bears a black name, in the order of the file."""
    found = [json.loads(line) for line in OBSERVATIONS.read_text().splitlines()]
    return np.array([each["value"] for each in found]), np.array([bool(each["groups"]) for each in found])


def most(n):
    """More alarms than this happen once in a thousand suites if the true share is 5 %."""
    return binom.ppf(0.999, n, 0.05)


@pytest.mark.parametrize("bets", [-BETS, np.concatenate((-BETS, BETS))], ids=["worse", "both"])
def test_pair_by_pair_permuted_labels_alarm_in_about_four_percent(audit, bets):
    called, black = audit
    rng = np.random.default_rng(2001)
    alarms = sum(ever_past_twenty(called, rng.permutation(black), bets) for _ in range(N_PERMUTATIONS))
    assert 0.02 * N_PERMUTATIONS < alarms <= most(N_PERMUTATIONS)
    assert ever_past_twenty(called, black, bets)


def ever_past_twenty(called, black, bets):
    """Say whether the mean of the bets passes 20 at any pair, the nth of one name with the nth of the other."""
    a, b = called[~black], called[black]
    possible = log_e_counts([1, 1, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1], [0, 1, 0, 1], bets=bets, log_or_0=0.0)
    return bool((np.exp(possible[2 * a + b].cumsum(axis=0)).mean(axis=1) >= 20).any())


def test_the_four_possible_pairs_have_the_evidence_that_two_coins_give():
    """Only a pair of which one is called says anything: the odds that it is the black name are exp(bet)."""
    found = log_e_counts([1, 1, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1], [0, 1, 0, 1], bets=BETS, log_or_0=0.0)
    half = np.log((1 + np.exp(BETS)) / 2)
    np.testing.assert_allclose(found, [0 * BETS, BETS - half, -half, 0 * BETS], rtol=0, atol=1e-12)


def test_in_looks_of_fifty_inside_cities_permuted_labels_alarm_in_at_most_five_percent():
    """One row, and the families of the plan; the true labels alarm in both."""
    found = resume_audit.read_audit()
    drawn = resume_audit.permuted(found, 400, np.random.default_rng(2002))
    evidence = resume_audit.paths(found, np.concatenate((drawn, found.watched[None])))
    for alarms in (resume_audit.alarms_of_one_row(evidence), resume_audit.alarms_of_families(evidence)):
        assert alarms[:-1, -1].sum() <= most(400)
        assert alarms[-1, -1]
