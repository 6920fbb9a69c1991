"""ADWIN of river with its defaults."""

import numpy as np
from feeding import answer
from river.drift import ADWIN


def first_alarm(stream: np.ndarray) -> tuple[int, int]:
    """Return when it first detects a drift."""
    detector = ADWIN()
    for look, value in enumerate(stream, start=1):
        detector.update(float(value))
        if detector.drift_detected:
            return look, look
    return 0, len(stream)


answer(first_alarm)
