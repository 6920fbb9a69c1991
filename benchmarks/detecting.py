"""Detectors on simulated streams: how long until an alarm, while nothing is wrong and once something is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.changing_streams import Stream
from pipelines.evidence.detectors import average_bets, detect

Floats = NDArray[np.float64]

MIXTURE = slice(None, -1)
TRUE_BET = slice(-1, None)
_LOWER = 1.0
_FINENESS = 0.01


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector read from the columns of a stream.

    Attributes:
        bets: The columns that are averaged.
        log_threshold: An alarm is sounded at or above it (nats).
    """

    bets: slice
    log_threshold: float


@dataclass(frozen=True, slots=True)
class Delay:
    """A mean delay and its standard error (looks)."""

    mean: float
    error: float

    @classmethod
    def of(cls, times: Floats) -> "Delay":
        """Return that of the runs that had not alarmed before the change; nan marks those that had."""
        counted = times[~np.isnan(times)]
        return cls(float(counted.mean()), float(counted.std(ddof=1) / np.sqrt(len(counted))))


def calibrated(
    stream: Stream, bets: slice, *, run_length: float, n_runs: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the log threshold whose run length is as wanted, and the run length at the threshold of that height.

    While nothing is wrong the detector less the number of looks is a martingale. So the mean run length is the mean of
    the detector at the alarm, which varies far less from run to run than the length does.
    """
    thresholds = np.log(run_length) - np.arange(0.0, _LOWER + _FINENESS / 2, _FINENESS)[::-1]
    at_alarm = _heights(stream, bets, thresholds, n_runs, rng)
    log_lengths = np.log(np.exp(at_alarm).mean(axis=0))
    return float(np.interp(np.log(run_length), log_lengths, thresholds)), float(np.exp(log_lengths[-1]))


def _heights(stream: Stream, bets: slice, thresholds: Floats, n_runs: int, rng: np.random.Generator) -> Floats:
    """Return the log detector of each run where it first reaches each threshold; shape (runs, thresholds)."""
    heights = np.full((n_runs, len(thresholds)), np.nan)
    run, part = np.arange(n_runs), _parts(stream, n_runs, rng)
    log_m = np.full((n_runs, stream.log_l(rng, part, has_changed=False).shape[1]), -np.inf)[:, bets]
    while len(run):
        log_m = detect(log_m, stream.log_l(rng, part, has_changed=False)[:, bets])
        height = average_bets(log_m)
        for at in np.flatnonzero(height >= thresholds[0]):
            reached = (height[at] >= thresholds) & np.isnan(heights[run[at]])
            heights[run[at], reached] = height[at]
        runs_on = height < thresholds[-1]
        run, log_m, part = run[runs_on], log_m[runs_on], (part[runs_on] + 1) % stream.season
    return heights


def delays(
    stream: Stream, detectors: list[Detector], *, n_runs: int, change_after: int, rng: np.random.Generator
) -> list[Delay]:
    """Return how long after the change each detector sounds the alarm, all on the same draws.

    Args:
        stream: What is watched.
        detectors: What watches it.
        n_runs: Runs, of which those that alarm before the change do not count.
        change_after: Looks before the change.
        rng: The only source of chance.
    """
    times = np.full((n_runs, len(detectors)), np.nan)
    too_early = np.zeros((n_runs, len(detectors)), dtype=np.bool_)
    run, part = np.arange(n_runs), _parts(stream, n_runs, rng)
    log_m = np.full(stream.log_l(rng, part, has_changed=False).shape, -np.inf)
    look = -change_after
    while len(run):
        log_m = detect(log_m, stream.log_l(rng, part, has_changed=look >= 0))
        look += 1
        alarms = np.stack([average_bets(log_m[:, each.bets]) >= each.log_threshold for each in detectors], axis=1)
        if look <= 0:
            too_early[run] |= alarms
        else:
            first = alarms & np.isnan(times[run])
            times[run] = np.where(first, look, times[run])
        waits = (np.isnan(times[run])).any(axis=1) | (look <= 0)
        run, log_m, part = run[waits], log_m[waits], (part[waits] + 1) % stream.season
    times[too_early] = np.nan
    return [Delay.of(each) for each in times.T]


def _parts(stream: Stream, n_runs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return where in the season each run starts."""
    return rng.integers(stream.season, size=n_runs)
