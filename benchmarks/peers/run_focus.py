"""FOCuS: Page's CUSUM for every size of change at once, the share before the change known.

It leaves the threshold to its user. This one is the lowest with at least the engine's run length, as measured on
streams of its own. Three events in a row lift the statistic to a value of their own, where its run length jumps, so
that it comes out longer.
"""

from collections.abc import Iterator

import numpy as np
from changepoint_online import Bernoulli, Focus
from feeding import answer

SHARE, RUN_LENGTH, RUNS, LOOKS = 0.10, 2_500, 600, 4_000


def statistics(stream: np.ndarray) -> Iterator[float]:
    """Yield the statistic after each look."""
    detector = Focus(Bernoulli(p=SHARE), side="right")
    for value in stream:
        detector.update(float(value))
        yield float(detector.statistic())


def threshold() -> float:
    """Return the lowest threshold with the wanted run length: looks until an alarm or the end, over alarms."""
    rng = np.random.default_rng(7)
    peaks = np.array([np.maximum.accumulate(list(statistics(rng.random(LOOKS) < SHARE))) for _ in range(RUNS)])
    low, high = 1.0, 30.0
    for _ in range(40):
        middle = (low + high) / 2
        waited, alarms = (peaks < middle).sum(axis=1), (peaks[:, -1] >= middle).sum()
        low, high = (middle, high) if waited.sum() < RUN_LENGTH * alarms else (low, middle)
    return high


CALIBRATED = threshold()


def first_alarm(stream: np.ndarray) -> tuple[int, int]:
    """Return when the statistic first reaches the threshold."""
    for look, statistic in enumerate(statistics(stream), start=1):
        if statistic >= CALIBRATED:
            return look, look
    return 0, len(stream)


answer(first_alarm)
