"""Records that come late: in one arm, or depending on what they report; and regions that move by themselves."""

import numpy as np
from scipy.signal import lfilter

from benchmarks.ugly.cases import Alarms, Case, Counts, cure, ever, naive, product
from pipelines.evidence.means import log_e_means

MONTHS, ENTRANTS, SHARE, LAG = 36, 30, 0.3, 2
MATURITY = 6


def cases() -> list[Case]:
    """Return reporting lags and autocorrelated regions."""
    return [
        Case(
            f"outcome reported {LAG} months later in one arm, events as they happen",
            (naive("counted as it comes in", _as_it_comes), cure("counted at a fixed maturity", _at_maturity)),
        ),
        Case(
            "lateness that depends on the outcome, arms staggered, base rate by season",
            (naive("counted by month of arrival", _by_arrival), cure("own period in the stratum", _by_own_period)),
        ),
        Case("monthly regional series, AR(1) = 0.6", (naive("months counted as independent", _regions),)),
    ]


def _as_it_comes(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Count an event in its month and its absence at the end; one arm reports both later."""
    columns = []
    for lag in (0, LAG):
        events = rng.binomial(ENTRANTS, SHARE, (n_runs, MONTHS))
        people, k = np.zeros((n_runs, MONTHS), dtype=np.int64), np.zeros((n_runs, MONTHS), dtype=np.int64)
        for month in range(MONTHS):
            waits = rng.multinomial(events[:, month], np.full(MATURITY, 1.0 / MATURITY))
            for wait in range(MATURITY):
                if month + wait + lag < MONTHS:
                    k[:, month + wait + lag] += waits[:, wait]
                    people[:, month + wait + lag] += waits[:, wait]
            if month + MATURITY + lag < MONTHS:
                people[:, month + MATURITY + lag] += ENTRANTS - events[:, month]
        columns += [people, k]
    return ever(product(*columns))


def _at_maturity(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Count everybody once, when both arms can have reported."""
    people = np.full((n_runs, MONTHS), ENTRANTS)
    return ever(
        product(
            people,
            *(rng.binomial(ENTRANTS, SHARE, (n_runs, MONTHS)), people),
            rng.binomial(ENTRANTS, SHARE, (n_runs, MONTHS)),
        )
    )


def _late(n_runs: int, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """Return people and events by arm, month of arrival and own month: (runs, arms, months, late or not).

    Nine in ten of the events and one in ten of the others come a month late; the arms take turns at taking people in.
    """
    months = np.arange(MONTHS)
    share = 0.3 + 0.2 * np.sin(2.0 * np.pi * months / 12)
    turn = np.sin(2.0 * np.pi * months / 4)
    size = np.stack([40 + 30 * turn, 40 - 30 * turn]).astype(np.int64)
    events = rng.binomial(size[None], share[None, None], (n_runs, 2, MONTHS))
    late_events = rng.binomial(events, 0.9)
    late_others = rng.binomial(size[None] - events, 0.1)
    late = late_events + late_others
    people = np.stack([size[None] - late, late], axis=-1)
    return people, np.stack([events - late_events, late_events], axis=-1)


def _by_arrival(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Put everything that arrives in a month into one table, whatever month it is about."""
    people, events = (_arrived(each).sum(axis=-1) for each in _late(n_runs, rng))
    return ever(product(people[:, 0], events[:, 0], people[:, 1], events[:, 1]))


def _by_own_period(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Keep a table for each own month inside the look of arrival."""
    people, events = (_arrived(each) for each in _late(n_runs, rng))
    return ever(product(people[:, 0], events[:, 0], people[:, 1], events[:, 1]))


def _arrived(values: Counts) -> Counts:
    """Return values by month of arrival: what is late belongs to the next month's look."""
    arrived = values.copy()
    arrived[:, :, 1:, 1], arrived[:, :, 0, 1] = values[:, :, :-1, 1], 0
    return arrived


def _regions(n_runs: int, rng: np.random.Generator) -> Alarms:
    """Take the monthly difference of two regions with shocks that last for independent figures of known spread."""
    shocks = lfilter([1.0], [1.0, -0.6], rng.normal(size=(n_runs, 2, 60)), axis=-1) * np.sqrt(1.0 - 0.6**2)
    difference = shocks[:, 1] - shocks[:, 0]
    months = np.arange(1, 61)
    mean = difference.cumsum(axis=1)
    log_e = [
        log_e_means(months.astype(float), mean, 2.0 * months.astype(float), tau=0.5, null=0.0, sign=sign)
        for sign in (-1.0, 1.0)
    ]
    return ever(np.stack(log_e, axis=-1))
