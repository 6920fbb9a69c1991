"""A case: how often the naive ways and the cures raise an alarm where nothing is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets

ALPHA = 0.05
BETS = np.array([0.3, 0.5, 0.8, 1.2])
_RUNS_AT_ONCE = 500

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Alarms = NDArray[np.bool_]
"""Whether each run ever alarmed; shape (runs,)."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to count.

    Attributes:
        name: What it does.
        alarms: Simulates so many runs and returns which of them ever alarmed.
        kind: `cure` is what the engine does and what is held to the promise; `naive` it refuses, or calls descriptive;
            `limit` it does too, and here its promise is seen to end: where asymptotics do, or where data cannot show
            what is wrong.
    """

    name: str
    alarms: Callable[[int, np.random.Generator], Alarms]
    kind: Literal["cure", "naive", "limit"]

    @property
    def is_cure(self) -> bool:
        """Whether it is held to the promise."""
        return self.kind == "cure"

    def of(self, n_runs: int, rng: np.random.Generator) -> Alarms:
        """Return which of the runs ever alarmed, a portion at a time."""
        sizes = [min(_RUNS_AT_ONCE, n_runs - at) for at in range(0, n_runs, _RUNS_AT_ONCE)]
        return np.concatenate([self.alarms(size, rng) for size in sizes])


def naive(name: str, alarms: Callable[[int, np.random.Generator], Alarms]) -> Way:
    """Return a way that breaks the promise."""
    return Way(name, alarms, "naive")


def cure(name: str, alarms: Callable[[int, np.random.Generator], Alarms]) -> Way:
    """Return a way that must keep it."""
    return Way(name, alarms, "cure")


def limit(name: str, alarms: Callable[[int, np.random.Generator], Alarms]) -> Way:
    """Return a way that shows where a promise ends."""
    return Way(name, alarms, "limit")


@dataclass(frozen=True, slots=True)
class Case:
    """One ugly situation, by what is wrong with the data, and the ways to count in it."""

    name: str
    ways: tuple[Way, ...]


def ever(log_e: Floats) -> Alarms:
    """Return whether an e-process ever reaches 2 / alpha in either direction; shape (runs, looks, 2) to (runs,)."""
    return np.asarray((log_e >= np.log(2.0 / ALPHA)).any(axis=(1, 2)))


def ever_lower(log_e: Floats) -> Alarms:
    """Return whether the e-process towards lower ever reaches 1 / alpha; shape (runs, looks, 2) to (runs,)."""
    return np.asarray((log_e[:, :, 0] >= np.log(1.0 / ALPHA)).any(axis=1))


def product(n_a: Counts | int, k_a: Counts, n_b: Counts | int, k_b: Counts, *, log_or_0: float = 0.0) -> Floats:
    """Return the e-processes of tables whose looks multiply, both directions; shape (runs, looks) to (runs, looks, 2).

    A further axis of strata between looks and the end multiplies within the look.
    """
    return np.asarray(average_bets(of_looks(n_a, k_a, n_b, k_b, log_or_0=log_or_0).cumsum(axis=1)))


def of_looks(n_a: Counts | int, k_a: Counts, n_b: Counts | int, k_b: Counts, *, log_or_0: float = 0.0) -> Floats:
    """Return the log e-values of every look per direction and bet; shape (runs, looks[, strata]) to (.., 2, bets)."""
    shape = np.broadcast_shapes(*(np.shape(each) for each in (n_a, k_a, n_b, k_b)))
    columns = [np.broadcast_to(each, shape).ravel() for each in (n_a, k_a, n_b, k_b)]
    log_e = np.stack([log_e_counts(*columns, bets=sign * BETS, log_or_0=log_or_0) for sign in (-1.0, 1.0)], axis=1)
    found = log_e.reshape(*shape, 2, len(BETS))
    return found if len(shape) == 2 else found.sum(axis=2)  # noqa: PLR2004  (runs, looks)
