"""What `leerlus up` promises about starting, keeping alive, stopping, and its own death."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from contracts.errors import InfrastructureError, SettingsError
from infra.embedded.marks import read_mark
from infra.settings import load_settings
from services.supervisor import detach, down, status, up

STAND_INS = Path(__file__).with_name("stand_ins.py")
PROJECT = Path(__file__).parents[2]


def until(happens, timeout_s=60):
    """What `happens` returns, once it is true."""
    deadline = time.monotonic() + timeout_s
    while not (result := happens()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return result


class Supervisor:
    """A supervisor in a process of its own, whose services are stand-ins."""

    def __init__(self, settings, *services):
        self.settings = load_settings(**settings)
        self.lines = []
        self._child = subprocess.Popen(
            [sys.executable, str(STAND_INS), json.dumps(settings), *services],
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )

    def runs(self):
        """Wait until everything runs."""
        assert self._read(lambda line: line["part"] == "all")["state"] == "running", self.lines[-1]["text"]
        return self

    def is_refused(self):
        """Wait until it ends by itself; returns the message."""
        assert self._read(lambda line: line["part"] == "all")["state"] == "refused"
        self._child.wait(timeout=30)
        return self.lines[-1]["text"]

    def hears(self, part, state):
        """Wait for a step."""
        return self._read(lambda line: (line["part"], line["state"]) == (part, state))

    def ends(self, number):
        """Send it a signal and wait for its end; returns its exit code."""
        self._child.send_signal(number)
        self.lines += map(json.loads, self._child.stdout)
        return self._child.wait(timeout=60)

    def close(self):
        """Stop it if it still runs."""
        if self._child.poll() is None:
            self.ends(signal.SIGTERM)
        self._child.stdout.close()
        down(self.settings)

    def _read(self, wanted):
        for text in self._child.stdout:
            self.lines.append(json.loads(text))
            if wanted(self.lines[-1]):
                return self.lines[-1]
        raise AssertionError(f"it ended after {self.lines[-1:]}")

    def processes(self):
        """Everything that runs for it: leaders by their process files, and what they started."""
        leaders = [mark.pid for path in (self.settings.state_dir / "run").glob("*.json") if (mark := read_mark(path))]
        return [one for pid in leaders for one in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))]


@pytest.fixture
def supervise(own_state_dir, mlflow_elsewhere):
    """Returns a function that starts a supervisor on a fresh state directory; MLflow is taken as configured."""
    begun = []

    def start(*services, **settings):
        begun.append(Supervisor({"state_dir": str(own_state_dir), **mlflow_elsewhere, **settings}, *services))
        return begun[-1]

    yield start
    for one in begun:
        one.close()


@pytest.fixture
def mlflow_elsewhere():
    """Settings that name an MLflow, so that none is started: it takes longest and adds nothing here."""
    return {"mlflow": {"uri": "http://127.0.0.1:9"}}


@pytest.fixture
def servers_elsewhere(kafka, database):
    """Settings that name the servers of the whole run, for what does not turn on starting them."""
    return {"kafka": {"bootstrap": kafka.address}, "postgres": database.as_settings()}


def part(supervisor, name):
    return next(one for one in status(supervisor.settings).parts if one.name == name)


def test_what_is_not_configured_is_started_and_told(supervise):
    supervisor = supervise("evaluator", "judge").runs()
    now = status(supervisor.settings)
    assert {one.name: one.state for one in now.parts} == {
        "mlflow": "configured",
        "postgres": "ready",
        "kafka": "ready",
        "evaluator": "ready",
        "judge": "ready",
    }
    assert all(one.memory_bytes > 0 for one in now.parts if one.pid)
    written = load_settings(state_dir=supervisor.settings.state_dir)
    assert written.need_kafka() == part(supervisor, "kafka").address
    assert written.need_mlflow() == "http://127.0.0.1:9"
    assert stat.S_IMODE((supervisor.settings.state_dir / "settings.json").stat().st_mode) == 0o600


def test_services_are_stopped_first_and_postgres_last_of_all(supervise):
    supervisor = supervise("evaluator").runs()
    assert supervisor.ends(signal.SIGTERM) == 0
    stopped = [line["part"] for line in supervisor.lines if line["state"] == "stopped"]
    assert stopped == ["evaluator", "kafka", "postgres"]
    assert supervisor.processes() == []
    assert status(supervisor.settings).supervisor is None
    assert load_settings(state_dir=supervisor.settings.state_dir).kafka.bootstrap is None


def test_an_interrupt_ends_it_in_order_too(supervise, servers_elsewhere):
    supervisor = supervise("evaluator", **servers_elsewhere).runs()
    assert supervisor.ends(signal.SIGINT) == 0
    assert supervisor.processes() == []


def test_a_second_one_on_the_same_directory_says_so(supervise, servers_elsewhere):
    first = supervise(**servers_elsewhere).runs()
    with pytest.raises(SettingsError, match=rf"runs already on .* \(process {status(first.settings).supervisor}\)"):
        up(first.settings)


def test_an_interrupt_while_it_starts_leaves_nothing_running(supervise):
    supervisor = supervise("evaluator")
    supervisor.hears("postgres", "ready")
    assert supervisor.ends(signal.SIGINT) == 0
    assert supervisor.lines[-1]["state"] == "stopped"
    assert supervisor.processes() == []


def test_its_own_violent_death_leaves_no_orphan(supervise):
    """With MLflow too, whose server is the child of a child."""
    supervisor = supervise("evaluator", "judge", mlflow={"uri": None}).runs()
    assert {one.name for one in status(supervisor.settings).parts if one.pid} == {
        "mlflow",
        "postgres",
        "kafka",
        "evaluator",
        "judge",
    }
    mourned = supervisor.processes()
    assert supervisor.ends(signal.SIGKILL) == -signal.SIGKILL
    _, alive = psutil.wait_procs(mourned, timeout=20)
    assert alive == []


def test_after_its_violent_death_it_starts_again_at_the_same_addresses(supervise):
    first = supervise("evaluator").runs()
    before = {one.name: one.address for one in status(first.settings).parts}
    first.ends(signal.SIGKILL)
    second = supervise("evaluator").runs()
    assert {one.name: one.address for one in status(second.settings).parts} == before


@pytest.mark.parametrize("name", ["evaluator", "kafka", "postgres"])
def test_what_is_killed_is_started_again(supervise, name):
    supervisor = supervise("evaluator").runs()
    killed = part(supervisor, name)
    os.kill(killed.pid, signal.SIGKILL)
    revived = until(lambda: (now := part(supervisor, name)).state == "ready" and now.pid != killed.pid and now)
    assert revived.restarts >= 1
    assert revived.address == killed.address


def test_a_service_that_ends_at_once_is_given_up_with_its_last_words(supervise, servers_elsewhere):
    message = supervise("evaluator", "publisher", **servers_elsewhere).is_refused()
    assert "publisher ended with code 1 after 3 restarts at the same place and is given up" in message
    assert "no luck at offset 17" in message


def test_a_port_that_was_configured_and_is_taken_is_refused_by_name(supervise, servers_elsewhere):
    listener = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        port = int(listener.stdout.readline().split(" port ")[1].split()[0])
        message = supervise("evaluator", health={"evaluator": port}, **servers_elsewhere).is_refused()
        assert f"LEERLUS_HEALTH__EVALUATOR is {port}, which is taken by process {listener.pid}" in message
    finally:
        listener.kill()
        listener.wait()
        listener.stdout.close()


def test_servers_that_are_configured_are_used_and_not_started(supervise, servers_elsewhere):
    supervisor = supervise("evaluator", **servers_elsewhere).runs()
    states = {one.name: one.state for one in status(supervisor.settings).parts}
    assert states == {"kafka": "configured", "postgres": "configured", "mlflow": "configured", "evaluator": "ready"}
    assert not (supervisor.settings.state_dir / "postgres").exists()


def test_it_can_go_on_by_itself_until_it_is_told_to_stop(own_state_dir, mlflow_elsewhere):
    settings = load_settings(state_dir=own_state_dir, **mlflow_elsewhere)
    steps = []
    told = detach(settings, groups=(), progress=steps.append)
    try:
        assert told.supervisor == status(settings).supervisor
        assert {one.name: one.state for one in told.parts} == {
            "mlflow": "configured",
            "postgres": "ready",
            "kafka": "ready",
        }
        assert {step.part for step in steps} >= {"kafka", "postgres", "schema", "topics"}
    finally:
        assert down(settings)
    assert status(settings).supervisor is None
    assert not down(settings)


def test_what_stops_it_on_its_own_is_told_to_who_started_it(own_state_dir, mlflow_elsewhere):
    nobody = "postgresql://role:word@127.0.0.1:9/leerlus"
    unreachable = load_settings(
        state_dir=own_state_dir,
        kafka={"bootstrap": "127.0.0.1:9"},
        postgres={"dsn": nobody, "owner_dsn": nobody},
        **mlflow_elsewhere,
    )
    with pytest.raises(InfrastructureError, match=r"127\.0\.0\.1") as caught:
        detach(unreachable, groups=(), progress=lambda _: None)
    assert ":word@" not in str(caught.value)
    assert status(unreachable).supervisor is None
