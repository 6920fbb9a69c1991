"""What a start reports while it goes on; the command line turns it into bars, tests into nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["working", "ready", "configured", "stopping", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Step:
    """One report about one part.

    Attributes:
        part: `kafka`, `postgres`, `mlflow`, `schema`, `topics` or the name of a group of services.
        state: `configured` means that the settings name a server of the organisation, which is used as it is.
        text: What happens, or the address once it is ready.
        done: Work done so far in `total`, where that can be told (bytes of a download).
        total: All of it.
    """

    part: str
    state: State
    text: str = ""
    done: int | None = None
    total: int | None = None


Progress = Callable[[Step], None]


def silent(step: Step) -> None:
    """Report nothing."""
