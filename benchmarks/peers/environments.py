"""An environment for each peer, made with venv and pip under the user's cache, so that none meets another or us."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.10", "python3")
_TIMEOUT_S = 600
_MARK = "requirements"


class UnavailableError(Exception):
    """A peer cannot be run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A library that is compared with.

    Attributes:
        name: As its authors write it.
        requirements: What pip installs, at fixed versions.
        script: File beside this one that runs in its environment, called with the streams and where to answer.
        since: Oldest Python it runs on.
        until: Oldest Python it no longer runs on.
    """

    name: str
    requirements: tuple[str, ...]
    script: str
    since: tuple[int, int] = (3, 11)
    until: tuple[int, int] = (3, 14)


def python_of(peer: Peer) -> Path:
    """Return the interpreter of the peer's environment, made where it is not there yet.

    Raises:
        UnavailableError: If no Python fits or the peer does not install.
    """
    folder = user_cache_path("leerlus") / "peers" / peer.requirements[0].replace("==", "-")
    python = folder / "bin" / "python"
    mark = folder / _MARK
    if mark.exists() and mark.read_text() == "\n".join(peer.requirements):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([_fitting_python(peer), "-m", "venv", str(folder)], f"no environment for {peer.name}")
    _run([str(python), "-m", "pip", "install", "--quiet", *peer.requirements], f"{peer.name} does not install")
    mark.write_text("\n".join(peer.requirements))
    return python


def _fitting_python(peer: Peer) -> str:
    check = f"import sys, venv, ensurepip; sys.exit(not {peer.since} <= sys.version_info[:2] < {peer.until})"
    for name in _PYTHONS:
        path = shutil.which(name)
        if path is not None and not subprocess.run([path, "-c", check], capture_output=True, check=False).returncode:
            return path
    since, until = (".".join(map(str, version)) for version in (peer.since, peer.until))
    raise UnavailableError(f"{peer.name} needs a Python from {since} to below {until}; none was found")


def _run(command: list[str], refusal: str) -> None:
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S)
    if answer.returncode:
        errors = [line for line in answer.stderr.splitlines() if "error" in line.lower()]
        raise UnavailableError(
            f"{refusal}: {(errors or answer.stderr.splitlines() or ['no reason given'])[-1].strip()}"
        )
