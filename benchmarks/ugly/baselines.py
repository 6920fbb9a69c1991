"""A gap that was there before anybody looked, and means of skewed or rare outcomes."""

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.ugly.cases import (
    ALPHA,
    BETS,
    Alarms,
    Case,
    Counts,
    Floats,
    cure,
    ever,
    ever_lower,
    limit,
    naive,
    product,
)
from pipelines.evidence.means import log_e_means, mean_difference_terms
from pipelines.evidence.profiles import Grid, log_e_above, log_e_below, profile_terms, smallest_product

LOOKS, N_A, N_B = 60, 90, 40
GAP = float(np.log(0.7))
GATE_PEOPLE, GATE_EVENTS = 100, 10
RARE = 0.05
NORMAL, LOGNORMAL, SHARES = "normal outcomes", "lognormal outcomes", "5 % shares"


def cases() -> list[Case]:
    """Return ignored and estimated baselines, and means with and without their gate."""
    return [
        Case(
            "a gap of odds ratio 0.7 that was there at the start",
            (naive("held against no gap", partial(_gap, 0.0)), cure("declared as the baseline", partial(_gap, GAP))),
        ),
        Case(
            "a baseline estimated from the time before",
            (
                naive("its estimate plugged in", _plugged_in),
                cure("evidence over all it may have been", _over_all),
            ),
        ),
        *(
            _case_of_means(kind, split, sizes)
            for kind in (NORMAL, LOGNORMAL, SHARES)
            for split, sizes in (("1:1", (10, 10)), ("9:1", (18, 2)), ("19:1", (38, 2)))
        ),
        _case_of_skewed_means(),
    ]


def _case_of_means(kind: str, split: str, sizes: tuple[int, int]) -> Case:
    gate = f"behind {GATE_PEOPLE} people{f' and {GATE_EVENTS} events' if kind == SHARES else ''} a side"
    return Case(
        f"means of {kind}, split {split}",
        (
            naive("without a gate", partial(_means, kind, sizes, gate=1)),
            cure(gate, partial(_means, kind, sizes, gate=GATE_PEOPLE)),
        ),
    )


def _case_of_skewed_means() -> Case:
    """Return a skewness of 6 with 90 and 10 people a look: the rarer side meets its large values late."""
    sizes = (90, 10)
    return Case(
        f"means of {LOGNORMAL}, 90 and 10 people a look, towards lower alone at 1 / alpha",
        tuple(
            limit(f"behind {people} people a side", partial(_means, LOGNORMAL, sizes, gate=people, alarm=ever_lower))
            for people in (GATE_PEOPLE, 2 * GATE_PEOPLE, 4 * GATE_PEOPLE)
        ),
    )


def _events(n_runs: int, rng: np.random.Generator, looks: int = LOOKS) -> list[Counts]:
    base = -1.0 + 0.5 * np.sin(2.0 * np.pi * np.arange(looks) / 12)
    return [
        rng.binomial(n, 1.0 / (1.0 + np.exp(-(base + gap))), (n_runs, looks)) for n, gap in ((N_A, 0.0), (N_B, GAP))
    ]


def _gap(null: float, n_runs: int, rng: np.random.Generator) -> Alarms:
    k_a, k_b = _events(n_runs, rng)
    return ever(product(N_A, k_a, N_B, k_b, log_or_0=null))


def _plugged_in(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Hold what comes after against the estimate of what was before, as if it were known."""
    alarms = np.zeros(n_runs, dtype=bool)
    for run in range(n_runs):
        k_a, k_b = _events(1, rng, looks=12)
        columns = [each.astype(np.int64) for each in (np.full(12, N_A), k_a[0], np.full(12, N_B), k_b[0])]
        odds = (columns[3] * (N_A - columns[1])).sum() / (columns[1] * (N_B - columns[3])).sum()
        bound = np.log(odds)
        k_a, k_b = _events(1, rng)
        log_e = product(N_A, k_a, N_B, k_b, log_or_0=float(bound))
        alarms[run] = bool((log_e[..., 0] >= np.log(1.0 / ALPHA)).any())
    return alarms


def _over_all(n_runs: int, rng: np.random.Generator) -> Alarms:
    grid, alarms = Grid.of(BETS), np.zeros(n_runs, dtype=bool)
    for run in range(n_runs):
        k_a, k_b = _events(1, rng, looks=12)
        before, excess = profile_terms(np.full(12, N_A), k_a[0], np.full(12, N_B), k_b[0], grid=grid)
        above = log_e_above(before.sum(axis=0)[None], excess.sum()[None], grid=grid)
        k_a, k_b = _events(1, rng)
        after, excess = profile_terms(np.full(LOOKS, N_A), k_a[0], np.full(LOOKS, N_B), k_b[0], grid=grid)
        below = log_e_below(after.cumsum(axis=0), excess.cumsum(), grid=grid)
        log_e = smallest_product(np.broadcast_to(above, below.shape), below)
        alarms[run] = bool((log_e >= np.log(1.0 / ALPHA)).any())
    return alarms


def _means(
    kind: str,
    sizes: tuple[int, int],
    n_runs: int,
    rng: np.random.Generator,
    *,
    gate: int,
    alarm: Callable[[Floats], Alarms] = ever,
) -> Alarms:
    """Watch the difference of means over looks, from so many people a side on."""
    looks = 120
    sides = [_outcomes(kind, (n_runs, looks, n), rng) for n in sizes]
    sums = _cumulated(sides)
    log_e = np.stack([log_e_means(*sums, tau=0.2, null=0.0, sign=sign) for sign in (-1.0, 1.0)], axis=-1)
    is_open = np.broadcast_to(np.arange(1, looks + 1) * min(sizes) >= gate, (n_runs, looks))
    if kind == SHARES and gate > 1:
        events = np.minimum(*(side.sum(axis=2).cumsum(axis=1) for side in sides))
        is_open = is_open & (events >= GATE_EVENTS)
    return alarm(np.where(is_open[..., None], log_e, 0.0))


def _outcomes(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    if kind == SHARES:
        return (rng.random(shape) < RARE).astype(np.float64)
    values = rng.standard_normal(shape)
    return np.exp(values) if kind == LOGNORMAL else values


def _cumulated(sides: list[Floats]) -> tuple[Floats, Floats, Floats]:
    """Return the sums over looks of the terms of the difference; shape (runs, looks) each."""
    columns: list[Floats] = []
    for side in sides:
        mean = side.mean(axis=2)
        columns += [
            np.full(mean.size, side.shape[2]),
            mean.ravel(),
            ((side - mean[..., None]) ** 2).sum(axis=2).ravel(),
        ]
    terms = mean_difference_terms(*columns).reshape(*sides[0].shape[:2], 3).cumsum(axis=1)
    return terms[..., 0], terms[..., 1], terms[..., 2]
