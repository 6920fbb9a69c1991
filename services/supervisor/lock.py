"""One supervisor a state directory: a lock that the kernel drops with its holder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import SettingsError
from infra.embedded.marks import Mark, mark_of, read_mark, write_mark

_LOCK, _MARK = "supervisor.lock", "supervisor.json"


@contextmanager
def only_supervisor(state_dir: Path) -> Iterator[Mark]:
    """Hold the state directory for this process; yields its own mark.

    Raises:
        SettingsError: If another supervisor holds it.
    """
    descriptor = os.open(state_dir / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(_occupied(state_dir)) from None
        own = mark_of(os.getpid())
        write_mark(state_dir / _MARK, own)
        try:
            yield own
        finally:
            (state_dir / _MARK).unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def supervisor_of(state_dir: Path) -> Mark | None:
    """Return the supervisor that runs on a state directory, None if there is none."""
    return read_mark(state_dir / _MARK)


def _occupied(state_dir: Path) -> str:
    holder = supervisor_of(state_dir)
    who = f" (process {holder.pid})" if holder is not None else ""
    return (
        f"`leerlus up` runs already on {state_dir}{who}: see `leerlus status`, end it with `leerlus down`, or set "
        "LEERLUS_STATE_DIR to another directory"
    )
