"""Free ports on 127.0.0.1, chosen once and remembered, so that addresses survive a restart."""

import json
import random
import socket
from pathlib import Path

from contracts.errors import InfrastructureError

LOOPBACK = "127.0.0.1"
_RANGE = range(20_000, 32_000)  # below the ports that the kernel lends to outgoing connections
_TRIES = 200
_CONNECT_TIMEOUT_S = 1.0


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def answers(port: int | None) -> bool:
    """Return whether something accepts connections on the port."""
    if port is None:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(_CONNECT_TIMEOUT_S)
        return probe.connect_ex((LOOPBACK, port)) == 0


class PortBook:
    """The ports of one state directory.

    Args:
        path: File that remembers them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def port(self, name: str, *, preferred: int | None = None) -> int:
        """Return the port of a server that is about to start.

        The remembered one; the preferred one if none is remembered; another one, remembered from now on, where that is
        taken.
        """
        wanted = self._ports.get(name, preferred)
        if wanted is not None and is_free(wanted):
            return self._keep(name, wanted)
        return self._keep(name, self._choose())

    def remembered(self, name: str) -> int | None:
        """Return the port that was chosen before, free or not."""
        return self._ports.get(name)

    def _choose(self) -> int:
        taken = set(self._ports.values())
        for _ in range(_TRIES):
            port = random.choice(_RANGE)  # noqa: S311  (spread, not secrecy)
            if port not in taken and is_free(port):
                return port
        raise InfrastructureError(
            f"no free port found on {LOOPBACK} between {_RANGE.start} and {_RANGE.stop} in {_TRIES} tries"
        )

    def _keep(self, name: str, port: int) -> int:
        if self._ports.get(name) != port:
            self._ports[name] = port
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps(self._ports, indent=1), encoding="utf-8")
            part.replace(self._path)
        return port
