"""Peers that cannot be run are passed over with a reason, and answers are counted alike for all."""

import numpy as np
import pytest

from benchmarks.peers.__main__ import _answer, _of_peer
from benchmarks.peers.environments import Peer, UnavailableError, python_of
from benchmarks.peers.tasks import tasks

TWO_ARMS, SHARE, CHANGE = tasks()


def test_a_peer_that_no_python_here_can_run_is_unavailable(monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.peers.environments.user_cache_path", lambda _name: tmp_path)
    with pytest.raises(UnavailableError, match=r"needs a Python from 4\.0 to below 4\.1; none was found"):
        python_of(Peer("later", ("later==1.0",), "run_later.py", since=(4, 0), until=(4, 1)))


def test_a_peer_that_stops_is_passed_over_with_its_last_words(monkeypatch, tmp_path):
    stops = tmp_path / "stops"
    stops.write_text("#!/bin/sh\necho 'ValueError: no root' >&2\nexit 1\n")
    stops.chmod(0o755)
    monkeypatch.setattr("benchmarks.peers.__main__.python_of", lambda _peer: stops)
    streams = np.zeros((1, 1), dtype=np.int64)
    with pytest.raises(UnavailableError, match="it stopped: ValueError: no root"):
        _of_peer(SHARE, Peer("it", ("it==1.0",), "run_it.py"), streams, streams)


def test_alarms_before_the_change_are_not_counted_as_found():
    quiet, changed = np.array([0, 100]), np.array([20, 510, 530, 0])
    answer = _answer(CHANGE, "anybody", quiet, changed, 1_000, 1.0)
    assert (answer.false_share, answer.run_length) == (0.5, 1_100)
    assert answer.found_share == pytest.approx(2 / 3)
    assert answer.delay == 20


@pytest.mark.parametrize("task", [TWO_ARMS, SHARE, CHANGE], ids=["two arms", "share", "change"])
def test_the_engine_finds_what_changed_and_seldom_what_did_not(task):
    quiet, changed = task.streams(40, np.random.default_rng(3))
    assert (task.engine(quiet[:, :250]) > 0).mean() <= 0.15
    assert (task.engine(changed) > task.change_after).mean() >= 0.75
