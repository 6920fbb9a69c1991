"""The functions behind `leerlus up` and `leerlus down`."""

import signal
import time
from collections.abc import Callable, Sequence

from infra.embedded.marks import Mark
from infra.embedded.progress import Progress, Step, silent
from infra.embedded.state import StateDirectory
from infra.settings import Settings
from services.supervisor.groups import GROUPS, Group
from services.supervisor.interrupt import interruptible
from services.supervisor.lock import supervisor_of
from services.supervisor.sequence import Running, running, stop_left_overs

_DOWN_TIMEOUT_S = 90.0
_POLL_S = 0.1


def up(
    settings: Settings,
    *,
    groups: Sequence[Group] = GROUPS,
    progress: Progress = silent,
    on_ready: Callable[[Running], None] = lambda _: None,
) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP, then stop it in order: services first, then servers.

    Call it in the main thread.

    Args:
        settings: From `load_settings`.
        groups: Services that share a process, each; none for the servers alone.
        progress: Called with a `Step` for each thing that happens, also from another thread.
        on_ready: Called once with what runs: `parts()` has the addresses to print, `settings` how to reach all of it.

    Raises:
        SettingsError: If another one runs on the state directory, or the directory or a port does not fit.
        InfrastructureError: If a server cannot be started or reached, or a service ends at once.
    """
    with interruptible(), running(settings, groups=groups, progress=progress) as service:
        on_ready(service)
        while True:
            signal.pause()


def down(settings: Settings, *, progress: Progress = silent) -> bool:
    """Stop everything that runs on the state directory.

    Args:
        settings: From `load_settings`.
        progress: Called with a `Step` for each thing that happens.

    Returns:
        Whether a supervisor was running.
    """
    supervisor = supervisor_of(settings.state_dir)
    if supervisor is not None:
        progress(Step("supervisor", "stopping", f"process {supervisor.pid}"))
        _end(supervisor)
        progress(Step("supervisor", "stopped"))
    if settings.state_dir.exists():
        stop_left_overs(StateDirectory(settings.state_dir))
    return supervisor is not None


def _end(supervisor: Mark) -> None:
    supervisor.send(signal.SIGTERM)
    deadline = time.monotonic() + _DOWN_TIMEOUT_S
    while supervisor.is_alive():
        if time.monotonic() > deadline:
            supervisor.send(signal.SIGKILL)
        time.sleep(_POLL_S)
