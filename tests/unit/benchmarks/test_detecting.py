"""Simulated run lengths and delays are those that counting looks one by one gives."""

import numpy as np
import pytest

from benchmarks.changing_streams import BETS, Gap, Level, Mean
from benchmarks.detecting import MIXTURE, TRUE_BET, Detector, calibrated, delays
from pipelines.evidence.detectors import average_bets, detect

STREAM = Mean(0.5)


def _mean_look_of_alarm(log_threshold, n_runs, rng):
    log_m, times = np.full((n_runs, len(BETS)), -np.inf), []
    look = 0
    while len(log_m):
        look += 1
        log_m = detect(log_m, STREAM.log_l(rng, np.zeros(len(log_m), dtype=int), has_changed=False)[:, MIXTURE])
        stops = average_bets(log_m) >= log_threshold
        times += [look] * int(stops.sum())
        log_m = log_m[~stops]
    return np.mean(times), np.std(times) / np.sqrt(n_runs)


def test_the_calibrated_threshold_has_the_wanted_run_length():
    log_threshold, _ = calibrated(STREAM, MIXTURE, run_length=100.0, n_runs=4_000, rng=np.random.default_rng(1))
    mean, error = _mean_look_of_alarm(log_threshold, 4_000, np.random.default_rng(2))
    assert mean == pytest.approx(100.0, abs=4.0 * error + 1.0)


def test_the_run_length_at_a_threshold_is_at_least_the_threshold():
    log_threshold, run_length = calibrated(STREAM, MIXTURE, run_length=100.0, n_runs=500, rng=np.random.default_rng(3))
    assert run_length > 100.0
    assert log_threshold < np.log(100.0)


def test_a_larger_change_is_noticed_sooner_and_a_lower_threshold_is_reached_sooner():
    detectors = [
        Detector(MIXTURE, np.log(1_000.0)),
        Detector(MIXTURE, np.log(100.0)),
        Detector(TRUE_BET, np.log(1_000.0)),
    ]
    small, large = (
        delays(Mean(truth), detectors, n_runs=500, change_after=0, rng=np.random.default_rng(4)) for truth in (0.3, 0.8)
    )
    assert large[0].mean < small[0].mean
    assert small[1].mean < small[0].mean


@pytest.mark.parametrize(
    "stream", [Mean(0.5), Level(-0.5, share=0.2, people=10), Gap(-0.5)], ids=["mean", "share", "gap"]
)
def test_e_values_of_a_quiet_look_average_one(stream):
    rng = np.random.default_rng(6)
    part = rng.integers(stream.season, size=200_000)
    e = np.exp(stream.log_l(rng, part, has_changed=False))
    assert e.mean(axis=0) == pytest.approx(1.0, abs=float(5.0 * e.std(axis=0).max() / np.sqrt(len(part))))
