"""Keeping processes alive: what ended is started again, at growing distance, until it is given up."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import structlog

from contracts.errors import LeerlusError
from infra.embedded.process import Process
from infra.embedded.progress import Progress, Step
from services.supervisor.report import Part, PartState, pid_of
from services.supervisor.restarts import GiveUp, Place, Restarts

_POLL_S = 0.2
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Watched:
    """One process under watch.

    Attributes:
        part: What is known of it for the report.
        process: Returns its process; another one after each start.
        start: Starts it.
        place: Returns how far it has come.
        is_ready: Returns whether it does its work.
    """

    part: Part
    process: Callable[[], Process]
    start: Callable[[], None]
    place: Callable[[], Place | None]
    is_ready: Callable[[], bool]
    restarts: Restarts = field(default_factory=Restarts)
    started_at: float = field(default_factory=time.monotonic)
    start_again_at: float | None = None
    given_up: bool = False
    seen_ready: bool = False
    message: str = ""

    @property
    def name(self) -> str:
        """Name of the part."""
        return self.part.name


class Watch:
    """Watches processes in a thread until it is told to end.

    Nothing ends it before: what goes wrong with one process, or with telling about it (a full disk, a closed terminal),
    is logged, and tried again in the next round.

    Args:
        processes: What to keep alive; all of it runs already.
        changed: Told the parts whenever something changed.
        progress: Told about ends, restarts and giving up.
    """

    def __init__(
        self, processes: Iterable[Watched], *, changed: Callable[[tuple[Part, ...]], None], progress: Progress
    ) -> None:
        self._processes = tuple(processes)
        self._changed = changed
        self._progress = progress
        self._is_paused = False
        self._acting = threading.Lock()
        self._end = threading.Event()
        self._faults: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def begin(self) -> None:
        """Begin to watch."""
        self._changed(self.parts())
        self._thread.start()

    def pause(self) -> None:
        """Leave the processes alone from now on.

        The thread goes on until `end`: the kernel ends what a thread has started when that thread ends.
        """
        with self._acting:
            self._is_paused = True

    def end(self) -> None:
        """End the thread, once the processes are stopped."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def parts(self) -> tuple[Part, ...]:
        """Return the state of everything watched."""
        return tuple(map(_present, self._processes))

    def _run(self) -> None:
        told: tuple[Part, ...] = ()
        while not self._end.wait(_POLL_S):
            with self._acting:
                if self._is_paused:
                    continue
                for watched in self._processes:
                    with self._surviving(watched.name):
                        self._look_at(watched)
            with self._surviving("report"):
                told = self._tell(told)

    def _tell(self, told: tuple[Part, ...]) -> tuple[Part, ...]:
        now = self.parts()
        if now != told:
            self._changed(now)
        return now

    @contextmanager
    def _surviving(self, part: str) -> Iterator[None]:
        """Log what goes wrong, once as long as it stays the same, and go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  (without this thread nothing would be started again)
            fault = f"{type(error).__name__}: {error}"
            if self._faults.get(part) != fault:
                self._faults[part] = fault
                with suppress(Exception):  # the log may be what fails
                    _log.exception("watch_disturbed", part=part, error=fault)
        else:
            self._faults.pop(part, None)

    def _look_at(self, watched: Watched) -> None:
        if watched.given_up:
            return
        if watched.start_again_at is not None:
            if time.monotonic() >= watched.start_again_at:
                self._start_again(watched)
        elif watched.process().mark is None:
            self._decide(watched)
        elif not watched.seen_ready and watched.is_ready():
            watched.seen_ready, watched.message = True, ""
            self._progress(Step(watched.name, "ready", watched.part.address))

    def _decide(self, watched: Watched) -> None:
        process = watched.process()
        ended = f"ended with code {process.exit_code()}"
        decision = watched.restarts.after_end(lived_s=time.monotonic() - watched.started_at, place=watched.place())
        watched.seen_ready = False
        if isinstance(decision, GiveUp):
            watched.given_up = True
            where = f"{watched.name} {ended} after {decision.n_restarts} restarts at the same place and is given up"
            watched.message = f"{where}; {process.log} ends with:\n{process.log_tail()}"
            _log.error("process_given_up", part=watched.name, log=str(process.log))
            self._progress(Step(watched.name, "failed", watched.message))
            return
        watched.start_again_at = time.monotonic() + decision
        watched.message = f"{ended}; log: {process.log}"
        _log.warning("process_ended", part=watched.name, code=process.exit_code(), again_in_s=decision)
        self._progress(Step(watched.name, "working", f"{ended}, starts again in {decision:g} s"))

    def _start_again(self, watched: Watched) -> None:
        watched.start_again_at, watched.started_at = None, time.monotonic()
        try:
            watched.start()
        except (LeerlusError, OSError) as error:
            watched.message = str(error)
            _log.warning("process_not_started", part=watched.name, error=str(error))


def _present(watched: Watched) -> Part:
    pid = pid_of(watched.process().mark)
    return replace(
        watched.part,
        state=_state(watched, runs=pid is not None),
        pid=pid,
        restarts=watched.restarts.n_restarts,
        message=watched.message,
    )


def _state(watched: Watched, *, runs: bool) -> PartState:
    if watched.given_up:
        return "given_up"
    if not runs:
        return "waiting"
    return "ready" if watched.seen_ready else "starting"
