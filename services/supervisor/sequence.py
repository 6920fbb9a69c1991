"""From nothing to a running service and back: the order of starting and stopping."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from contracts.errors import Unavailable
from infra.embedded.marks import stop_left_over
from infra.embedded.process import Process
from infra.embedded.progress import Progress, Step, silent
from infra.embedded.server import Server, stop, wait_until_ready
from infra.embedded.state import StateDirectory
from infra.settings import Settings
from services.supervisor.groups import Group, group_address, group_name, group_process, is_ready, place_of
from services.supervisor.lock import only_supervisor
from services.supervisor.report import Part, remove_report, write_report
from services.supervisor.servers import (
    completed,
    configured_parts,
    needed_servers,
    remove_settings,
    with_ports,
    write_settings,
)
from services.supervisor.watch import Watch, Watched

_AWAITED_LATER = "mlflow"  # the slowest to start, and needed last
_SERVERS_TIMEOUT_S = 120.0
_READY_TIMEOUT_S = 90.0
_SERVICES_STOP_S = 15.0
_LEFT_OVER_STOP_S = 15.0
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Running:
    """A service that runs.

    Attributes:
        settings: With the addresses of everything, started or configured.
    """

    settings: Settings
    _fixed: tuple[Part, ...]
    _watch: Watch

    def parts(self) -> tuple[Part, ...]:
        """Return the state of every server and every group of services now."""
        return (*self._fixed, *self._watch.parts())


@contextmanager
def running(settings: Settings, *, groups: Sequence[Group], progress: Progress) -> Iterator[Running]:
    """Start what the settings do not name, then our services; at the end stop all of it in order.

    Enter it in the main thread: the kernel ends the processes when the thread that started them does.

    Args:
        settings: What is configured; what an earlier `leerlus up` wrote is not looked at.
        groups: Services that share a process, each.
        progress: Told what happens, also from another thread.

    Yields:
        The running service, once all of it is ready or has taken too long to wait for.

    Raises:
        SettingsError: If another one runs on the state directory, or the directory or a port does not fit.
        InfrastructureError: If a server cannot be started or reached, or a service ends at once.
    """
    configured = settings.configured()
    state = StateDirectory.open(configured.state_dir)
    with only_supervisor(state.path), ExitStack() as last, ExitStack() as at_end:
        stop_left_overs(state)
        at_end.callback(remove_report, state.path)
        servers = needed_servers(configured, state)
        _start_servers(servers, progress, at_end)
        complete = with_ports(completed(configured, state, servers), state, tuple(groups))
        write_settings(complete)
        at_end.callback(remove_settings, complete)
        _prepare(complete, progress)
        if configured.gateway.key is None:
            _keep_own_key(complete)
        processes = {group: group_process(group, state) for group in groups}
        _start_services(processes, progress, at_end)
        watched = (
            *(_watched_server(server) for server in servers),
            *(_watched_group(group, process, complete) for group, process in processes.items()),
        )
        fixed = configured_parts(configured)
        watch = Watch(watched, changed=lambda parts: write_report(state.path, (*fixed, *parts)), progress=progress)
        last.callback(watch.end)
        at_end.callback(watch.pause)
        watch.begin()
        service = Running(complete, fixed, watch)
        _wait(service, progress)
        yield service


def stop_left_overs(state: StateDirectory) -> None:
    """Stop what an earlier supervisor left that was killed; call it only while no other can run."""
    for pid_file in sorted(state.run.glob("*.json")):
        stop_left_over(pid_file, timeout_s=_LEFT_OVER_STOP_S)


def _start_servers(servers: Sequence[Server], progress: Progress, at_end: ExitStack) -> None:
    """Start every server and wait for those that the services need from the start."""
    for server in servers:
        at_end.callback(_stop_server, server, progress)
        server.start(progress)
    wait_until_ready([one for one in servers if one.name != _AWAITED_LATER], progress, timeout_s=_SERVERS_TIMEOUT_S)


def _stop_server(server: Server, progress: Progress) -> None:
    progress(Step(server.name, "stopping"))
    stop(server)
    progress(Step(server.name, "stopped"))


def _prepare(settings: Settings, progress: Progress) -> None:
    """Bring tables and topics to what this code expects."""
    from infra.kafka.admin import ensure_topics  # noqa: PLC0415  (`status` and `down` need neither library)
    from infra.postgres.engine import migrate  # noqa: PLC0415

    if settings.postgres.owner_dsn is None:
        progress(Step("schema", "configured", "taken as it is: LEERLUS_POSTGRES__OWNER_DSN is not set"))
    else:
        progress(Step("schema", "working", "migrating"))
        migrate(settings.need_postgres_owner())
        progress(Step("schema", "ready"))
    progress(Step("topics", "working", "checking"))
    ensure_topics(settings.need_kafka())
    progress(Step("topics", "ready"))


def _keep_own_key(settings: Settings) -> None:
    from services.own_key import keep  # noqa: PLC0415

    keep(settings.need_gateway_key(), dsn=settings.need_postgres())


def _start_services(processes: dict[Group, Process], progress: Progress, at_end: ExitStack) -> None:
    at_end.callback(_stop_services, processes, progress)
    for group, process in processes.items():
        process.start()
        progress(Step(group_name(group), "working", "starting"))


def _stop_services(processes: dict[Group, Process], progress: Progress) -> None:
    for group, process in processes.items():
        progress(Step(group_name(group), "stopping"))
        process.ask_to_stop()
    for group, process in processes.items():
        process.stop(timeout_s=_SERVICES_STOP_S)
        progress(Step(group_name(group), "stopped"))


def _watched_server(server: Server) -> Watched:
    return Watched(
        Part(server.name, "server", "starting", server.address),
        process=lambda: server.process,
        start=lambda: server.start(silent),
        place=lambda: (),
        is_ready=server.is_ready,
        seen_ready=server.name != _AWAITED_LATER,
    )


def _watched_group(group: Group, process: Process, settings: Settings) -> Watched:
    dsn = settings.need_postgres()
    return Watched(
        Part(group_name(group), "services", "starting", group_address(group, settings)),
        process=lambda: process,
        start=process.start,
        place=lambda: place_of(group, dsn),
        is_ready=lambda: is_ready(group, settings),
    )


def _wait(service: Running, progress: Progress) -> None:
    """Wait until everything is ready; what takes too long goes on in its own time.

    Raises:
        Unavailable: If something is given up meanwhile.
    """
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while waiting := [part for part in service.parts() if part.state not in {"ready", "configured"}]:
        given_up = [part.message for part in waiting if part.state == "given_up"]
        if given_up:
            raise Unavailable("\n".join(given_up))
        if time.monotonic() > deadline:
            for part in waiting:
                progress(Step(part.name, "working", f"runs, but is not ready after {_READY_TIMEOUT_S:.0f} s"))
            return
        time.sleep(_POLL_S)
