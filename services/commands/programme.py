"""`leerlus programme`: what the successive policies of a programme have found together."""

import math
import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.postgres.programmes import latest_of_all, policies_in_order
from infra.postgres.reading import plans_to_show
from infra.settings import load_settings
from pipelines.programme import Taking, Turn, turns
from services.commands.refusals import counted
from services.commands.store import ask
from services.commands.terminal import ExitCode, leave, result, say

_LARGEST_EXPONENT = 700.0


def programme(
    programme_id: Annotated[str, typer.Argument(metavar="PROGRAMME", help="As plans name it under `programme`.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show in which policies of a programme something is found, with false findings controlled over all of them.

    Policies take turns in the order of their registration. Each has one e-value, the mean over everything its plan
    tests, read at its last closed look; e-LOND compares it with what its turn requires. Of the policies found, at most
    the smallest `alpha` of their plans is false in expectation. A turn is final once its policy has no more looks.

    **Examples**

        leerlus programme trust
        leerlus programme trust --json

    **Exit codes**: 0 shown, 1 no registered plan names this programme, 2 wrong use, 3 PostgreSQL does not answer.
    """
    taking, programmes = ask(load_settings().need_postgres(), lambda connection: _read(connection, programme_id))
    if not taking:
        there_are = f"there are {', '.join(programmes)}" if programmes else "none names any"
        say(f"no registered plan names the programme {programme_id}; {there_are}")
        leave(ExitCode.REFUSED)
    found = turns(taking)
    if as_json:
        for turn in found:
            sys.stdout.buffer.write(msgspec.json.encode(turn) + b"\n")
    else:
        result().print(turn_table(found))
    say(f"something is found in {sum(turn.found for turn in found)} of {counted(len(found), 'policy', 'policies')}")


def turn_table(found: Sequence[Turn]) -> Table:
    """Return the turns as a table; e and what it must reach are e-values, not logarithms."""
    table = Table("turn", "policy", "hypotheses", "e", "needed", "found", box=None, pad_edge=False)
    for turn in found:
        e, needed = math.exp(min(turn.log_e, _LARGEST_EXPONENT)), 1.0 / turn.level
        verdict = "yes" if turn.found else "no"
        table.add_row(str(turn.order), turn.policy, f"{turn.n_hypotheses:,}", f"{e:,.3g}", f"{needed:,.3g}", verdict)
    return table


async def _read(connection: AsyncConnection, programme_id: str) -> tuple[list[Taking], list[str]]:
    """Return the policies of a programme in the order of registration, and the programmes that there are."""
    plans = {each.plan.id: each.plan for each in await plans_to_show(connection)}
    taking = [
        Taking(plans[policy], await latest_of_all(connection, policy))
        for policy in await policies_in_order(connection)
        if policy in plans and plans[policy].programme == programme_id
    ]
    return taking, sorted({plan.programme for plan in plans.values() if plan.programme is not None})
