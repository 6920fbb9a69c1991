"""Workers as processes of their own, to be killed, frozen and started again; a topic and a database for each test."""

import asyncio
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from pathlib import Path

import msgspec
import psycopg
import pytest

from contracts.events import Topic
from contracts.log import Message

COUNTING = Path(__file__).with_name("counting.py")


def until(condition, *, timeout_s=40, what="it"):
    """Poll until the condition gives something true, and return that."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout_s} s"
        time.sleep(0.02)
    return found


class Worker:
    """A process of a streaming service; what it writes is kept in a file."""

    def __init__(self, arguments, log):
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT)

    def send(self, number):
        self._process.send_signal(number)

    def kill(self):
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(10)

    def stop(self):
        """Ask it to stop; returns its exit code."""
        self._process.terminate()
        return self.exit_code()

    def exit_code(self, timeout_s=40):
        """Wait for its end; returns its exit code."""
        return self._process.wait(timeout_s)

    def is_running(self):
        return self._process.poll() is None

    def says(self, text):
        return text in self.log.read_text(encoding="utf-8")


class Bench:
    """A topic of its own, its workers, and what was sent to it."""

    def __init__(self, kafka_address, dsn, folder, *, n_partitions=4):
        self.bootstrap = kafka_address
        self.dsn = dsn
        self.folder = folder
        self.topic = f"test-{uuid.uuid4()}"
        self.n_partitions = n_partitions
        self.sent = defaultdict(lambda: (0, 0, 0))
        self.workers = []
        self.make_topic()

    until = staticmethod(until)

    def make_topic(self):
        with admin_of(self.bootstrap) as admin:
            admin.ensure(Topic(self.topic, self.n_partitions, {}))

    def delete_topic(self):
        with admin_of(self.bootstrap) as admin:
            admin._client.delete_topics([self.topic])
            until(lambda: self.topic not in admin._client.list_topics(), what="deleting a topic")

    def send(self, n_records, *, seed=1, partition=None):
        """Send numbers under fifty keys, and remember them."""
        chosen = random.Random(seed)
        pairs = [(f"key-{chosen.randrange(50)}", chosen.randrange(1000)) for _ in range(n_records)]
        for key, value in pairs:
            n, total, squares = self.sent[key]
            self.sent[key] = (n + 1, total + value, squares + value * value)
        self.deliver([self.message(key, str(value), partition=partition) for key, value in pairs])

    def message(self, key, value, *, partition=None):
        return Message(self.topic, partition, key.encode(), (), value.encode())

    def cut_log(self, partition, before):
        """Take away the records before an offset, as retention does."""
        from kafka import TopicPartition  # noqa: PLC0415

        with admin_of(self.bootstrap) as admin:
            admin._client.delete_records({TopicPartition(self.topic, partition): before})

    def deliver(self, messages):
        deliver(self.bootstrap, messages)

    def start(self, name="worker"):
        """Start a worker; one of the same name continues its log."""
        arguments = [sys.executable, "-W", "ignore", str(COUNTING), str(self.folder / "state"), self.topic]
        worker = Worker([*arguments, self.bootstrap, self.dsn], self.folder / f"{name}.log")
        self.workers.append(worker)
        return worker

    def rows(self, query, *parameters):
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def stored(self):
        """The counts in the database, all partitions together."""
        together = defaultdict(lambda: (0, 0, 0))
        for (data,) in self.rows("SELECT data FROM leerlus.state_block WHERE policy = 'test'"):
            for key, counts in msgspec.json.decode(data).items():
                together[key] = tuple(map(sum, zip(together[key], counts, strict=True)))
        return together

    def n_stored(self):
        ((n_records,),) = self.rows(
            "SELECT coalesce(sum(next_offset), 0)::bigint FROM leerlus.position WHERE topic = %s", self.topic
        )
        return n_records

    def epochs(self):
        return dict(self.rows("SELECT partition, owner_epoch FROM leerlus.position WHERE topic = %s", self.topic))

    def until_stored(self, n_records, **options):
        until(lambda: self.n_stored() >= n_records, what=f"storing {n_records} records", **options)
        assert self.n_stored() == n_records

    def close(self):
        for worker in self.workers:
            if worker.is_running():
                worker.send(signal.SIGCONT)
                worker.kill()


def admin_of(bootstrap):
    from infra.kafka.admin import Admin  # noqa: PLC0415  (not before pytest has read which warnings are tolerated)

    return Admin(bootstrap)


@pytest.fixture
def fresh_bench(fresh_service, tmp_path):
    """The same on servers of this test's own, which it may kill."""
    bench = Bench(fresh_service.kafka.address, fresh_service.settings.postgres.dsn.get_secret_value(), tmp_path)
    yield bench
    bench.close()


def deliver(bootstrap, messages):
    """Write messages to Kafka and wait until it has them."""
    from infra.kafka.sender import Sender  # noqa: PLC0415  (the same)

    async def write():
        async with Sender(bootstrap, client="test") as sender:
            return await sender.deliver(messages)

    return asyncio.run(write())


@pytest.fixture
def bench(kafka, database, tmp_path):
    """A topic and a database of this test's own, on the shared servers."""
    bench = Bench(kafka.address, database.dsn, tmp_path)
    yield bench
    bench.close()
