import os
import signal
import sys
import time

import pytest

from contracts.errors import InfrastructureError
from infra.embedded.marks import Mark, mark_of, read_mark, stop_left_over, write_mark
from infra.embedded.process import Command, Process

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS


@pytest.fixture
def start(tmp_path):
    """Returns a function that starts a Python program and waits for its first line."""
    begun = []

    def start_one(code, name="program"):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = Command(name, (sys.executable, "-c", code), environment=environment, folder=tmp_path)
        process = Process(command, log=tmp_path / f"{name}.log", pid_file=tmp_path / f"{name}.json")
        process.start()
        begun.append(process)
        until(lambda: "up" in process.log_tail() or process.mark is None)
        return process

    yield start_one
    for process in begun:
        process.kill()


def until(happens, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_leads_its_own_session_and_is_remembered(start):
    process = start(SLEEPS)
    assert os.getsid(process.mark.pid) == process.mark.pid
    assert read_mark(process.pid_file) == process.mark


def test_stopping_asks_first_and_forgets_it(start):
    process = start(SLEEPS)
    process.stop(timeout_s=5)
    assert process.exit_code() == -signal.SIGTERM
    assert not process.pid_file.exists()


def test_a_process_that_does_not_listen_is_killed(start):
    process = start(STUBBORN)
    process.stop(timeout_s=0.2)
    assert process.exit_code() == -signal.SIGKILL


def test_a_process_that_runs_is_not_started_again(start):
    process = start(SLEEPS)
    with pytest.raises(InfrastructureError, match="runs already"):
        process.start()


def test_a_process_that_cannot_be_remembered_does_not_run_on(start, tmp_path):
    (tmp_path / "program.part").mkdir()  # where the mark is written
    process = Process(
        Command("program", (sys.executable, "-c", SLEEPS), environment={**os.environ}, folder=tmp_path),
        log=tmp_path / "program.log",
        pid_file=tmp_path / "program.json",
    )
    with pytest.raises(IsADirectoryError):
        process.start()
    assert process.exit_code() == -signal.SIGKILL


def test_a_reused_process_id_is_not_taken_for_the_process(start, tmp_path):
    """The pid file names a process that is gone, whose number another one has got."""
    stranger = start(SLEEPS)
    stale = tmp_path / "stale.json"
    write_mark(stale, Mark(stranger.mark.pid, "another start"))
    assert read_mark(stale) is None
    stop_left_over(stale, timeout_s=1)
    assert stranger.mark is not None
    assert not stale.exists()


def test_what_was_left_over_is_stopped(start):
    process = start(SLEEPS)
    stop_left_over(process.pid_file, timeout_s=5)
    until(lambda: process.exit_code() is not None)
    assert process.exit_code() != 0


def test_a_damaged_pid_file_names_nobody(tmp_path):
    (tmp_path / "bad.json").write_text("{")
    assert read_mark(tmp_path / "bad.json") is None


def test_the_tail_of_the_log_is_that_of_this_start(start):
    first = start("print('first up')")
    until(lambda: first.mark is None)
    second = start("print('second up')")
    until(lambda: second.mark is None)
    assert second.log_tail() == "second up"


def test_a_process_dies_with_the_one_that_started_it(start):
    """A middle process starts one through the launcher and is killed; the started one must follow."""
    middle = start(
        "import os, sys, time, pathlib\n"
        "from infra.embedded.process import Command, Process\n"
        f"command = Command('inner', (sys.executable, '-c', {SLEEPS!r}), environment=dict(os.environ), folder='.')\n"
        "Process(command, log=pathlib.Path('inner.log'), pid_file=pathlib.Path('inner.json')).start()\n"
        "print('up', flush=True); time.sleep(60)"
    )
    inner = read_mark(middle.pid_file.with_name("inner.json"))
    assert inner.is_alive()
    os.kill(middle.mark.pid, signal.SIGKILL)
    until(lambda: not inner.is_alive())


def test_a_mark_names_this_very_process():
    assert mark_of(os.getpid()).is_alive()
