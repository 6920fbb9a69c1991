"""MLflow: the tracking server with its store and artifacts under the state directory, on 127.0.0.1."""

import sys

import httpx

from infra.embedded.environment import inherited
from infra.embedded.ports import LOOPBACK
from infra.embedded.process import Command, Process
from infra.embedded.progress import Progress, Step
from infra.embedded.state import StateDirectory

_HTTP_OK = 200


class Mlflow:
    """The embedded tracking server.

    It has a SQLite file of its own: with one worker nothing competes for it, and it starts without waiting for
    PostgreSQL.

    Args:
        state: Where its data goes.
    """

    name = "mlflow"
    stop_timeout_s = 10.0

    def __init__(self, state: StateDirectory) -> None:
        self._state = state
        self._process = state.process(self._command(()))

    @property
    def process(self) -> Process:
        """The server's process."""
        return self._process

    @property
    def address(self) -> str:
        """Tracking address for clients; people open the same one."""
        return f"http://{LOOPBACK}:{self._state.ports.remembered(self.name)}"

    def start(self, progress: Progress) -> None:
        """Start the server; it makes its own tables."""
        progress(Step(self.name, "working", "starting"))
        self._process = self._state.process(self._command(self._arguments(self._state.ports.port(self.name))))
        self._process.start()

    def is_ready(self) -> bool:
        """Return whether it says that it is well."""
        try:
            return httpx.get(f"{self.address}/health", timeout=2.0, trust_env=False).status_code == _HTTP_OK
        except httpx.HTTPError:
            return False

    def _command(self, arguments: tuple[str, ...]) -> Command:
        environment = inherited(
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",  # else a dozen more processes
            MLFLOW_DISABLE_TELEMETRY="true",
            DO_NOT_TRACK="true",
        )
        return Command(self.name, arguments, environment=environment, folder=self._state.folder(self.name))

    def _arguments(self, port: int) -> tuple[str, ...]:
        home = self._state.folder(self.name)
        return (
            *(sys.executable, "-m", "mlflow", "server"),
            *("--host", LOOPBACK, "--port", str(port), "--workers", "1"),
            *("--backend-store-uri", f"sqlite:///{home / 'mlflow.db'}"),
            *("--artifacts-destination", str(home / "artifacts")),
            *("--allowed-hosts", f"{LOOPBACK}:{port},localhost:{port}"),
            *("--uvicorn-opts", "--timeout-graceful-shutdown 3 --log-level warning"),
        )
