"""`leerlus replay`: a plan and its records, without any server."""

import sys
from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import Plan
from contracts.plan_reader import read_plan
from services.amounts import sides
from services.commands.plan import PlanFile, read_text
from services.commands.record_files import Files, Records
from services.commands.refusals import counted, say_refused
from services.commands.terminal import ExitCode, leave, result, say
from services.commands.verdicts import show_verdicts

_MOST_LINES = 60
"""Comparisons that are printed; more of them only where more stand."""

_CELL = ("claim", "indicator", "other_indicator", "arm", "region", "group")


def replay(
    plan_file: PlanFile,
    files: Files,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Every evidence row, one JSON object a line.")] = False,
    keep_open: Annotated[bool, typer.Option("--keep-open", help="Leave looks open that are open at the end.")] = False,
    as_verdicts: Annotated[bool, typer.Option("--verdicts", help="What `leerlus verdicts` would show.")] = False,
) -> None:
    """Conclude from files what the live service would conclude; no server is needed.

    The plan counts as registered before the first record. The rows equal those that the service stores for the same
    records, so a finding can be checked by anyone who has plan and records. Refused records are listed on standard
    error with their line and every reason.

    **Examples**

        leerlus replay examples/resume/plan.yaml examples/resume/observations.ndjson
        leerlus replay plan.yaml january.csv february.csv --json > evidence.ndjson
        leerlus replay examples/nsw/plan.yaml examples/nsw/observations.ndjson --verdicts

    **Exit codes**: 0 replayed, 1 records were refused or the plan has mistakes, 2 wrong use.
    """
    from pipelines.replay import replay as replayed  # noqa: PLC0415  (numpy and scipy: `--help` need not wait for them)
    from services.verdicts import told  # noqa: PLC0415

    plan, records = read_plan(read_text(plan_file)), Records(files)
    found = replayed(plan, records, keep_open=keep_open)
    for refused in found.quarantined:
        say_refused(records.place(refused.record.offset), refused.reasons)
    if as_verdicts:
        show_verdicts(told(found.rows, plan), as_json=as_json)
    elif as_json:
        _print_rows(found.rows)
    else:
        histories = _histories(found.rows)
        shown = _shown(histories)
        result().print(_table(shown, plan))
        if len(shown) < len(histories):
            say(f"{len(histories) - len(shown):,} more comparisons in which less is found: --json prints every row")
    tally = found.tally
    say(
        f"{counted(tally.received, 'record')}: {tally.counted:,} counted, {counted(tally.duplicate, 'duplicate')}, "
        f"{tally.quarantined:,} refused; {counted(len(found.closings), 'look')} closed"
    )
    if tally.quarantined:
        leave(ExitCode.REFUSED)


def _print_rows(rows: Iterable[EvidenceRow]) -> None:
    encode = msgspec.json.Encoder().encode
    for row in rows:
        sys.stdout.buffer.write(encode(row) + b"\n")
    sys.stdout.buffer.flush()


def _table(histories: list[list[EvidenceRow]], plan: Plan) -> Table:
    """Return the last row of comparisons, and since when each stands."""
    table = Table(box=None, pad_edge=False)
    for heading in ("claim", "cell", "reference", "watched", "estimate", "log e worse", "better", "state"):
        table.add_column(heading, overflow="fold")
    for history in histories:
        row = history[-1]
        table.add_row(
            _what(row),
            _where(row),
            *sides(row, plan, decimals=2),
            _estimate(row),
            f"{row.log_e_worse:.2f}",
            f"{row.log_e_better:.2f}",
            _state(history),
        )
    return table


def _histories(rows: Iterable[EvidenceRow]) -> list[list[EvidenceRow]]:
    """Return the rows of each comparison in order, what is pooled first."""
    found: dict[tuple[tuple[bool, str], ...], list[EvidenceRow]] = defaultdict(list)
    for row in rows:
        values = [getattr(row, name) or "" for name in _CELL]
        found[tuple((value != POOLED, value) for value in values)].append(row)
    return [found[cell] for cell in sorted(found)]


def _shown(histories: list[list[EvidenceRow]]) -> list[list[EvidenceRow]]:
    """Return the comparisons to print, in their order: all that stand, and of many the strongest of the others."""
    others = [each for each in histories if each[-1].stands is None]
    strongest = sorted(others, key=lambda each: max(each[-1].log_e_worse, each[-1].log_e_better), reverse=True)
    left_out = {id(each) for each in strongest[max(0, _MOST_LINES - (len(histories) - len(others))) :]}
    return [each for each in histories if id(each) not in left_out]


def _what(row: EvidenceRow) -> str:
    other = f" and {row.other_indicator}" if row.other_indicator is not None else ""
    return f"{row.claim} {row.indicator}{other}"


def _where(row: EvidenceRow) -> str:
    named = [value for value in (row.arm, row.group, row.region) if value != POOLED]
    return " ".join(named) or POOLED


def _estimate(row: EvidenceRow) -> str:
    """Return the odds ratio, or a difference with its sign; of a combined claim the difference in both parts."""
    if row.other_difference is not None:
        own = (row.difference, row.difference_lower, row.difference_upper)
        other = (row.other_difference, row.other_difference_lower, row.other_difference_upper)
        return f"{_bounded(own, '+.3f')} and {_bounded(other, '+.3f')}"
    written = "+.3f" if row.scale == "difference" else ".2f"
    return _bounded((row.estimate, row.lower, row.upper), written, least="0" if row.scale == "odds_ratio" else "-∞")


def _bounded(figures: tuple[float | None, float | None, float | None], written: str, *, least: str = "-∞") -> str:
    estimate, lower, upper = figures
    if estimate is None:
        return "-"
    bounds = (least if lower is None else format(lower, written), "∞" if upper is None else format(upper, written))
    return f"{estimate:{written}} ({bounds[0]} to {bounds[1]})"


def _state(history: list[EvidenceRow]) -> str:
    """Return the state now, with why less may be concluded, or the look since which the finding stands unbroken."""
    row = history[-1]
    if row.stands is None:
        return row.state if row.reason is None else row.reason
    since = list(takewhile(lambda each: each.stands is not None, reversed(history)))[-1]
    return f"{row.state} {row.stands}, since look {since.look_index}"
