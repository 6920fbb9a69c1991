"""`leerlus plan`: what is watched, for whom, and by which rules."""

from pathlib import Path
from typing import Annotated

import typer

from contracts.plan import Plan
from contracts.plan_reader import notes, read_plan
from services.commands.terminal import EXIT_CODES, result, say

app = typer.Typer(no_args_is_help=True, help=f"Check, register and show plans.\n\n{EXIT_CODES}")

PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN", help="The plan (YAML); - is standard input.", exists=True, allow_dash=True)
]


@app.command(epilog=EXIT_CODES)
def check(file: PlanFile) -> None:
    """Check a plan; nothing is registered.

    Every mistake is printed with its line, its place and what is allowed there. A plan without mistakes is answered
    with its id, version and digest on standard output, and with advice about what it means.

    **Examples**

        leerlus plan check examples/resume/plan.yaml
        leerlus plan check - < plan.yaml
    """
    plan = read_plan(read_text(file))
    result().print(f"{plan.id} {plan.version} {plan.sha256}")
    advise(plan)


def read_text(file: Path) -> str:
    """Return the text of a file, or of standard input for `-`."""
    return typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text(encoding="utf-8")


def advise(plan: Plan) -> None:
    """Say what the plan means."""
    for note in notes(plan):
        say(f"note: {note}")
