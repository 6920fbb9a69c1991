"""The sections of the settings: what can be set about each outside system and each service."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, SerializationInfo

REVEALED = {"secrets": "revealed"}
"""Context with which secrets are written in clear."""

Port = Annotated[int, Field(ge=1, le=65535)]
Amount = Annotated[int, Field(ge=1)]


def _shown(value: SecretStr, info: SerializationInfo) -> str:
    """Write a secret as stars, unless the writer asked for it with `revealed`."""
    return value.get_secret_value() if info.context == REVEALED else str(value)


Secret = Annotated[SecretStr, PlainSerializer(_shown, when_used="json")]


class Section(BaseModel):
    """A frozen section that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(Section):
    """Where the log is; `maven` names a mirror of the Maven repository for sites without access to the public one."""

    bootstrap: str | None = None
    maven: str | None = None


class PostgresSettings(Section):
    """Where the store is: `dsn` for the services, `owner_dsn` for migrations, `reader_dsn` for Grafana."""

    dsn: Secret | None = None
    owner_dsn: Secret | None = None
    reader_dsn: Secret | None = None


class MlflowSettings(Section):
    """Where evaluations are tracked."""

    uri: str | None = None


class GrafanaSettings(Section):
    """Where dashboards and annotations go; without a URL the console shows everything."""

    url: str | None = None


class GatewaySettings(Section):
    """Where suppliers deliver, how much each may, and the key with which `leerlus send` and `leerlus demo` do.

    `contact` is the mail address that suppliers find in the description of the interface. A supplier may have limits of
    its own; `body_timeout_s` is how long the body of a request may be under way.
    """

    host: str = "127.0.0.1"
    port: Port = 8471
    contact: str = ""
    key: Secret | None = None
    lines_a_minute: Amount = 1_000_000
    requests_a_minute: Amount = 3_000
    body_timeout_s: Amount = 60


class ConsoleSettings(Section):
    """Where people look."""

    host: str = "127.0.0.1"
    port: Port = 8470


class InspectorSettings(Section):
    """How many records of a partition are checked together, and how long the first of them waits for others."""

    records: int = Field(default=10_000, ge=1)
    seconds: float = Field(default=30.0, gt=0)


class HealthSettings(Section):
    """The port where each service without pages of its own answers `/healthz`, `/readyz` and `/metrics`."""

    evaluator: Port = 8472
    judge: Port = 8473
    publisher: Port = 8474
    tracker: Port = 8475
    relay: Port = 8476
    inspector: Port = 8477


class QuarantineSettings(Section):
    """How refused records are kept.

    Attributes:
        key: Keys that encrypt their bytes, separated by white space, the one in use first; without one and without
            `key_file` a key is made once and kept in the state directory.
        key_file: A file that holds the same.
        keep_days: Days after which the bytes are deleted; place and reasons stay.
    """

    key: Secret | None = None
    key_file: Path | None = None
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30


class LogSettings(Section):
    """How much is logged and in which form; `auto` is `console` on a terminal and `json` elsewhere."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
