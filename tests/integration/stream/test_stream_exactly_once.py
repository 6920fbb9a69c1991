"""Whatever happens to its processes and servers, a stream counts every record once."""

import signal
import time

FENCED = 75


def wait(seconds):
    """Let a worker run for a moment that the test's seed has chosen."""
    time.sleep(seconds)


def test_five_kills_at_random_moments_lose_nothing_and_count_nothing_twice(bench, chosen):
    bench.send(60_000, seed=1)
    for kill in range(5):
        worker = bench.start()
        bench.send(8_000, seed=10 + kill)
        before = bench.n_stored()
        bench.until(lambda before=before: bench.n_stored() > before, what="a first checkpoint")
        wait(chosen.uniform(0, 0.6))
        worker.kill()
    bench.start()
    bench.until_stored(100_000)
    assert bench.stored() == bench.sent


def test_a_stop_stores_and_leaves_at_once(bench):
    worker = bench.start()
    bench.until(bench.epochs, what="a claim")
    bench.send(2_000)
    bench.until(lambda: bench.n_stored() > 0, what="a first checkpoint")
    started = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - started < 3
    assert bench.n_stored() == sum(n for n, _, _ in bench.stored().values())
    bench.start()
    bench.until_stored(2_000)
    assert bench.stored() == bench.sent


def test_an_owner_frozen_beyond_its_session_is_fenced_and_another_goes_on(bench):
    frozen = bench.start("frozen")
    bench.until(bench.epochs, what="a claim")
    bench.send(40_000, seed=2)
    bench.until(lambda: bench.n_stored() > 0, what="a first checkpoint")
    frozen.send(signal.SIGSTOP)
    bench.start("heir")
    bench.until_stored(40_000)
    frozen.send(signal.SIGCONT)
    bench.send(5_000, seed=4)
    bench.until_stored(45_000)
    assert bench.stored() == bench.sent
    assert frozen.is_running() or frozen.exit_code() == FENCED  # it had something left to store, or nothing


def test_two_workers_share_the_partitions_and_one_takes_all_when_the_other_is_killed(bench):
    first = bench.start("first")
    bench.until(bench.epochs, what="a claim")
    bench.start("second")
    bench.until(lambda: len(owners(bench)) == 2, what="sharing the partitions")
    bench.send(20_000, seed=5)
    bench.until_stored(20_000)
    first.kill()
    bench.send(20_000, seed=6)
    bench.until_stored(40_000)
    assert bench.stored() == bench.sent


def owners(bench):
    return {owner for (owner,) in bench.rows("SELECT owner FROM leerlus.position WHERE topic = %s", bench.topic)}
