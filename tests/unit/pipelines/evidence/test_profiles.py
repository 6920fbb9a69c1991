"""Profiles answer for every odds ratio of the grid what an exact sum for each of them would."""

import numpy as np
import pytest

from contracts.errors import StatisticsError
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.profiles import (
    Grid,
    log_e_above,
    log_e_below,
    profile_terms,
    smallest_mean,
    smallest_product,
)

BETS = (0.3, 0.5, 0.8, 1.2)
GRID = Grid.of(BETS)
TABLES = {
    "small": (20, 5, 20, 9),
    "skewed": (10_000, 900, 10, 3),
    "skewed the other way": (10, 1, 10_000, 4_000),
    "rare": (60_000, 3, 500, 2),
    "large": (5_000, 1_500, 5_000, 1_650),
    "millions": (4_000_000, 80_000, 3_000_000, 65_000),
    "one side empty": (0, 0, 30, 7),
    "no events": (40, 0, 30, 0),
    "only events": (4, 4, 3, 3),
}


def columns(*tables):
    return [np.array(column) for column in zip(*tables, strict=True)]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("direction", "sign"), [(log_e_above, 1.0), (log_e_below, -1.0)])
def test_equals_the_exact_evidence_at_every_theta(name, direction, sign):
    found = direction(*profile_terms(*columns(TABLES[name]), grid=GRID), grid=GRID)[0]
    many = [np.full(len(GRID.thetas), count) for count in TABLES[name]]
    exact = average_bets(log_e_counts(*many, bets=sign * np.array(BETS), log_or_0=GRID.thetas))
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-9)


def test_equals_sums_of_many_digits(oracles):
    found = log_e_above(*profile_terms(*columns((300, 40, 200, 33)), grid=Grid.of([0.5])), grid=Grid.of([0.5]))
    for step, theta in ((0, -3.0), (150, 0.0), (163, 0.26), (300, 3.0)):
        exact = oracles.log_e(300, 40, 200, 33, bet=0.5, log_or_0=theta)
        assert found[0, step] == pytest.approx(exact, rel=1e-11, abs=1e-11)


def test_the_grid_is_the_one_that_is_written_down():
    assert GRID.thetas.tolist() == [step / 50 for step in range(-150, 151)]
    assert (GRID.points.min(), GRID.points.max()) == (pytest.approx(-4.2, rel=1e-3), pytest.approx(4.2, rel=1e-3))
    assert len(GRID.points) < 60


def test_a_shift_moves_the_question():
    """Forgiving a factor exp(0.4) at theta is asking without it at theta + 0.4."""
    plain = log_e_above(*profile_terms(*columns((90, 30, 80, 41)), grid=GRID), grid=GRID)
    moved = log_e_above(*profile_terms(*columns((90, 30, 80, 41)), grid=GRID, shift=0.4), grid=GRID)
    np.testing.assert_allclose(moved[:, :-20], plain[:, 20:], rtol=1e-11, atol=1e-11)


def test_equal_tables_get_equal_terms_wherever_they_stand():
    profile, excess = profile_terms(*columns((90, 30, 80, 41), (9, 3, 8, 4), (90, 31, 80, 40)), grid=GRID)
    np.testing.assert_array_equal(profile[0], profile[2])
    assert excess[0] == excess[2] + 1.0


def test_no_tables_give_no_terms_and_a_row_without_tables_no_evidence():
    profile, excess = profile_terms(*(np.zeros(0, dtype=int),) * 4, grid=GRID)
    assert (profile.shape, excess.shape) == ((0, len(GRID.points)), (0,))
    row = profile.sum(axis=0, keepdims=True), excess.sum(keepdims=True)
    assert not log_e_above(*row, grid=GRID).any()


def test_the_product_takes_the_first_factor_at_the_right_end_and_the_second_at_the_left():
    above, below = np.array([[9.0, 4.0, 1.0]]), np.array([[0.0, 3.0, 7.0]])
    assert smallest_product(above, below).tolist() == [min(4.0 + 0.0, 1.0 + 3.0)]
    assert smallest_mean(above, below) == pytest.approx(np.log((np.e**1 + np.e**3) / 2))


def test_the_minimum_inside_an_interval_is_never_below_what_is_claimed():
    """The true minimum over 16 times as many thetas lies above the claim, and near it."""
    rest, group = profile_terms(*columns((400, 80, 400, 130), (300, 90, 300, 70)), grid=GRID)
    pieces = [(rest[each : each + 1], group[each : each + 1]) for each in (0, 1)]
    claimed = smallest_product(log_e_above(*pieces[0], grid=GRID), log_e_below(*pieces[1], grid=GRID))[0]
    thetas = np.linspace(-3.0, 3.0, 16 * 300 + 1)
    first, second = ([np.full(len(thetas), n) for n in t] for t in ((400, 80, 400, 130), (300, 90, 300, 70)))
    above = average_bets(log_e_counts(*first, bets=np.array(BETS), log_or_0=thetas))
    below = average_bets(log_e_counts(*second, bets=-np.array(BETS), log_or_0=thetas))
    true = (above + below).min()
    assert true - 0.4 < claimed <= true
    assert claimed > 3.0


@pytest.mark.parametrize("bets", [[0.3, 0.25], [0.0], [-0.3]])
def test_a_bet_off_the_grid_is_refused(bets):
    with pytest.raises(StatisticsError, match="positive multiple"):
        Grid.of(bets)


def test_what_does_not_fit_is_refused():
    with pytest.raises(StatisticsError, match="excess \\(3,\\)"):
        log_e_above(np.zeros((2, len(GRID.points))), np.zeros(3), grid=GRID)
    with pytest.raises(StatisticsError, match="at least two thetas"):
        smallest_product(np.zeros((2, 1)), np.zeros((2, 1)))
    with pytest.raises(StatisticsError, match="shift is nan"):
        profile_terms(*columns((3, 1, 3, 1)), grid=GRID, shift=float("nan"))
    with pytest.raises(StatisticsError, match="above n_a"):
        profile_terms(*columns((3, 4, 3, 1)), grid=GRID)
