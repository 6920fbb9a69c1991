"""Workers as processes of their own, to be killed, frozen and started again; a topic and a database for each test."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from contracts.events import OBSERVATIONS, Topic, decode_event
from contracts.log import Message
from infra.at_rest import keyring_of
from infra.kafka.sender import Sender
from infra.postgres.engine import open_engine
from infra.postgres.evidence_rows import row_of
from infra.postgres.outbox import next_waiting
from infra.postgres.quarantine import Sent, place_of
from infra.settings import load_settings
from services.registering import register_plan

ROOT = Path(__file__).parents[3]
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


class Service:
    """The evaluator as a process, and the log and database around it; the program is that of the folder `root`."""

    def __init__(self, bootstrap, dsn, folder):
        self.bootstrap, self.dsn, self.folder, self.root = bootstrap, dsn, folder, ROOT
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process = None

    def start(self):
        with (self.folder / "evaluator.log").open("ab") as log:
            self._process = self.begin("run", "evaluator", stdout=log, stderr=log)

    def begin(self, *command, **options):
        """Start a command of the program; returns its process."""
        variables = {
            "LEERLUS_STATE_DIR": str(self.folder / "state"),
            "LEERLUS_KAFKA__BOOTSTRAP": self.bootstrap,
            "LEERLUS_POSTGRES__DSN": self.dsn,
            "LEERLUS_HEALTH__EVALUATOR": str(self.port),
        }
        arguments = [sys.executable, "-W", "ignore", "-m", "services", *map(str, command)]
        return subprocess.Popen(arguments, env={**os.environ, **variables}, cwd=self.root, **options)

    def command(self, *command):
        """Run a command to its end; returns its exit code, what it printed and what it said."""
        process = self.begin(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def kill(self):
        self._process.kill()
        self._process.wait(10)

    def stop(self):
        self._process.terminate()
        return self._process.wait(20)

    def get(self, path):
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False)
        except httpx.TransportError:
            return None

    def register(self, plan, text=""):
        """Register a plan; returns it."""
        asyncio.run(register_plan(plan, text, dsn=self.dsn, bootstrap=self.bootstrap))
        return plan

    def send(self, policy, values, *, partition=None, headers=()):
        messages = [Message(OBSERVATIONS, partition, policy.encode(), headers, value) for value in values]

        async def write():
            async with Sender(self.bootstrap, client="test") as sender:
                return await sender.deliver(messages)

        return asyncio.run(write())

    def rows(self, query, *parameters):
        with psycopg.connect(self.dsn, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()

    def sent(self, row):
        """What a row of the quarantine was when it was sent: key, value and headers."""
        keyring = keyring_of(load_settings(state_dir=self.folder / "state"))
        place = place_of(row["partition"], row["offset"])
        opened = keyring.open(bytes(row["sealed"]), key_id=row["key_id"], place=place)
        return msgspec.json.decode(opened, type=Sent)

    def tally(self, policy):
        """What became of a policy's records, all suppliers together."""
        query = (
            "SELECT coalesce(sum(received), 0)::int AS received, coalesce(sum(counted), 0)::int AS counted, "
            "coalesce(sum(duplicate), 0)::int AS duplicate, coalesce(sum(quarantined), 0)::int AS quarantined "
            "FROM leerlus.tally WHERE policy = %s"
        )
        return self.rows(query, policy)[0]

    def until_received(self, policy, n_records, *, timeout_s=60):
        deadline = time.monotonic() + timeout_s
        while self.tally(policy)["received"] < n_records:
            assert time.monotonic() < deadline, f"{self.tally(policy)} after {timeout_s} s"
            time.sleep(0.05)
        found = self.tally(policy)
        assert found["received"] == found["counted"] + found["duplicate"] + found["quarantined"] == n_records
        return found

    def evidence(self, policy):
        """The stored rows in their order, with no offsets."""
        stored = self.rows("SELECT * FROM leerlus.evidence WHERE policy = %s ORDER BY closing, row", policy)
        return [msgspec.structs.replace(row_of(row), offsets=(0, 0)) for row in stored]

    def waiting(self):
        """The messages in the outbox, each policy's in their order."""

        async def read():
            engine = open_engine(self.dsn)
            async with engine.connect() as connection:
                found = await next_waiting(connection, per_policy=1_000_000)
            await engine.dispose()
            return found

        return asyncio.run(read())

    def told(self, policy):
        """The events of a policy that wait in the outbox, in their order."""
        messages = [each.message for each in self.waiting() if each.policy == policy]
        return [decode_event(each.payload, each.headers) for each in messages]


@pytest.fixture(scope="module")
def service(kafka, module_database, tmp_path_factory):
    service = Service(kafka.address, module_database.dsn, tmp_path_factory.mktemp("evaluator"))
    service.start()
    yield service
    assert service.stop() == 0
