"""The watch over processes outlives whatever goes wrong around it."""

import threading
import time
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from infra.embedded.marks import Mark
from services.supervisor.report import Part
from services.supervisor.watch import Watch, Watched

LIVES = Mark(1, "boot:1")


class Program:
    """A process that exists only here: it runs, or has ended; `faults` are raised instead of starting it."""

    def __init__(self, *faults):
        self.mark = None
        self.log = "program.log"
        self.n_starts = 0
        self._faults = list(faults)

    def start(self):
        self.n_starts += 1
        if self._faults:
            raise self._faults.pop(0)
        self.mark = LIVES

    def exit_code(self):
        return 1

    def watched(self, name="kafka", *, is_ready=lambda: True):
        return Watched(
            Part(name, "server", "starting"), lambda: self, self.start, place=lambda: None, is_ready=is_ready
        )


class Faulty:
    """A function that raises the first times."""

    def __init__(self, error, times):
        self._left = [error] * times
        self.told = []

    def __call__(self, said):
        if self._left:
            raise self._left.pop()
        self.told.append(said)


@pytest.fixture
def watch(monkeypatch):
    """Function that watches programs until something is true, quickly; returns what was logged."""
    monkeypatch.setattr("services.supervisor.watch._POLL_S", 0.001)
    monkeypatch.setattr("services.supervisor.restarts._FIRST_DELAY_S", 0.001)

    def watched(*programs, until, changed=lambda _: None, progress=lambda _: None):
        watch = Watch(programs, changed=changed, progress=progress)
        with capture_logs() as logs:
            watch._thread.start()
            try:
                deadline = time.monotonic() + 10
                while not until():
                    assert time.monotonic() < deadline, "it did not happen"
                    threading.Event().wait(0.002)
                assert watch._thread.is_alive()
            finally:
                watch.end()
        return [each for each in logs if each["event"] in {"watch_disturbed", "process_not_started"}]

    return watched


def test_what_cannot_be_started_now_is_started_later(watch):
    program = Program(OSError("no memory for a process"))
    (logged,) = watch(program.watched(), until=lambda: program.n_starts == 2)
    assert (logged["part"], logged["error"]) == ("kafka", "no memory for a process")
    assert program.mark == LIVES


def test_a_fault_of_ours_while_starting_is_logged_and_tried_again_too(watch):
    program = Program(KeyError("port"))
    (logged,) = watch(program.watched(), until=lambda: program.mark)
    assert (logged["part"], logged["error"]) == ("kafka", "KeyError: 'port'")


def test_a_full_disk_delays_the_report_and_is_logged_once(watch):
    write, program = Faulty(OSError("no space left on device"), times=5), Program()
    program.start()
    (logged,) = watch(program.watched(), changed=write, until=lambda: write.told)
    assert (logged["part"], logged["error"]) == ("report", "OSError: no space left on device")
    assert [part.state for part in write.told[-1]] == ["ready"]


def test_a_closed_terminal_keeps_nothing_from_being_started_again(watch):
    closed, program = Faulty(BrokenPipeError("the terminal is closed"), times=1000), Program()
    (logged, *_) = watch(program.watched(), progress=closed, until=lambda: program.mark is not None)
    assert logged["error"] == "BrokenPipeError: the terminal is closed"


def test_a_question_that_fails_about_one_leaves_the_others_under_watch(watch):
    def is_ready():
        raise RuntimeError("a version that Kafka does not know")

    asked, ended = Program(), Program()
    asked.start()
    logs = watch(asked.watched("kafka", is_ready=is_ready), ended.watched("judge"), until=lambda: ended.mark)
    assert [(each["part"], each["error"]) for each in logs] == [
        ("kafka", "RuntimeError: a version that Kafka does not know")
    ]


def test_a_log_that_cannot_be_written_stops_nothing_either(watch, monkeypatch):
    def fails(*_, **__):
        raise OSError("the log is closed")

    log = SimpleNamespace(warning=fails, exception=fails, error=fails)
    monkeypatch.setattr("services.supervisor.watch._log", log)
    program = Program()
    watch(program.watched(), until=lambda: program.mark)
