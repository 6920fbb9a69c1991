"""The confidence sequence of confseq for a share (Howard, Ramdas, McAuliffe and Sekhon), at alpha 5 %."""

import numpy as np
from confseq.boundaries import bernoulli_confidence_interval
from feeding import answer

PEOPLE, ALPHA, SHARE, BEST_AT = 20, 0.05, 0.10, 1_000.0


def first_alarm(stream: np.ndarray) -> tuple[int, int]:
    """Return after which look the interval first leaves out the share of the null."""
    for look, events in enumerate(stream.cumsum(), start=1):
        low, high = bernoulli_confidence_interval(float(events), PEOPLE * look, ALPHA, BEST_AT)
        if low > SHARE or high < SHARE:
            return look, look
    return 0, len(stream)


answer(first_alarm)
