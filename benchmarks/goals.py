"""Goals: what a benchmark promises to reach, and the sentence it ends with where it does not."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

_WHOLE_FROM = 1_000


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that was measured and what it has to be.

    Attributes:
        what: What was measured.
        measured: The figure.
        bound: What it has to reach.
        is_floor: Whether the figure must be at least the bound; else at most.
    """

    what: str
    measured: float
    bound: float
    is_floor: bool = False

    @property
    def is_reached(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.measured >= self.bound if self.is_floor else self.measured <= self.bound

    def __str__(self) -> str:
        side = "at least" if self.is_floor else "at most"
        return f"{self.what}: {_written(self.measured)}, goal {side} {_written(self.bound)}"


def _written(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= _WHOLE_FROM else f"{figure:.4g}"


def judge(goals: Iterable[Goal]) -> int:
    """Print every goal, name those that are not reached on standard error, and return the exit status."""
    missed = []
    print("\ngoals")
    for goal in goals:
        print(f"  {'reached' if goal.is_reached else 'MISSED ':<9}{goal}")
        if not goal.is_reached:
            missed.append(goal)
    for goal in missed:
        print(f"goal not reached: {goal}", file=sys.stderr)
    return 1 if missed else 0
