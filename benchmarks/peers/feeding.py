"""Feed a peer stream by stream and write down when it alarmed; runs in the peer's environment, with numpy alone."""

import sys
import time
from collections.abc import Callable

import numpy as np


def answer(first_alarm: Callable[[np.ndarray], tuple[int, int]]) -> None:
    """Read the streams, feed each, and write the looks of the alarms, the updates and the seconds of the processor.

    Args:
        first_alarm: Gets one stream and returns the look of its first alarm, counted from 1 and 0 for never, and how
            many updates that took.
    """
    streams = np.load(sys.argv[1])
    answers: dict[str, np.ndarray] = {}
    updates = 0
    start = time.process_time()
    for name in ("quiet", "changed"):
        results = [first_alarm(stream) for stream in streams[name]]
        answers[name] = np.array([look for look, _ in results])
        updates += sum(taken for _, taken in results)
    seconds = time.process_time() - start
    np.savez(sys.argv[2], quiet=answers["quiet"], changed=answers["changed"], updates=updates, seconds=seconds)
