"""Gateway, console and relay in one process: each is ready at its own address, and a signal ends all of them."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from infra.embedded.ports import LOOPBACK

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 40


@pytest.fixture
def ports():
    """A free port for each service."""
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        sockets = dict(zip(("gateway", "console", "relay"), (one, two, three), strict=True))
        for each in sockets.values():
            each.bind((LOOPBACK, 0))
        return {name: each.getsockname()[1] for name, each in sockets.items()}


@pytest.fixture
def environment(settings, ports):
    """What a process must know to find its servers."""
    return {
        **os.environ,
        "LEERLUS_STATE_DIR": str(settings.state_dir),
        "LEERLUS_KAFKA__BOOTSTRAP": settings.need_kafka(),
        "LEERLUS_POSTGRES__DSN": settings.need_postgres(),
        "LEERLUS_GATEWAY__PORT": str(ports["gateway"]),
        "LEERLUS_CONSOLE__PORT": str(ports["console"]),
        "LEERLUS_HEALTH__RELAY": str(ports["relay"]),
    }


@pytest.fixture
def start(environment):
    """Starts `leerlus run`; what still runs at the end is killed."""
    started = []

    def run(*names, **variables):
        process = subprocess.Popen(
            [sys.executable, "-m", "services", "run", *names],
            cwd=ROOT,
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def until_ready(process, port):
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, f"port {port} is not ready"
        try:
            if httpx.get(f"http://{LOOPBACK}:{port}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_each_answers_at_its_own_address_until_a_signal_ends_all(start, ports, number):
    process = start("gateway", "console", "relay")
    for port in ports.values():
        until_ready(process, port)
    assert httpx.get(f"http://{LOOPBACK}:{ports['console']}/", trust_env=False).status_code == 200
    assert "leerlus_" in httpx.get(f"http://{LOOPBACK}:{ports['relay']}/metrics", trust_env=False).text
    process.send_signal(number)
    _, log = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, log
    assert "Traceback" not in log


def test_a_port_that_is_taken_ends_the_process_with_a_message(start, ports):
    with socket.socket() as occupied:
        occupied.bind((LOOPBACK, ports["console"]))
        occupied.listen()
        process = start("gateway", "console")
        _, log = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode != 0
    assert "address already in use" in log


def test_a_gateway_is_not_ready_while_its_servers_do_not_answer(start, ports):
    process = start("gateway", LEERLUS_KAFKA__BOOTSTRAP=f"{LOOPBACK}:{ports['relay']}")
    deadline = time.monotonic() + TIMEOUT_S
    answer = None
    while answer is None or "Kafka" not in answer.json()["problem"]:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        try:
            answer = httpx.get(f"http://{LOOPBACK}:{ports['gateway']}/readyz", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
    assert answer.status_code == 503
