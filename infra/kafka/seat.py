"""A place among the workers of a service on one machine, kept over restarts.

Kafka gives a member that comes back under its own name its partitions at once; a new name waits until the old one is
given up. A place belongs to whoever holds the lock on its file, and the kernel frees it however the holder ends.
"""

import fcntl
import itertools
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Seat:
    """A held place; `name` is unique in the world and stays the same.

    Attributes:
        name: Member name for Kafka.
        descriptor: The lock, held until the process ends.
    """

    name: str
    descriptor: int


def take_seat(folder: Path, consumer: str) -> Seat:
    """Return the first place that no living process holds.

    Args:
        folder: Where the places' files lie; made if missing.
        consumer: Written name of the service.

    Raises:
        SettingsError: If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            path = folder / f"{consumer}.{number}"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _is_locked(descriptor):
                return Seat(f"{consumer}-{_identity(descriptor)}", descriptor)
            os.close(descriptor)
    except PermissionError as error:
        raise SettingsError(
            f"{error.filename} cannot be written: set LEERLUS_STATE_DIR to a directory of your own"
        ) from error
    raise AssertionError("counting does not end")


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _identity(descriptor: int) -> str:
    """Return what is written in the file, made the first time."""
    kept = os.pread(descriptor, 100, 0).decode("ascii", errors="replace")
    if kept:
        return kept
    made = uuid.uuid4().hex
    os.pwrite(descriptor, made.encode("ascii"), 0)
    return made
