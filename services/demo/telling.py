"""What a demonstration prints: one line a thing that happened, and a bar at the bottom of a terminal."""

import math
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from contracts.evidence import POOLED, Direction, EvidenceRow
from contracts.plan import Plan
from infra.postgres.deliveries import Counts
from infra.postgres.reading import StoredSignal
from infra.postgres.refusals import Quarantined
from services.amounts import sides
from services.claimed import combined, comparisons
from services.demo.following import News

_LARGEST_LOG = 20.0
_MOST_FOLLOWED = 12
"""Comparisons of which every look is told; of more, only what begins or ceases to stand."""

_SEVERITIES = {"info": "dim", "notice": "cyan", "warning": "yellow", "high": "bold red"}


class Telling:
    """Tells a demonstration; use it as a context, so that the bar goes when it ends.

    Args:
        console: Where to.
        plan: The plan of the policy.
        total: How many records are going to be sent.
        board: Address of the console, for links to signals.

    Attributes:
        files: The file that each upload is, for the place of a refused record.
    """

    def __init__(self, console: Console, plan: Plan, *, total: int, board: str) -> None:
        self._console = console
        self._plan = plan
        self.board = board
        self._n_looks = 0
        self._stood: dict[tuple[str | None, ...], Direction | None] = {}
        pooled = (*comparisons(plan, pooled=True), *combined(plan, pooled=True))
        self._is_long = sum(each.size for each in pooled) > _MOST_FOLLOWED
        self.files: dict[str, str] = {}
        columns = (
            TextColumn("sent {task.completed:,} of {task.total:,}"),
            BarColumn(),
            TextColumn("{task.fields[what]}"),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=total, what="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, text: str, style: str | None = None) -> None:
        """Print a line."""
        self._console.print(text, style=style)

    def sent(self, number: int) -> None:
        """Move the bar."""
        self._bar.advance(self._task, number)

    def news(self, news: News, counts: Counts) -> None:
        """Print what happened."""
        for refused in news.refused:
            self.say(self._refused(refused), "yellow")
        for row in news.rows:
            self._row(row)
        for signal in news.signals:
            self.say(self._signal(signal), _SEVERITIES[signal.severity])
        what = f"{counts.counted:,} counted, {counts.duplicate:,} duplicates, {counts.quarantined:,} refused"
        self._bar.update(self._task, what=f"{what}; look {self._n_looks}")

    def _row(self, row: EvidenceRow) -> None:
        """Print a row; where there are many comparisons only what begins or ceases to stand."""
        self._n_looks = max(self._n_looks, row.look_index)
        cell = (row.claim, row.indicator, row.other_indicator, row.arm, row.region, row.group)
        before = self._stood.get(cell)
        self._stood[cell] = row.stands
        if not self._is_long or row.stands != before:
            self.say(_look(row, self._plan), "red" if row.stands else None)

    def _refused(self, refused: Quarantined) -> str:
        place = f"{self.files.get(refused.upload or '', 'line')}:{refused.line}"
        return f"refused {place}: " + "; ".join(map(str, refused.reasons))

    def _signal(self, signal: StoredSignal) -> str:
        cell = " ".join(part for part in (signal.arm, signal.group, signal.region) if part != POOLED)
        return (
            f"SIGNAL {signal.number} ({signal.severity}, {signal.state}): {signal.claim} in {_measured(signal)} for "
            f"{cell or 'everyone'}; to {signal.owner_office}\n       {self.address_of(signal)}"
        )

    def address_of(self, signal: StoredSignal) -> str:
        """Return where a signal can be read."""
        return f"{self.board}/signalen/{signal.number}"


def _measured(about: StoredSignal | EvidenceRow) -> str:
    return about.indicator if about.other_indicator is None else f"{about.indicator} and {about.other_indicator}"


def _look(row: EvidenceRow, plan: Plan) -> str:
    about = " ".join(part for part in (row.arm, row.group, row.region) if part != POOLED) or "everyone"
    reference, watched = sides(row, plan, decimals=1)
    against = watched if row.claim == "level" else f"{watched} against {reference}"
    state = f", stands: {row.stands}" if row.stands else f", {row.state}" if row.state == "withdrawn" else ""
    is_better = row.stands == "better" or row.claim == "co_benefit"
    odds = _odds(row.log_e_better if is_better else row.log_e_worse)
    return f"look {row.look_index:>3}  {row.claim} {_measured(row)} {about}: {against}; {odds}{state}"


def _odds(log_e: float) -> str:
    """Return an e-value as what a fair bet of one on it would have paid by now."""
    if log_e < 0:
        return f"1:{math.exp(min(-log_e, _LARGEST_LOG)):,.1f}"
    return f"{math.exp(min(log_e, _LARGEST_LOG)):,.1f}:1"
