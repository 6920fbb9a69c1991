"""Servers that go away are waited for; a log that is not what it was stops the worker with a message that says so."""

from infra.embedded.progress import silent
from infra.embedded.server import wait_until_ready

LOG_BROKEN = 65


def restart(server):
    """Kill a server as a power cut would, and start it again."""
    server.process.kill()
    server.start(silent)
    wait_until_ready([server], silent, timeout_s=60)


def test_killed_servers_come_back_and_nothing_is_lost_or_counted_twice(fresh_bench, fresh_service):
    bench = fresh_bench
    worker = bench.start()
    bench.send(20_000, seed=1)
    bench.until(lambda: bench.n_stored() > 0, what="a first checkpoint")
    restart(fresh_service.postgres)
    bench.send(10_000, seed=2)
    if not worker.is_running():  # the kill met a checkpoint in flight: its outcome was in doubt
        worker = bench.start()
    bench.until_stored(30_000)
    restart(fresh_service.kafka)
    bench.send(10_000, seed=3)
    if not worker.is_running():
        bench.start()
    bench.until_stored(40_000, timeout_s=60)
    assert bench.stored() == bench.sent


def test_records_that_are_gone_before_they_were_read_stop_the_worker(bench):
    bench.send(1_000, partition=2)
    bench.cut_log(2, before=400)
    worker = bench.start()
    assert worker.exit_code() == LOG_BROKEN
    assert worker.says("holds offsets 400 to 1000 now")
    assert worker.says("must go on at 0")
    assert bench.n_stored() == 0


def test_a_topic_made_anew_while_nobody_read_stops_the_worker(bench):
    bench.send(1_000)
    worker = bench.start()
    bench.until_stored(1_000)
    worker.stop()
    bench.delete_topic()
    bench.make_topic()
    bench.send(2_000)
    worker = bench.start()
    assert worker.exit_code() == LOG_BROKEN
    assert worker.says("was made anew")
    assert bench.n_stored() == 1_000


def test_a_topic_made_anew_under_a_running_worker_stops_it(bench):
    bench.send(1_000)
    worker = bench.start()
    bench.until_stored(1_000)
    before = bench.stored()
    bench.delete_topic()
    bench.make_topic()
    bench.send(3_000)
    assert worker.exit_code() == LOG_BROKEN
    assert worker.says("made anew") or worker.says("does not exist")
    assert bench.stored() == before


def test_a_record_that_the_work_cannot_bear_stops_the_worker_with_its_offset(bench):
    bench.send(700, partition=1)
    bench.deliver([bench.message("key", "poison", partition=1)])
    bench.send(100, partition=1)
    for failure in (1, 2, 3):
        assert bench.start().exit_code() == 70
        assert bench.workers[-1].says(f"failure {failure} in a row")
    assert bench.workers[-1].says("cannot apply offset 700 in partition 1")
