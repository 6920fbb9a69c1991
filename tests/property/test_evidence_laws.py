"""Laws of the evidence that hold for every table, bet and order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, logsumexp

from pipelines.evidence.counts import log_e_counts, log_partition
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.intervals import odds_ratio_intervals
from pipelines.evidence.multiplicity import e_bh

BETS = np.array([0.3, 0.5, 0.8, 1.2])

log_odds = st.floats(-3.0, 3.0).map(lambda x: round(x, 3))
bet = st.sampled_from(np.concatenate((BETS, -BETS)).tolist())


@st.composite
def tables(draw, most=60):
    """One table of counts, any skew."""
    n_a, n_b = draw(st.integers(0, most)), draw(st.integers(0, most))
    return n_a, draw(st.integers(0, n_a)), n_b, draw(st.integers(0, n_b))


def columns(table):
    return [np.array([count]) for count in table]


def all_tables(table):
    """Every table with the same margins, and the log number of ways to make it."""
    n_a, k_a, n_b, k_b = table
    k = k_a + k_b
    j = np.arange(max(0, k - n_a), min(k, n_b) + 1)
    ways = log_choose(n_a, k - j) + log_choose(n_b, j)
    return (np.full_like(j, n_a), k - j, np.full_like(j, n_b), j), ways


def log_choose(n, k):
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


@given(tables(), bet, log_odds, st.floats(0.0, 3.0))
def test_an_e_value_averages_at_most_one_wherever_nothing_is_wrong(table, distance, log_or_0, further):
    same_margins, ways = all_tables(table)
    log_e = log_e_counts(*same_margins, bets=[distance], log_or_0=log_or_0)[:, 0]
    for log_or, limit in ((log_or_0, 1e-12), (log_or_0 - np.sign(distance) * further, 1e-12)):
        log_p = ways + log_or * same_margins[3]
        assert logsumexp(log_e + log_p) - logsumexp(log_p) <= limit


@given(tables(), bet, log_odds)
def test_an_e_value_averages_exactly_one_at_the_null(table, distance, log_or_0):
    same_margins, ways = all_tables(table)
    log_e = log_e_counts(*same_margins, bets=[distance], log_or_0=log_or_0)[:, 0]
    log_p = ways + log_or_0 * same_margins[3]
    assert abs(logsumexp(log_e + log_p) - logsumexp(log_p)) < 1e-12


@given(tables(most=3_000), bet, log_odds)
def test_exchanging_the_cells_reverses_bet_and_null(table, distance, log_or_0):
    n_a, k_a, n_b, k_b = columns(table)
    found = log_e_counts(n_a, k_a, n_b, k_b, bets=[distance], log_or_0=log_or_0)
    mirrored = log_e_counts(n_b, k_b, n_a, k_a, bets=[-distance], log_or_0=-log_or_0)
    np.testing.assert_allclose(mirrored, found, rtol=1e-9, atol=1e-11)


@given(tables(most=3_000), bet, log_odds)
def test_counting_what_did_not_happen_reverses_bet_and_null(table, distance, log_or_0):
    n_a, k_a, n_b, k_b = columns(table)
    found = log_e_counts(n_a, k_a, n_b, k_b, bets=[distance], log_or_0=log_or_0)
    mirrored = log_e_counts(n_a, n_a - k_a, n_b, n_b - k_b, bets=[-distance], log_or_0=-log_or_0)
    np.testing.assert_allclose(mirrored, found, rtol=1e-9, atol=1e-11)


@given(tables(most=500), log_odds, st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_bets_in_two_steps_earn_as_much_as_in_one(table, log_or_0, first, second):
    """From the null to a middle and from the middle onwards is the whole way."""
    whole = log_e_counts(*columns(table), bets=[first + second], log_or_0=log_or_0)
    steps = log_e_counts(*columns(table), bets=[first], log_or_0=log_or_0)
    steps = steps + log_e_counts(*columns(table), bets=[second], log_or_0=log_or_0 + first)
    np.testing.assert_allclose(steps, whole, rtol=1e-9, atol=1e-10)


@given(st.lists(tables(most=200), min_size=1, max_size=30), log_odds)
def test_tables_do_not_influence_each_other(many, log_or_0):
    together = log_e_counts(*np.array(many).T, bets=BETS, log_or_0=log_or_0)
    alone = [log_e_counts(*columns(table), bets=BETS, log_or_0=log_or_0)[0] for table in many]
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-12)


@given(st.integers(0, 300), st.integers(0, 300), st.data())
def test_the_partition_sum_is_convex_in_the_log_odds_ratio(n_a, n_b, data):
    k = data.draw(st.integers(0, n_a + n_b))
    log_z = log_partition(n_a, n_b, k, np.linspace(-6.0, 6.0, 25))
    assert (np.diff(log_z, n=2) >= -1e-11 * np.abs(log_z).max()).all()


@settings(max_examples=60)
@given(st.lists(tables(most=80), min_size=1, max_size=12), st.floats(0.01, 0.5))
def test_the_interval_holds_what_the_evidence_does_not_speak_against(many, alpha):
    row = np.zeros(len(many), dtype=int)
    (lower,), (upper,) = odds_ratio_intervals(*np.array(many).T, row=row, n_rows=1, bets=BETS, alpha=alpha)
    for sign, bound in ((1.0, lower), (-1.0, upper)):
        if np.isnan(bound):
            assert log_mean_e(many, -sign * 40.0, sign=sign) <= np.log(2 / alpha) + 1e-9
        else:
            at_bound = log_mean_e(many, np.log(bound), sign=sign)
            assert abs(at_bound - np.log(2 / alpha)) < 1e-9
            assert log_mean_e(many, np.log(bound) - sign * 0.1, sign=sign) >= at_bound
            assert log_mean_e(many, np.log(bound) + sign * 0.1, sign=sign) <= at_bound


def log_mean_e(many, log_or_0, *, sign):
    return average_bets(log_e_counts(*np.array(many).T, bets=sign * BETS, log_or_0=log_or_0).sum(axis=0))


@given(st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=40))
def test_a_detector_is_never_below_the_e_process_of_any_start(log_l):
    log_m = np.array(-np.inf)
    for step in log_l:
        log_m = detect(log_m, np.array(step))
    from_each_start = np.cumsum(log_l[::-1])
    assert log_m >= from_each_start.max() - 1e-9
    assert log_m <= from_each_start.max() + np.log(len(log_l)) + 1e-9


@given(st.lists(st.floats(-5.0, 12.0), max_size=25), st.floats(0.01, 0.3), st.integers(0, 20))
def test_more_evidence_never_rejects_less(log_e, alpha, more):
    m = max(len(log_e) + more, 1)
    before = e_bh(log_e, alpha=alpha, m=m)
    after = e_bh(np.array(log_e) + 0.5, alpha=alpha, m=m)
    assert (after | ~before).all()
