"""A gateway that answers on a real Kafka and PostgreSQL, keys for it, and what it wrote into the log."""

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.events import OBSERVATIONS
from contracts.plan_reader import read_plan
from infra.embedded.ports import LOOPBACK
from infra.postgres.engine import open_engine
from infra.postgres.suppliers import Supplier, add_supplier, keep_key
from infra.setting_sections import GatewaySettings
from infra.supplier_keys import new_key
from services.commands.store import ask
from services.gateway import build
from services.gateway.outlet import Outlet
from services.registering import register_plan
from services.serving import web_server

EXAMPLE = Path(__file__).parents[3] / "examples" / "resume"


@pytest.fixture
def register(settings):
    """Registers the example's plan for a policy of its own; returns its id."""

    def register():
        policy = f"audit-{uuid4().hex[:12]}"
        text = (EXAMPLE / "plan.yaml").read_text(encoding="utf-8").replace("resume-audit", policy)
        dsn, bootstrap = settings.need_postgres(), settings.need_kafka()
        asyncio.run(register_plan(read_plan(text), text, dsn=dsn, bootstrap=bootstrap))
        return policy

    return register


@pytest.fixture
def policy(register):
    """The id of a freshly registered policy."""
    return register()


@pytest.fixture
def new_supplier(settings):
    """Adds a supplier; returns its key in clear."""

    def add(name, *, dsn=None, **limits):
        key = new_key()

        async def keep(connection):
            await add_supplier(connection, Supplier(name, **limits))
            await keep_key(connection, name, key)

        ask(dsn or settings.need_postgres(), keep)
        return key.text

    return add


@pytest.fixture
def serve(settings):
    """Starts gateways that answer; each is stopped at the end of its context."""

    def start(*, dsn=None, bootstrap=None, **limits):
        chosen = GatewaySettings(**limits)
        return served(dsn or settings.need_postgres(), bootstrap or settings.need_kafka(), chosen)

    return start


@pytest.fixture
def gateway(serve):
    """The address of a gateway."""
    with serve() as address:
        yield address


@pytest.fixture
def calling(gateway):
    """Makes clients that call the gateway with a key."""
    clients = []

    def call(key, **headers):
        bearer = {} if key is None else {"Authorization": f"Bearer {key}"}
        clients.append(
            httpx.Client(base_url=gateway, timeout=30, headers={**bearer, "Accept-Language": "en", **headers})
        )
        return clients[-1]

    yield call
    for client in clients:
        client.close()


@pytest.fixture
def client(calling, new_supplier):
    """A client of the supplier `school-7`, which may deliver for every policy."""
    return calling(new_supplier("school-7"))


@pytest.fixture
def team(calling, new_supplier):
    """A client of the evaluation team."""
    return calling(new_supplier("evaluation", is_team=True))


@pytest.fixture
def observations():
    """Gives the first observations of the example, for another policy."""

    def first(policy, number):
        text = (EXAMPLE / "observations.ndjson").read_text(encoding="utf-8").replace("resume-audit", policy)
        return [line.encode() for line in text.splitlines()[:number]]

    return first


@pytest.fixture
def log(kafka):
    """Reads the topic: every record in it, or those of one delivery, by partition and offset."""

    def every():
        return asyncio.run(read_all(kafka.address))

    def of(upload):
        return [each for each in every() if dict(each.headers).get("leerlus-upload") == upload.encode()]

    return SimpleNamespace(every=every, of=of)


@contextmanager
def served(dsn, bootstrap, settings):
    """A gateway that answers, in a thread of its own."""
    port = free_port()
    servers = []

    async def serve():
        engine = open_engine(dsn)
        servers.append(web_server(build(engine, Outlet(bootstrap), settings), host=LOOPBACK, port=port))
        await servers[0].serve()
        await engine.dispose()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    deadline = time.monotonic() + 20
    while not (servers and servers[0].started):
        assert time.monotonic() < deadline, "the gateway did not start"
        time.sleep(0.02)
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        servers[0].should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def nowhere():
    """An address where nothing answers."""
    return f"{LOOPBACK}:{free_port()}"


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


async def read_all(bootstrap):
    partitions = [TopicPartition(OBSERVATIONS, number) for number in range(8)]
    records = []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None) as consumer, asyncio.timeout(60):
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        for partition, end in (await consumer.end_offsets(partitions)).items():
            while await consumer.position(partition) < end:
                for found in (await consumer.getmany(partition, timeout_ms=200)).values():
                    records += found
    return records
