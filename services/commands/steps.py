"""What a start or a stop reports, shown while it goes on: a live table on a terminal, else a line a step."""

from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from infra.embedded.progress import Step
from services.commands.terminal import remarks

_STYLES = {"ready": "green", "configured": "green", "failed": "red", "stopped": "dim"}
_PER_CENT = 100


class Steps:
    """Takes every step; steps may come from several threads.

    Use it as a context: the table stands still when it is left.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or remarks()
        self._latest: dict[str, Step] = {}
        self._lock = Lock()
        self._live: Live | None = None
        if self._console.is_terminal:
            self._live = Live(get_renderable=self._table, console=self._console, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._context().__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._context().__exit__(None, None, None)

    def __call__(self, step: Step) -> None:
        """Show a step."""
        with self._lock:
            before = self._latest.get(step.part)
            self._latest[step.part] = step
        is_news = before is None or (before.state, before.text) != (step.state, step.text)
        if self._live is None and is_news:
            self._console.print(f"{step.part}: {step.state} {step.text}".rstrip())

    def _context(self) -> AbstractContextManager[object]:
        return self._live if self._live is not None else nullcontext()

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        with self._lock:
            steps = list(self._latest.values())
        for step in steps:
            table.add_row(step.part, f"{step.state}", f"{step.text}{_share(step)}", style=_STYLES.get(step.state))
        return table


def _share(step: Step) -> str:
    if step.done is None or not step.total:
        return ""
    return f" {_PER_CENT * step.done // step.total} %"
