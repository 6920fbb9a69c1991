"""What is compared: the same streams for everybody, and how the engine reads them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.environments import Peer
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.levels import log_e_levels

BETS = np.array([0.3, 0.5, 0.8, 1.2])
ALPHA = 0.05
PEOPLE = 20
SHARE, RISEN, RISEN_FAR = 0.10, 0.15, 0.20
QUIET_LOOKS = 500
RUN_LENGTH = 2_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Task:
    """One job that several libraries do.

    Attributes:
        name: What is done.
        promise: What counts as a false alarm.
        change_after: Looks of the changed streams before anything happens.
        streams: Draws so many quiet and changed streams.
        engine: Gives the look of the engine's first alarm in each stream, 0 for never.
        peers: Who else does it.
    """

    name: str
    promise: str
    change_after: int
    streams: Callable[[int, np.random.Generator], tuple[Ints, Ints]]
    engine: Callable[[Ints], Ints]
    peers: tuple[Peer, ...]


def tasks() -> list[Task]:
    """Return the jobs."""
    river = ("river==0.26.1",)
    return [
        Task(
            f"two arms: {PEOPLE} people a side and look, {SHARE:.0%}; one arm {RISEN:.0%}",
            f"an alarm in a quiet stream, promised in at most {ALPHA:.0%}",
            0,
            _two_arms,
            _engine_two_arms,
            (Peer("gbstats, sequential t-test", ("gbstats==0.8.0",), "run_gbstats.py"),),
        ),
        Task(
            f"a share against {SHARE:.0%}: {PEOPLE} people a look; {RISEN:.0%}",
            f"an alarm in a quiet stream, promised in at most {ALPHA:.0%}",
            0,
            _share,
            _engine_share,
            (
                Peer("confseq", ("confseq==0.0.11", "numpy<2"), "run_confseq.py", since=(3, 8), until=(3, 11)),
                Peer("expectation", ("expectation==0.6.1",), "run_expectation.py", since=(3, 12)),
            ),
        ),
        Task(
            f"a change: one person a look, {SHARE:.0%}; {RISEN_FAR:.0%} from look {QUIET_LOOKS + 1} on",
            f"an alarm before the change; the engine promises one in {RUN_LENGTH:,} looks at most",
            QUIET_LOOKS,
            _change,
            _engine_change,
            (
                Peer("river, ADWIN", river, "run_river_adwin.py"),
                Peer("river, Page-Hinkley", river, "run_river_page_hinkley.py"),
                Peer("changepoint-online, FOCuS", ("changepoint-online==1.2.1",), "run_focus.py"),
            ),
        ),
    ]


def _two_arms(n: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    return rng.binomial(PEOPLE, SHARE, (n, 250, 2)), rng.binomial(PEOPLE, (SHARE, RISEN), (n, 250, 2))


def _engine_two_arms(events: Ints) -> Ints:
    k_a, k_b = events.reshape(-1, 2).T
    n = np.full_like(k_a, PEOPLE)
    log_e = log_e_counts(n, k_a, n, k_b, bets=np.append(-BETS, BETS), log_or_0=0.0)
    return _first_of_both(log_e.reshape(*events.shape[:2], 2, len(BETS)))


def _share(n: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    return rng.binomial(PEOPLE, SHARE, (n, 250)), rng.binomial(PEOPLE, RISEN, (n, 250))


def _engine_share(events: Ints) -> Ints:
    k = events.ravel()
    log_e = log_e_levels(np.full_like(k, PEOPLE), k, bets=np.append(-BETS, BETS), share=SHARE)
    return _first_of_both(log_e.reshape(*events.shape, 2, len(BETS)))


def _first_of_both(log_e: Floats) -> Ints:
    """Return the first look at which either direction reaches 2 / alpha; log e of looks, (runs, looks, 2, bets)."""
    return _first((average_bets(log_e.cumsum(axis=1)) >= np.log(2.0 / ALPHA)).any(axis=2))


def _change(n: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    shares = np.repeat((SHARE, RISEN_FAR), (QUIET_LOOKS, 1_000))
    return rng.binomial(1, SHARE, (n, 2 * RUN_LENGTH)), rng.binomial(1, shares, (n, len(shares)))


def _engine_change(events: Ints) -> Ints:
    k = events.ravel()
    log_l = log_e_levels(np.ones_like(k), k, bets=BETS, share=SHARE).reshape(*events.shape, len(BETS))
    log_m, alarms = np.full(log_l[:, 0].shape, -np.inf), np.zeros(events.shape, dtype=np.bool_)
    for look in range(events.shape[1]):
        log_m = detect(log_m, log_l[:, look])
        alarms[:, look] = average_bets(log_m) >= np.log(RUN_LENGTH)
    return _first(alarms)


def _first(alarms: NDArray[np.bool_]) -> Ints:
    """Return the look of the first alarm, counted from 1, 0 where there is none; shape (runs, looks) to (runs,)."""
    return np.where(alarms.any(axis=1), 1 + alarms.argmax(axis=1), 0)
