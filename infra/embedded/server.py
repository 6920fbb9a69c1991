"""The shape that every embedded server has, and how one waits for it."""

import time
from collections.abc import Sequence
from typing import Protocol

from contracts.errors import Unavailable
from infra.embedded.process import Process
from infra.embedded.progress import Progress, Step

_POLL_S = 0.1


class Server(Protocol):
    """A server of ours on 127.0.0.1 with its data under the state directory."""

    name: str
    stop_timeout_s: float

    @property
    def process(self) -> Process:
        """Its process."""
        ...

    @property
    def address(self) -> str:
        """Where it answers, without secrets."""
        ...

    def start(self, progress: Progress) -> None:
        """Start it and return at once; what must come first (a download, a new data folder) is reported."""
        ...

    def is_ready(self) -> bool:
        """Return whether it does its work."""
        ...


def wait_until_ready(servers: Sequence[Server], progress: Progress, *, timeout_s: float) -> None:
    """Wait until every server that was started does its work.

    Raises:
        Unavailable: If one has ended or is not ready in time; the message carries the end of its log.
    """
    deadline = time.monotonic() + timeout_s
    waiting = list(servers)
    while waiting:
        for server in tuple(waiting):
            if server.is_ready():
                waiting.remove(server)
                progress(Step(server.name, "ready", server.address))
            elif server.process.mark is None:
                raise Unavailable(
                    f"{server.name} ended while it started (code {server.process.exit_code()}); {_log(server)}"
                )
        if waiting and time.monotonic() > deadline:
            late = waiting[0]
            raise Unavailable(f"{late.name} was not ready within {timeout_s:.0f} s; {_log(late)}")
        time.sleep(_POLL_S if waiting else 0)


def stop(server: Server) -> None:
    """Stop a server, in good order if it can."""
    server.process.stop(timeout_s=server.stop_timeout_s)


def _log(server: Server) -> str:
    return f"its log {server.process.log} ends with:\n{server.process.log_tail()}"
