"""The services that share a process: gateway, console and relay."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.postgres.engine import connected, open_engine
from infra.settings import Settings
from services import health
from services.probing import Check, Probe
from services.serving import Server, serve_all, web_server


@dataclass(slots=True)
class _Shared:
    """What a process serves, and what runs beside it."""

    settings: Settings
    engine: AsyncEngine
    servers: list[Server] = field(default_factory=list)
    beside: list[Coroutine[None, None, None]] = field(default_factory=list)

    def add_pages(self, service: str, app: FastAPI, checks: Sequence[Check]) -> None:
        """Serve an application at its own address, with the answers about its health."""
        probe = Probe(service, (self._ask_store, *checks))
        health.add_health(app, probe)
        place = getattr(self.settings, service)
        self.servers.append(web_server(app, host=place.host, port=place.port))
        self.beside.append(probe.run())

    async def _ask_store(self) -> None:
        async with connected(self.engine):
            return


async def run_together(names: Sequence[str], settings: Settings) -> None:
    """Run services in this process until SIGINT or SIGTERM, or until one of them fails.

    Args:
        names: gateway, console, relay.
        settings: Where everything is.

    Raises:
        Exception: What made a service end.
    """
    engine = open_engine(settings.need_postgres())
    try:
        shared = _Shared(settings, engine)
        for name in names:
            _ADD[name](shared)
        await serve_all(shared.servers, shared.beside)
    finally:
        await engine.dispose()


def _add_gateway(shared: _Shared) -> None:
    from services.gateway import build  # noqa: PLC0415  (a service brings its own libraries)
    from services.gateway.outlet import Outlet  # noqa: PLC0415

    outlet = Outlet(shared.settings.need_kafka())
    shared.add_pages("gateway", build(shared.engine, outlet, shared.settings.gateway), [outlet.connect])


def _add_console(shared: _Shared) -> None:
    from services.console.app import build  # noqa: PLC0415

    shared.add_pages("console", build(shared.engine, shared.settings), [])


def _add_relay(shared: _Shared) -> None:
    from services.relay import Relay  # noqa: PLC0415

    relay = Relay(shared.engine, shared.settings.need_kafka())
    shared.servers.append(web_server(health.build(relay), host="127.0.0.1", port=shared.settings.health.relay))
    shared.beside.append(relay.run())


_ADD: dict[str, Callable[[_Shared], None]] = {
    "gateway": _add_gateway,
    "console": _add_console,
    "relay": _add_relay,
}
