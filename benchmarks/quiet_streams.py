"""Quiet streams: nothing ever happens, and after every look somebody asks whether something has."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets

BETS = np.array([0.3, 0.5, 0.8, 1.2])
ALPHA = 0.05
LOOKS = 250
SHARES = (0.02, 0.05, 0.10, 0.30)
SPLITS = {"1:1": (20, 20), "9:1": (36, 4), "19:1": (38, 2)}
_STREAMS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Case:
    """Streams of one share and one split of the people in a look over reference and watched cell."""

    share: float
    split: str


def cases() -> list[Case]:
    """Return every combination of share and split."""
    return [Case(share, split) for split in SPLITS for share in SHARES]


def alarms(case: Case, n_streams: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return after which looks each stream has alarmed, towards lower and higher; shape (streams, looks, 2)."""
    sizes = [min(_STREAMS_AT_ONCE, n_streams - at) for at in range(0, n_streams, _STREAMS_AT_ONCE)]
    return np.concatenate([_alarms(case, size, rng) for size in sizes])


def _alarms(case: Case, n_streams: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    people = [np.full(n_streams * LOOKS, n) for n in SPLITS[case.split]]
    events = [rng.binomial(n, case.share) for n in people]
    columns = people[0], events[0], people[1], events[1]
    log_e = log_e_counts(*columns, bets=np.concatenate((-BETS, BETS)), log_or_0=0.0)
    log_process = average_bets(log_e.reshape(n_streams, LOOKS, 2, len(BETS)).cumsum(axis=1))
    return np.maximum.accumulate(log_process >= np.log(1.0 / ALPHA), axis=1)
