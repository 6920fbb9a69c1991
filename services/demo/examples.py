"""The examples that a demonstration can show."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import services

_FOLDER = Path(services.__file__).parents[1] / "examples"
_PLAN, _RECORDS, _BROKEN = "plan.yaml", "observations.ndjson", "broken.ndjson"

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
    return sorted(plan.parent.name for plan in _FOLDER.glob(f"*/{_PLAN}") if (plan.parent / _RECORDS).exists())


def load_example(name: str) -> Example:
    """Return an example by its name."""
    folder = _FOLDER / name
    broken = folder / _BROKEN
    return Example(
        name,
        (folder / _PLAN).read_text(encoding="utf-8"),
        _numbered(folder / _RECORDS),
        _numbered(broken) if broken.exists() else (),
    )


def _numbered(file: Path) -> tuple[Numbered, ...]:
    return tuple(enumerate(file.read_bytes().splitlines(), start=1))
