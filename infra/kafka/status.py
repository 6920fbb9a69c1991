"""How a stream is doing."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra import metrics

_BEAT_S = 0.05
_STUCK_S = 60.0


@dataclass(slots=True)
class StreamStatus:
    """How a stream is doing, for whoever asks from another thread.

    Attributes:
        consumer: Which service.
        n_partitions: Partitions it owns; None before the first assignment.
        lag: Records in the log after the applied ones, per partition, where Kafka has told.
        is_storing: Whether the last checkpoint went through.
        beat_at: When the event loop last ran (monotonic seconds).
        longest_stall_s: Longest time in which it could not.
    """

    consumer: str
    n_partitions: int | None = None
    lag: Mapping[int, int] = field(default_factory=dict)
    is_storing: bool = True
    beat_at: float = field(default_factory=time.monotonic)
    longest_stall_s: float = 0.0

    @property
    def is_alive(self) -> bool:
        """Whether the event loop runs."""
        return time.monotonic() - self.beat_at < _STUCK_S

    @property
    def is_ready(self) -> bool:
        """Whether it takes part and stores what it reads; owning no partition is taking part."""
        return self.is_alive and self.n_partitions is not None and self.is_storing

    def facts(self) -> Mapping[str, object]:
        """Return what a person may want to know."""
        return {
            "service": self.consumer,
            "partitions": self.n_partitions,
            "lag_records": sum(self.lag.values()),
            "storing": self.is_storing,
            "longest_stall_s": round(self.longest_stall_s, 3),
        }

    async def beat(self) -> None:
        """Note for as long as the event loop runs that it does, and how long it stalled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(_BEAT_S)
            self.beat_at = time.monotonic()
            self.longest_stall_s = max(self.longest_stall_s, self.beat_at - before - _BEAT_S)
            metrics.LONGEST_STALL_SECONDS.labels(self.consumer).set(self.longest_stall_s)

    def note_assignment(self, n_partitions: int) -> None:
        """Note how many partitions are owned."""
        self.n_partitions, self.lag = n_partitions, {}
        metrics.PARTITIONS.labels(self.consumer).set(n_partitions)
        metrics.LAG_RECORDS.clear()

    def note_checkpoint(self, lag: Mapping[int, int], *, is_stored: bool) -> None:
        """Note a checkpoint and what lies ahead."""
        self.lag, self.is_storing = lag, is_stored
        for partition, n_records in lag.items():
            metrics.LAG_RECORDS.labels(self.consumer, partition).set(n_records)
