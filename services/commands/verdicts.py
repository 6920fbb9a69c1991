"""`leerlus verdicts`: what an experiment says by now of every outcome and arm, beside what was expected of it."""

import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.settings import load_settings
from services.commands.refusals import counted
from services.commands.store import ask
from services.commands.terminal import ExitCode, leave, result, say

if TYPE_CHECKING:  # numpy and scipy: `--help` need not wait for them
    from collections.abc import Sequence

    from pipelines.verdicts import Expected
    from services.verdicts import Standing, ToldVerdict

_MOST_NAMED = 4


def verdicts(
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="The id of its plan.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Give a verdict per outcome and watched arm: better, worse, mixed, no difference seen, or too early.

    Beside it stand the difference for everybody, the smallest that could have been seen, what the plan expected before
    the first look and where it stands. `across places` is the effect in a place like these, by an approximate
    random-effects view for people to read; it decides nothing. Small cells are not shown.

    **Examples**

        leerlus verdicts trust-trial
        leerlus verdicts trust-trial --json

    **Exit codes**: 0 shown, 1 no such policy or it has no arms, 2 wrong use, 3 PostgreSQL does not answer.
    """
    found, known = ask(load_settings().need_postgres(), lambda connection: _read(connection, policy))
    if policy not in known:
        say(f"no policy {policy!r} is registered; known: {', '.join(known) or 'none'}")
        leave(ExitCode.REFUSED)
    show_verdicts(found, as_json=as_json)
    if not found:
        leave(ExitCode.REFUSED)


def show_verdicts(found: "Sequence[ToldVerdict]", *, as_json: bool) -> None:
    """Print verdicts as a table, or one JSON object a line."""
    if not found:
        say("the plan has no arms, so there is no effect to give a verdict on")
        return
    if as_json:
        for each in found:
            sys.stdout.buffer.write(msgspec.json.encode(each) + b"\n")
        sys.stdout.buffer.flush()
    else:
        result().print(verdict_table(found))
    n_given = sum(each.word != "too_early" for each in found)
    say(f"{n_given} of {counted(len(found), 'verdict')} given")


def verdict_table(found: "Sequence[ToldVerdict]") -> Table:
    """Return the verdicts as a table; differences are in outcome units."""
    headings = ("outcome", "arm", "verdict", "difference", "visible from", "expected", "stands for", "across places")
    table = Table(*headings, box=None, pad_edge=False)
    for each in found:
        table.add_row(
            each.indicator,
            each.arm,
            _word(each),
            _difference(each),
            "-" if each.smallest_visible is None else f"{each.smallest_visible:.3f}",
            _expected(each.expected),
            _standing(each.standing),
            _across(each),
        )
    return table


def _word(verdict: "ToldVerdict") -> str:
    word = verdict.word.replace("_", " ")
    if verdict.word == "too_early" and verdict.why != "too_early":
        return f"{word}: {verdict.why.replace('_', ' ')}"
    ruled_out = f", {verdict.relevant_difference:g} is ruled out"
    return word + (ruled_out if verdict.word == "no_difference_seen" and verdict.rules_out_relevant else "")


def _difference(verdict: "ToldVerdict") -> str:
    if verdict.held_back is not None:
        return "not shown: a small cell"
    return _bounded(verdict.difference, verdict.lower, verdict.upper)


def _bounded(estimate: float | None, lower: float | None, upper: float | None) -> str:
    if estimate is None:
        return "-"
    if lower is None or upper is None:
        return f"{estimate:+.3f}, no bounds yet"
    return f"{estimate:+.3f} ({lower:+.3f} to {upper:+.3f})"


def _expected(expected: "Expected | None") -> str:
    return "-" if expected is None else f"{expected.low:+g} to {expected.high:+g}: {expected.seen}"


def _standing(standing: "Sequence[Standing]") -> str:
    named = [f"{each.group} {each.region}" for each in standing[:_MOST_NAMED]]
    further = len(standing) - len(named)
    return "; ".join(named) + (f"; {further} more" if further else "") or "-"


def _across(verdict: "ToldVerdict") -> str:
    sites = verdict.sites
    if sites is None:
        return "-"
    return f"{_bounded(sites.estimate, sites.lower, sites.upper)} in {sites.n_sites}"


async def _read(connection: AsyncConnection, policy: str) -> "tuple[tuple[ToldVerdict, ...], list[str]]":
    """Return the verdicts of a policy, and the policies that there are."""
    from infra.postgres.reading import plans_to_show  # noqa: PLC0415  (numpy and scipy, as above)
    from services.verdicts import read  # noqa: PLC0415

    plans = {each.plan.id: each.plan for each in await plans_to_show(connection)}
    found = await read(connection, plans[policy]) if policy in plans else ()
    return found, sorted(plans)
