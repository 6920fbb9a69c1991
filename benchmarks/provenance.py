"""Where a figure comes from: the machine, the versions and the commit it was measured on."""

import json
import os
import platform
import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
_LIBRARIES = ("numpy", "scipy")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a reader needs to repeat a measurement.

    Attributes:
        commit: Git commit, followed by `+changes` where the tree differs from it; `unknown` outside a clone.
        measured_at: Time in UTC, ISO 8601.
        processor: Model of the processor.
        cores: Cores this process may use.
        system: Operating system.
        versions: Versions of Python and of the libraries that compute.
    """

    commit: str
    measured_at: str
    processor: str
    cores: int
    system: str
    versions: dict[str, str]

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{self.processor}, {self.cores} cores, {self.system}; {versions}; commit {self.commit}"


def provenance() -> Provenance:
    """Return where and on what this process measures."""
    return Provenance(
        commit=_commit(),
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        versions={"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES},
    )


def save(name: str, figures: object) -> Path:
    """Write the figures with their provenance to `results/<name>.json` and return its path."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"provenance": asdict(provenance()), "figures": figures}, indent=2) + "\n")
    return path


def _commit() -> str:
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return "unknown"
    return f"{commit}+changes" if _git("status", "--porcelain", "--untracked-files=no") else commit


def _git(*arguments: str) -> str | None:
    """Return what git answers about this clone, None where there is no git or no clone."""
    git = shutil.which("git")
    if git is None:
        return None
    answer = subprocess.run(
        [git, *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, check=False, timeout=30
    )
    return answer.stdout.strip() if answer.returncode == 0 else None


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
