"""The examples that a demonstration can show: records that lie in a file, or that are made by the example itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import services

_ROOT = Path(services.__file__).parents[1]
_FOLDER = _ROOT / "examples"
_PLAN, _RECORDS, _BROKEN, _GENERATOR = "plan.yaml", "observations.ndjson", "broken.ndjson", "generator.py"
_SEED = 2017
"""Made records are the same each time, so that a second delivery is all duplicates."""

Numbered = tuple[int, bytes]
"""A line and its number in its file, from 1."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one file that are delivered together."""

    file: str
    lines: tuple[Numbered, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A plan, its records in order, and records that must be refused.

    Attributes:
        name: Its folder under `examples`.
        plan_text: The plan as written.
        records: What is delivered.
        broken: What is delivered in between.
    """

    name: str
    plan_text: str
    records: tuple[Numbered, ...]
    broken: tuple[Numbered, ...]

    @property
    def n_records(self) -> int:
        """How many records are delivered, broken ones too."""
        return len(self.records) + len(self.broken)

    def batches(self, size: int) -> Iterator[Batch]:
        """Return the records in order, `size` together, with the broken ones one at a time spread among them.

        None comes before the first batch, since some break a rule that an earlier record makes.
        """
        starts = range(0, len(self.records), size)
        waiting = list(self.broken)
        for place, start in enumerate(starts, start=1):
            yield Batch(_RECORDS, self.records[start : start + size])
            n_due = len(self.broken) * place // len(starts)
            while waiting and len(self.broken) - len(waiting) < n_due:
                yield Batch(_BROKEN, (waiting.pop(0),))


def example_names() -> list[str]:
    """Return the names of the examples."""
    return sorted(plan.parent.name for plan in _FOLDER.glob(f"*/{_PLAN}") if _has_records(plan.parent))


def load_example(name: str) -> Example:
    """Return an example by its name."""
    folder = _FOLDER / name
    broken = folder / _BROKEN
    return Example(
        name,
        (folder / _PLAN).read_text(encoding="utf-8"),
        _numbered(_lines(folder)),
        _numbered(broken.read_bytes().splitlines()) if broken.exists() else (),
    )


def _has_records(folder: Path) -> bool:
    return (folder / _RECORDS).exists() or (folder / _GENERATOR).exists()


def _lines(folder: Path) -> list[bytes]:
    """Return the records of an example: those of its file, or else those that it makes."""
    written = folder / _RECORDS
    return written.read_bytes().splitlines() if written.exists() else list(_generator(folder.name)(seed=_SEED))


def _generator(name: str) -> Callable[..., Iterator[bytes]]:
    """Return the function that makes the records of an example; examples are imported from where they lie."""
    generate: Callable[..., Iterator[bytes]] = import_module(f"{_FOLDER.name}.{name}.{Path(_GENERATOR).stem}").generate
    return generate


def _numbered(lines: list[bytes]) -> tuple[Numbered, ...]:
    return tuple(enumerate(lines, start=1))
