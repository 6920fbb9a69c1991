"""When a process that ended is started again, and when it is given up. No clock, no process: only the decision."""

from dataclasses import dataclass

MAX_RESTARTS = 3
_SETTLED_S = 60.0
_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0

Place = tuple[tuple[str, int, int], ...]
"""How far a process had come: (consumer and topic, partition, next offset) of every partition it reads."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It ended at the same place too often."""

    n_restarts: int


class Restarts:
    """The restarts of one process.

    A process that has lived for a minute, or came further than at its last end, begins with a clean sheet. At the same
    place it is started three times more, at growing distance. While nobody can say how far it came (PostgreSQL does not
    answer) it is started again and again at growing distance, since then the place is not to blame.
    """

    def __init__(self) -> None:
        self.n_restarts = 0
        self._n_in_a_row = 0
        self._n_here = 0
        self._place: Place | None = None

    def after_end(self, *, lived_s: float, place: Place | None) -> float | GiveUp:
        """Return the seconds to wait before the next start, or the decision not to start it again.

        Args:
            lived_s: How long it ran.
            place: How far it had come; empty for a process that reads no log, None if that cannot be told.
        """
        moved = place is not None and place != self._place
        if lived_s >= _SETTLED_S or moved:
            self._n_in_a_row = self._n_here = 0
        if place is not None:
            self._place = place
            if self._n_here >= MAX_RESTARTS:
                return GiveUp(self._n_here)
            self._n_here += 1
        delay_s = min(_FIRST_DELAY_S * 2.0**self._n_in_a_row, _LONGEST_DELAY_S)
        self._n_in_a_row += 1
        self.n_restarts += 1
        return delay_s
