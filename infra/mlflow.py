"""MLflow: experiments, runs, metrics and artifacts of policies. The only module that imports mlflow.

Calls block, and are meant for a thread. Everything is looked up by a tag before it is made, so repeating a call makes
nothing twice; the same metric at the same step and time is one row.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from contracts.errors import InfrastructureError, Unavailable

if TYPE_CHECKING:
    from mlflow import MlflowClient

_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # a server that is down fails within seconds; who calls tries again
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_TRUNCATE_LONG_VALUES": "false",  # refuse what does not fit rather than cut it
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
_REFUSED = range(400, 500)


@dataclass(frozen=True, slots=True)
class Metric:
    """One value of a metric.

    Attributes:
        key: Name of letters, digits and `_-.: /`.
        value: The value; what is not finite becomes a tag, since MLflow would change it.
        step: Look.
        timestamp_ms: Data cut-off (ms since 1970, UTC).
    """

    key: str
    value: float
    step: int
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was found or made."""

    id: str
    is_finished: bool


class Tracking:
    """A tracking server.

    Args:
        uri: Its address.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._client = _client(uri)

    def experiment(self, name: str) -> str:
        """Return the id of the experiment with this name, which is made if there is none."""
        with self._translated():
            found = self._client.get_experiment_by_name(name)
            if found is None:
                made: str = self._client.create_experiment(name)
                return made
        if found.lifecycle_stage != "active":
            raise InfrastructureError(
                f"experiment {name!r} was deleted in MLflow at {self._uri}: restore it, tracking then goes on"
            )
        identity: str = found.experiment_id
        return identity

    def run(self, experiment: str, *, tag: str, value: str, name: str, tags: Mapping[str, str]) -> Run:
        """Return the run that carries this tag, which is made if there is none.

        Args:
            experiment: Id of the experiment.
            tag: Name of the tag that identifies the run.
            value: Its value; hexadecimal digits and dashes.
            name: Name of a new run, for people.
            tags: Other tags of a new run.
        """
        with self._translated():
            found = self._client.search_runs([experiment], filter_string=f"tags.{tag} = '{value}'", max_results=1)
            if found:
                return Run(found[0].info.run_id, found[0].info.status == "FINISHED")
            made = self._client.create_run(experiment, run_name=name, tags={**tags, tag: value})
            return Run(made.info.run_id, is_finished=False)

    def log(self, run: str, metrics: Sequence[Metric] = (), *, params: Mapping[str, str] | None = None) -> None:
        """Add metrics and params to a run, 1,000 a call; a param that has another value already is refused.

        Raises:
            InfrastructureError: If MLflow refuses a value.
        """
        from mlflow import entities  # noqa: PLC0415  (seconds: only the process that tracks pays them)

        values = [
            entities.Metric(each.key, each.value, each.timestamp_ms, each.step)
            for each in metrics
            if isfinite(each.value)
        ]
        tags = [
            entities.RunTag(f"{each.key}.{each.step}", str(each.value)) for each in metrics if not isfinite(each.value)
        ]
        with self._translated():
            self._client.log_batch(
                run,
                metrics=values,
                params=[entities.Param(key, value) for key, value in (params or {}).items()],
                tags=tags,
            )

    def write(self, run: str, path: str, text: str) -> None:
        """Store a text as an artifact of a run; one stored before under this path is replaced."""
        with self._translated():
            self._client.log_text(run, text, path)

    def finish(self, run: str) -> None:
        """Mark a run as complete."""
        with self._translated():
            self._client.set_terminated(run)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what mlflow raises into our errors."""
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        try:
            yield
        except MlflowException as error:
            if error.get_http_status_code() in _REFUSED:
                raise InfrastructureError(f"MLflow at {self._uri} refuses: {error.message}") from error
            raise Unavailable(f"MLflow at {self._uri} does not answer: {error.message}") from error
        except OSError as error:  # what requests raises where artifacts are stored
            raise Unavailable(f"MLflow at {self._uri} does not take an artifact: {error}") from error


def _client(uri: str) -> "MlflowClient":
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient  # noqa: PLC0415  (reads the environment when it is imported)

    return MlflowClient(tracking_uri=uri)
