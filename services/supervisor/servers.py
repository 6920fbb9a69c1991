"""Which servers must be started, and the settings with which everything else finds them."""

import json
import os
from collections.abc import Mapping
from typing import Any, NoReturn

import psutil

from contracts.errors import SettingsError
from infra.embedded.kafka import Kafka
from infra.embedded.mlflow import Mlflow
from infra.embedded.ports import is_free
from infra.embedded.postgres import Postgres
from infra.embedded.roles import OWNER, READER, SERVICE
from infra.embedded.server import Server
from infra.embedded.state import StateDirectory
from infra.settings import PREFIX, STATE_FILE, Settings, load_settings
from infra.supplier_keys import key_of_secret
from services.supervisor.groups import Group
from services.supervisor.report import Part

_PAGES = ("gateway", "console")


def needed_servers(configured: Settings, state: StateDirectory) -> tuple[Server, ...]:
    """Return the servers that the settings do not name, the slowest to start first."""
    servers: list[Server] = []
    if configured.mlflow.uri is None:
        servers.append(Mlflow(state))
    if configured.postgres.dsn is None:
        servers.append(Postgres(state))
    if configured.kafka.bootstrap is None:
        servers.append(Kafka(state, cache_dir=configured.cache_dir, mirror=configured.kafka.maven))
    return tuple(servers)


def configured_parts(configured: Settings) -> tuple[Part, ...]:
    """Return the organisation's own servers, by addresses without secrets."""
    named = {
        "kafka": configured.kafka.bootstrap,
        "postgres": "configured" if configured.postgres.dsn is not None else None,
        "mlflow": configured.mlflow.uri,
        "grafana": configured.grafana.url,
    }
    return tuple(Part(name, "server", "configured", address) for name, address in named.items() if address is not None)


def completed(configured: Settings, state: StateDirectory, servers: tuple[Server, ...]) -> Settings:
    """Return the settings with the addresses of the servers that were started, and a key for the gateway."""
    added: dict[str, dict[str, Any]] = {}
    if configured.gateway.key is None:
        added["gateway"] = {"key": key_of_secret(state.secret("gateway_key")).text}
    for server in servers:
        if isinstance(server, Kafka):
            added["kafka"] = {"bootstrap": server.address}
        elif isinstance(server, Mlflow):
            added["mlflow"] = {"uri": server.address}
        elif isinstance(server, Postgres):
            roles = {"dsn": SERVICE, "owner_dsn": OWNER, "reader_dsn": READER}
            added["postgres"] = {name: server.dsn(role) for name, role in roles.items()}
    return _with(configured, state, added)


def with_ports(configured: Settings, state: StateDirectory, groups: tuple[Group, ...]) -> Settings:
    """Return the settings with a free port for every service that is going to run.

    A port that was configured is taken as it is.

    Raises:
        SettingsError: If a configured port is taken.
    """
    added: dict[str, dict[str, Any]] = {}
    for service in (service for group in groups for service in group):
        section, name = (service, "port") if service in _PAGES else ("health", service)
        chosen = getattr(configured, section)
        preferred: int = getattr(chosen, name)
        if name in chosen.model_fields_set:
            if not is_free(preferred):
                _refuse_taken(f"{PREFIX}{section}__{name}".upper(), preferred)
        else:
            added.setdefault(section, {})[name] = state.ports.port(service, preferred=preferred)
    return _with(configured, state, added)


def write_settings(settings: Settings) -> None:
    """Write what the services and the command line need, passwords included, for our eyes only."""
    path = settings.state_dir / STATE_FILE
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(settings.revealed(), file, indent=1)
    part.replace(path)


def remove_settings(settings: Settings) -> None:
    """Forget the addresses of servers that no longer run."""
    (settings.state_dir / STATE_FILE).unlink(missing_ok=True)


def _with(settings: Settings, state: StateDirectory, added: Mapping[str, Mapping[str, Any]]) -> Settings:
    base = settings.revealed()
    sections = {name: {**base.get(name, {}), **values} for name, values in added.items()}
    return load_settings(**{**base, **sections, "state_dir": state.path})


def _refuse_taken(variable: str, port: int) -> NoReturn:
    holders = {
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.pid is not None and connection.laddr[1:2] == (port,)
    }
    who = f" by process {', '.join(map(str, sorted(holders)))}" if holders else ""
    raise SettingsError(f"{variable} is {port}, which is taken{who}: free it, set another, or leave it out")
