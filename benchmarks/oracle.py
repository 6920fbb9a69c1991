"""The fastest that any detector could be: Page's CUSUM told both laws, its mean times computed, not simulated.

Among detectors with a given mean time between false alarms none has a smaller worst-case mean delay (Moustakides, 1986,
Annals of Statistics 14). The statistic S <- max(S + log likelihood ratio, 0) is a Markov chain on 0 ... threshold, so
mean times solve (I - P) t = 1. Counts give a finite chain once the scores are rounded to a fine lattice, which makes it
the CUSUM of slightly other scores; for a normal mean the chain is an integral equation at Gauss-Legendre points.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import spsolve
from scipy.stats import norm

Floats = NDArray[np.float64]
_POINTS = 120


@dataclass(frozen=True, slots=True)
class Oracle:
    """Mean delays (looks) of the CUSUM that has the wanted run length.

    Attributes:
        worst: Of a change at the start, with the statistic at 0; no other moment is worse.
        later: Of a change after some looks without an alarm.
    """

    worst: float
    later: float


@dataclass(frozen=True, slots=True)
class Chain:
    """The statistic below its threshold; rows of the matrices that add up to less than 1 lose the rest to the alarm.

    Attributes:
        before: Probabilities from state to state while nothing has changed; shape (states, states).
        after: The same once it has.
        start: Probability of each state at the start; shape (states,).
    """

    before: csr_array
    after: csr_array
    start: Floats

    @property
    def run_length(self) -> float:
        """Mean number of looks between false alarms."""
        return float(self.start @ _mean_times(self.before))

    def oracle(self, change_after: int) -> Oracle:
        """Return the mean delays of a change at the start and after so many looks without an alarm."""
        times = _mean_times(self.after)
        delay, survival = times, np.ones_like(times)
        for _ in range(change_after):
            delay, survival = np.asarray(self.before @ delay), np.asarray(self.before @ survival)
        return Oracle(float(self.start @ times), float(self.start @ delay) / float(self.start @ survival))


def oracle(make: Callable[[int], Chain], *, run_length: float, change_after: int, highest: int) -> Oracle:
    """Return the delays at this run length, between the two thresholds around it in proportion to its logarithm.

    Args:
        make: Gives the chain whose threshold is this many steps.
        run_length: Mean number of looks between false alarms.
        change_after: Looks before the later change.
        highest: Steps of a threshold that is surely high enough.
    """
    low, high = highest // 4, highest
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if make(middle).run_length < run_length else (low, middle)
    below, above = make(low), make(high)
    lengths = np.log([below.run_length, above.run_length])
    share = float(np.clip((np.log(run_length) - lengths[0]) / (lengths[1] - lengths[0]), 0.0, 1.0))
    one, other = below.oracle(change_after), above.oracle(change_after)
    return Oracle(one.worst + share * (other.worst - one.worst), one.later + share * (other.later - one.later))


def count_chain(scores: Floats, before: Floats, after: Floats, *, step: float) -> Callable[[int], Chain]:
    """Return the maker of chains for outcomes that are counts, with laws that go round a season.

    Args:
        scores: Log likelihood ratio of each outcome in each part of the season (nats); shape (season, outcomes).
        before: Probability of each outcome before the change; the same shape.
        after: Probability of each outcome after it; the same shape.
        step: Distance of the lattice to which scores are rounded (nats).
    """
    steps = np.rint(scores / step).astype(np.int64)

    def make(threshold: int) -> Chain:
        start = np.zeros((len(steps), threshold))
        start[:, 0] = 1.0 / len(steps)
        return Chain(_transitions(steps, before, threshold), _transitions(steps, after, threshold), start.ravel())

    return make


def normal_chain(shift: float, *, step: float) -> Callable[[int], Chain]:
    """Return the maker of chains for one normal observation a look whose mean moves by `shift` standard deviations."""

    def make(threshold: int) -> Chain:
        start = np.zeros(_POINTS + 1)
        start[0] = 1.0
        before, after = (_normal_transitions(shift, way * shift**2 / 2.0, threshold * step) for way in (-1.0, 1.0))
        return Chain(before, after, start)

    return make


def _transitions(steps: NDArray[np.int64], probabilities: Floats, threshold: int) -> csr_array:
    """Return the transitions of the lattice; states are (part of the season, steps above 0)."""
    n_parts = len(steps)
    part, _, here = np.ogrid[:n_parts, : steps.shape[1], :threshold]
    there = np.maximum(here + steps[:, :, None], 0)
    origin = np.broadcast_to(part * threshold + here, there.shape)
    target = (part + 1) % n_parts * threshold + there
    weight = np.broadcast_to(probabilities[:, :, None], there.shape)
    stays = there < threshold
    size = n_parts * threshold
    return csr_array((weight[stays], (origin[stays], target[stays])), shape=(size, size))


def _normal_transitions(sd: float, drift: float, threshold: float) -> csr_array:
    """Return the transitions between 0 and the quadrature points, for scores of this mean and standard deviation."""
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    points = np.concatenate(([0.0], (nodes + 1.0) * threshold / 2.0))
    to_zero = norm.cdf((-points - drift) / sd)
    to_points = norm.pdf((points[None, 1:] - points[:, None] - drift) / sd) / sd * weights * threshold / 2.0
    return csr_array(np.column_stack((to_zero, to_points)))


def _mean_times(transitions: csr_array) -> Floats:
    size = transitions.shape[0]
    return np.asarray(spsolve((eye_array(size) - transitions).tocsc(), np.ones(size)))
