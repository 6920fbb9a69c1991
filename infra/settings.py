"""Everything that can be configured, read once and never changed.

A value given as an argument wins over the environment (`LEERLUS_KAFKA__BOOTSTRAP`), that over the file
`<state_dir>/settings.json` which `leerlus up` writes while it runs, that over the default. Nothing else in this
project reads the environment.
"""

import json
import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import AfterValidator, BaseModel, Field, PrivateAttr, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from contracts.errors import SettingsError, Unavailable
from infra.setting_sections import (
    REVEALED,
    ConsoleSettings,
    GatewaySettings,
    GrafanaSettings,
    HealthSettings,
    InspectorSettings,
    KafkaSettings,
    LogSettings,
    MlflowSettings,
    PostgresSettings,
    QuarantineSettings,
)

PREFIX = "LEERLUS_"
STATE_FILE = "settings.json"

Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


def _default_folder(kind: Literal["state", "cache"]) -> Path:
    """Return the folder that the system sets aside; root's is the machine's own, as for any system service."""
    whose = "site" if os.geteuid() == 0 else "user"
    path: Path = getattr(platformdirs, f"{whose}_{kind}_path")("leerlus")
    return path


class Settings(BaseSettings):
    """The settings of one process.

    Attributes:
        state_dir: Data, logs, passwords and process files of the servers that `leerlus up` starts.
        cache_dir: What can be downloaded again, such as Kafka's jars.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    state_dir: Folder = Field(default_factory=lambda: _default_folder("state"))
    cache_dir: Folder = Field(default_factory=lambda: _default_folder("cache"))
    kafka: KafkaSettings = KafkaSettings()
    postgres: PostgresSettings = PostgresSettings()
    mlflow: MlflowSettings = MlflowSettings()
    grafana: GrafanaSettings = GrafanaSettings()
    gateway: GatewaySettings = GatewaySettings()
    console: ConsoleSettings = ConsoleSettings()
    inspector: InspectorSettings = InspectorSettings()
    health: HealthSettings = HealthSettings()
    quarantine: QuarantineSettings = QuarantineSettings()
    log: LogSettings = LogSettings()

    _overrides: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (the signature is pydantic's)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the state file below arguments and environment."""
        return init_settings, env_settings, _StateFile(settings_cls)

    def configured(self) -> "Settings":
        """Return what was configured by argument or environment, without what a running `leerlus up` added."""
        return _load({**self._overrides, "state_dir": self.state_dir}, Configured)

    def revealed(self) -> dict[str, Any]:
        """Return what differs from the defaults as plain values, secrets in clear: for files that only we can read."""
        return self.model_dump(mode="json", exclude_unset=True, exclude={"state_dir"}, context=REVEALED)

    def need_kafka(self) -> str:
        """Return the bootstrap address, or say how to get one."""
        return self._need(self.kafka.bootstrap, "Kafka", "KAFKA__BOOTSTRAP")

    def need_postgres(self) -> str:
        """Return the DSN of the service role, or say how to get one."""
        return self._need(self.postgres.dsn, "PostgreSQL", "POSTGRES__DSN")

    def need_postgres_owner(self) -> str:
        """Return the DSN of the owner role, or say how to get one."""
        return self._need(self.postgres.owner_dsn, "PostgreSQL (as owner)", "POSTGRES__OWNER_DSN")

    def need_mlflow(self) -> str:
        """Return the tracking address, or say how to get one."""
        return self._need(self.mlflow.uri, "MLflow", "MLFLOW__URI")

    def need_gateway_key(self) -> str:
        """Return the key for the gateway, or say how to get one."""
        return self._need(self.gateway.key, "key for the gateway", "GATEWAY__KEY")

    def _need(self, value: str | SecretStr | None, server: str, variable: str) -> str:
        if value is None:
            raise Unavailable(
                f"no {server} is known: run `leerlus up` (state directory {self.state_dir}), or set {PREFIX}{variable}"
            )
        return value.get_secret_value() if isinstance(value, SecretStr) else value

    def _remember(self, overrides: Mapping[str, Any]) -> Self:
        self._overrides.update(overrides)
        return self


class Configured(Settings):
    """The same settings without the state file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave out the state file."""
        return init_settings, env_settings


class _StateFile(PydanticBaseSettingsSource):
    """What `leerlus up` wrote about the servers it started, under the state directory of the sources above."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        folder = self.current_state.get("state_dir") or _default_folder("state")
        path = Path(folder).expanduser() / STATE_FILE
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return {}
        except ValueError as error:
            raise SettingsError(f"{path} is not readable as JSON ({error}): remove it and run `leerlus up`") from error
        return values


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of this process.

    Args:
        **overrides: Values that win over everything else, sections as mappings: `kafka={"bootstrap": "..."}`.

    Raises:
        SettingsError: If a variable with our prefix is not a setting, or a value does not fit.
    """
    refuse_unknown(os.environ)
    return _load(overrides, Settings)


def _load(overrides: Mapping[str, Any], kind: type[Settings]) -> Settings:
    try:
        return kind(**overrides)._remember(overrides)  # noqa: SLF001  (its own factory)
    except ValidationError as error:
        raise SettingsError("\n".join(map(_problem, error.errors()))) from None


def variable_names() -> tuple[str, ...]:
    """Return the name of every variable that is a setting, in the order of the fields."""
    return tuple(_names(Settings, PREFIX))


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """Refuse variables that look like settings but are none, since a misspelt one would be ignored in silence.

    Raises:
        SettingsError: With every unknown name, the nearest allowed one and the list of allowed names.
    """
    allowed = variable_names()
    unknown = sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in allowed)
    if unknown:
        problems = [f"{name} is not a setting{_suggestion(name, allowed)}" for name in unknown]
        raise SettingsError("\n".join([*problems, f"allowed: {', '.join(allowed)}"]))


def _suggestion(name: str, allowed: tuple[str, ...]) -> str:
    near = get_close_matches(name.upper(), allowed, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _names(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def _problem(error: Mapping[str, Any]) -> str:
    """Return one line about a value that does not fit; secrets are of a kind that takes any text, so none is shown."""
    place = [str(part) for part in error["loc"]]
    variable = PREFIX + "__".join(place).upper()
    if error["type"] == "extra_forbidden":
        return f"{'.'.join(place)} is not a setting{_suggestion(variable, variable_names())}"
    return f"{variable} is {error['input']!r}: {error['msg']}"
