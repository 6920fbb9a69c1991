"""The sequential test of expectation for a share, with its defaults, at its alpha of 5 %.

A look on which its root finder fails is left out.
"""

from contextlib import suppress

import numpy as np
from expectation.seqtest.sequential_e_testing import SequentialTesting
from feeding import answer

PEOPLE, SHARE, ALPHA = 20, 0.10, 0.05


def first_alarm(stream: np.ndarray) -> tuple[int, int]:
    """Return after which look the e-process first reaches 1 / alpha."""
    test = SequentialTesting("proportion", SHARE)
    for look, events in enumerate(stream, start=1):
        people = np.zeros(PEOPLE)
        people[:events] = 1.0
        with suppress(ValueError):
            if test.update(people).e_process.cumulative_value >= 1.0 / ALPHA:
                return look, look
    return 0, len(stream)


answer(first_alarm)
