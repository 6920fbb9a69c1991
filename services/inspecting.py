"""A partition under inspection: the micro-batch that is checked, and the records that wait for the next.

Only whole micro-batches count as dealt with: the position moves over one when its results are stored, and what waits
behind it is read again by the next owner.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contracts.records import LogRecord
from pipelines.quality_gathering import Gathering
from pipelines.quality_rows import Lot
from services.inspected import Inspected


@dataclass(slots=True)
class Batch:
    """A micro-batch under inspection.

    Attributes:
        end: First record after it.
        lots: What it holds.
        registered: Policies of which a plan was registered in it.
        inspected: What came of it; None while it is being checked.
    """

    end: int
    lots: tuple[Lot, ...]
    registered: frozenset[str]
    inspected: tuple[Inspected, ...] | None = None


class Inspection:
    """One partition: the micro-batch that is checked, and the records that wait for the next.

    Args:
        partition: Its number.
        gathering: Its records, from its position on.
        clock: Monotonic seconds.
    """

    def __init__(self, partition: int, gathering: Gathering, clock: Callable[[], float]) -> None:
        self.partition, self.gathering = partition, gathering
        self.batch: Batch | None = None
        self._start = gathering.next_offset
        self._clock, self._since = clock, 0.0

    @property
    def next_offset(self) -> int:
        """First record that is not checked: only whole micro-batches count."""
        return self._start if self.batch is None or self.batch.inspected is None else self.batch.end

    @property
    def is_idle(self) -> bool:
        """Whether no record waits and none is under inspection."""
        return self.batch is None and not self.gathering.n_waiting

    def apply(self, records: Sequence[LogRecord]) -> int:
        """Gather records that were not read yet; returns how many."""
        if not self.gathering.n_waiting:
            self._since = self._clock()
        return self.gathering.read(records)

    def cut_when_due(self, *, n_records: int, seconds: float) -> Batch | None:
        """Return a new micro-batch when it is time for one and none is under inspection."""
        waiting = self.gathering.n_waiting
        is_due = waiting >= n_records or (waiting > 0 and self._clock() - self._since >= seconds)
        if self.batch is not None or not is_due:
            return None
        self.batch = Batch(self.gathering.next_offset, *self.gathering.cut())
        return self.batch

    def done(self) -> None:
        """Go on from the end of the micro-batch: what came of it is being stored."""
        if self.batch is not None:
            self._start, self.batch = self.batch.end, None
