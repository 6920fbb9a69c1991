"""Whether the figures can be trusted: what is true of the data now."""

from dataclasses import dataclass
from datetime import datetime

from infra.postgres.reading import ClosedLook, Delivered
from services.console.board import Board


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of a policy's data.

    Attributes:
        delivered: What became of its records.
        unreadable: Records of any sender that named no policy that could be read.
        last_look: The look that closed last, None before the first.
        covered, n_groups: Groups of which every outcome can be shown, and all groups on the board.
        uncovered: The groups of which some outcome cannot be shown.
    """

    delivered: Delivered
    unreadable: int
    last_look: ClosedLook | None
    covered: int
    n_groups: int
    uncovered: tuple[str, ...]

    @property
    def newest(self) -> datetime | None:
        """When the last record came in."""
        return self.delivered.last_at


def condition_of(
    delivered: Delivered, *, unreadable: Delivered, last_look: ClosedLook | None, board: Board
) -> Condition:
    """Return the state of the data behind a board."""
    uncovered = tuple(line.id for line in board.lines if not line.is_readable)
    covered = len(board.lines) - len(uncovered)
    return Condition(delivered, unreadable.quarantined, last_look, covered, len(board.lines), uncovered)
