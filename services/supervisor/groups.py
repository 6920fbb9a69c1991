"""The processes that our own services run in."""

import os
import signal
import sys
from pathlib import Path

import httpx
import psycopg

import services
from infra.embedded.process import Command, Process
from infra.embedded.state import StateDirectory
from infra.settings import PREFIX, Settings
from services.supervisor.restarts import Place

Group = tuple[str, ...]

GROUPS: tuple[Group, ...] = (
    ("evaluator",),
    ("inspector",),
    ("judge",),
    ("publisher",),
    ("tracker",),
    ("gateway", "console", "relay"),
)
STREAMING = frozenset({"evaluator", "inspector", "judge", "publisher", "tracker"})
_PAGES = ("gateway", "console")
_HTTP_OK = 200


def group_name(group: Group) -> str:
    """Return the written name of a group, also that of its log."""
    return "+".join(group)


def group_process(group: Group, state: StateDirectory) -> Process:
    """Return the process of a group, not yet started.

    It reads its settings from the state directory alone. It is killed outright when its supervisor dies: its servers
    are going then too, and what was not committed is read again.
    """
    project = Path(services.__file__).parents[1]
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    path = os.pathsep.join(filter(None, (str(project), kept.get("PYTHONPATH"))))
    command = Command(
        group_name(group),
        (sys.executable, "-m", "services", "run", *group),
        environment={**kept, "PYTHONPATH": path, f"{PREFIX}STATE_DIR": str(state.path), "PYTHONUNBUFFERED": "1"},
        folder=state.path,
        death_signal=signal.SIGKILL,
    )
    return state.process(command)


def service_address(service: str, settings: Settings) -> str:
    """Return where a service answers."""
    if service in _PAGES:
        section = getattr(settings, service)
        return f"http://{section.host}:{section.port}"
    return f"http://127.0.0.1:{getattr(settings.health, service)}"


def group_address(group: Group, settings: Settings) -> str:
    """Return the addresses that people and suppliers use; empty for a group without any."""
    return " ".join(service_address(service, settings) for service in group if service in _PAGES)


def is_ready(group: Group, settings: Settings) -> bool:
    """Return whether every service of the group says that it does its work."""
    return all(_says_ready(f"{service_address(service, settings)}/readyz") for service in group)


def _says_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1.0, trust_env=False).status_code == _HTTP_OK
    except httpx.HTTPError:
        return False


def place_of(group: Group, dsn: str) -> Place | None:
    """Return how far a group has come; None if PostgreSQL does not say.

    Args:
        group: The services.
        dsn: Address of the store.
    """
    consumers = [f"leerlus-{service}" for service in group if service in STREAMING]
    if not consumers:
        return ()
    try:
        with psycopg.connect(dsn, connect_timeout=2) as connection:
            rows = connection.execute(
                "SELECT consumer || ' ' || topic, partition, next_offset FROM leerlus.position"
                " WHERE consumer = ANY(%s) ORDER BY 1, 2",
                [consumers],
            ).fetchall()
    except psycopg.Error:
        return None
    return tuple((str(name), int(partition), int(offset)) for name, partition, offset in rows)
