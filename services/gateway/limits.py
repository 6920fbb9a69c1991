"""How much a supplier may send: lines and requests a minute, and requests at once; and how much all of them may.

The counts are of one process: a gateway that runs twice lets through twice as much.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.gateway.problems import later

AT_ONCE = 8
"""Requests of one supplier at the same time."""

ALL_AT_ONCE = 32
"""Requests at the same time: each may hold a body in memory."""

_MINUTE_S = 60.0
_SOON_S = 1.0


class Bucket:
    """A token bucket that holds a minute's worth.

    What is taken may leave it in debt, so that a delivery of any size passes when the one before is paid off.

    Args:
        a_minute: How much flows in.
        now_s: The present, on a clock that never goes back.
    """

    def __init__(self, a_minute: int, now_s: float) -> None:
        self._a_minute = a_minute
        self._level = float(a_minute)
        self._at_s = now_s

    def wait_s(self, now_s: float) -> float:
        """Return how long nothing may be taken; 0 if something may be now."""
        gained = (now_s - self._at_s) * self._a_minute / _MINUTE_S
        self._level, self._at_s = min(float(self._a_minute), self._level + gained), now_s
        return max(0.0, (1.0 - self._level) * _MINUTE_S / self._a_minute)

    def take(self, amount: int) -> None:
        """Take something out."""
        self._level -= amount


@dataclass(frozen=True, slots=True)
class Rate:
    """What a supplier may send in a minute."""

    lines: int
    requests: int


@dataclass(slots=True)
class _Use:
    """What a supplier uses."""

    rate: Rate
    lines: Bucket
    requests: Bucket
    at_once: int = 0


@dataclass(slots=True)
class Turnstile:
    """Lets requests in, one by one, as far as their supplier and all of them together may.

    Attributes:
        clock: The present in seconds, on a clock that never goes back.
    """

    clock: Callable[[], float] = time.monotonic
    _uses: dict[str, _Use] = field(default_factory=dict)
    _all_at_once: int = 0

    @contextmanager
    def passing(self, supplier: str, rate: Rate | None) -> Iterator[Callable[[int], None]]:
        """Let a request in; yields what to call with the number of its lines before they are forwarded.

        Args:
            supplier: Whose request.
            rate: What it may; None for whoever is not held to a rate.

        Raises:
            Problem: If it must wait.
        """
        now_s = self.clock()
        use = self._use_of(supplier, rate, now_s)
        self._refuse_crowds(use)
        if rate is not None:
            _refuse_haste(use, now_s)
            use.requests.take(1)
        use.at_once += 1
        self._all_at_once += 1
        try:
            yield use.lines.take if rate is not None else _take_nothing
        finally:
            use.at_once -= 1
            self._all_at_once -= 1

    def _use_of(self, supplier: str, rate: Rate | None, now_s: float) -> _Use:
        """Return what a supplier uses; another rate begins with full buckets."""
        rate = rate or Rate(1, 1)
        use = self._uses.get(supplier)
        if use is None:
            use = self._uses[supplier] = _Use(rate, Bucket(rate.lines, now_s), Bucket(rate.requests, now_s))
        elif use.rate != rate:  # the same object: running requests count down its `at_once`
            use.rate, use.lines, use.requests = rate, Bucket(rate.lines, now_s), Bucket(rate.requests, now_s)
        return use

    def _refuse_crowds(self, use: _Use) -> None:
        if use.at_once >= AT_ONCE:
            raise later("too-many-at-once", _SOON_S, limit=AT_ONCE)
        if self._all_at_once >= ALL_AT_ONCE:
            raise later("busy", _SOON_S)


def _refuse_haste(use: _Use, now_s: float) -> None:
    waits: tuple[tuple[str, Bucket, int], ...] = (
        ("too-many-requests", use.requests, use.rate.requests),
        ("too-many-lines", use.lines, use.rate.lines),
    )
    for name, bucket, limit in waits:
        if wait_s := bucket.wait_s(now_s):
            raise later(name, wait_s, limit=limit)


def _take_nothing(_: int) -> None:
    """Hold nobody to a rate."""
