"""The sequential test of gbstats (GrowthBook) of two shares, with its defaults, at alpha 5 %."""

import numpy as np
from feeding import answer
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import ProportionStatistic

PEOPLE, ALPHA = 20, 0.05
CONFIG = SequentialConfig(difference_type="absolute", alpha=ALPHA)


def first_alarm(stream: np.ndarray) -> tuple[int, int]:
    """Return after which look the interval first leaves out 0."""
    for look, events in enumerate(stream.cumsum(axis=0), start=1):
        control, watched = (ProportionStatistic(n=PEOPLE * look, sum=int(k)) for k in events)
        low, high = SequentialTwoSidedTTest(control, watched, CONFIG).compute_result().ci
        if low > 0 or high < 0:
            return look, look
    return 0, len(stream)


answer(first_alarm)
