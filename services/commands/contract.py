"""`leerlus contract`: what suppliers and the service promise each other about records."""

import json
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from contracts.compatibility import changes, demanded, wrong_step
from contracts.compatibility_step import Change
from contracts.contract_check import check_contract
from contracts.errors import PlanError
from contracts.odcs import EXTENSIONS, NAMES, contract_text, read_contract
from contracts.odcs_model import Contract
from contracts.plan_reader import read_plan
from services.commands.contract_sources import SOURCES, Format, contract_from
from services.commands.input_files import readable
from services.commands.plan import read_text
from services.commands.refusals import counted
from services.commands.terminal import EXIT_CODES, ExitCode, leave, result, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=f"Check, compare and publish the contracts by which records are judged.\n\n{EXIT_CODES}",
)


def _if_readable(file: Path | None) -> Path | None:
    return readable(file) if file is not None else None


def _known(name: str) -> str:
    if name not in NAMES:
        raise typer.BadParameter(f"there is no contract {name}; there are {', '.join(NAMES)}")
    return name


def _all_readable(files: list[Path] | None) -> list[Path]:
    return [readable(each) for each in files or []]


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]", help="Contracts (ODCS, YAML); those in force when left out.", callback=_all_readable
        ),
    ] = None,
) -> None:
    """Check contracts: whatever affects validation must be understood, and versions must follow.

    Every mistake is printed with its line, its place and what is allowed there. Refused besides are an extension that
    weakens the contract it extends, a code list that is not there, an example that does not fit, and a version that
    goes up by less than its changes demand since the last released one. A contract without mistakes is answered with
    its name, version and the digest of its file.

    **Examples**

        leerlus contract check
        leerlus contract check observation-2.odcs.yaml

    **Exit codes**: 0 all can be put in force, 1 one has mistakes, 2 wrong use.
    """
    texts = {str(each): read_text(each) for each in files} if files else {n: contract_text(n) for n in _IN_FORCE}
    n_refused = 0
    for name, text in texts.items():
        try:
            contract = read_contract(text)
            check_contract(contract)
        except PlanError as error:
            n_refused += 1
            for problem in error.problems:
                say(f"{name}: {problem}", style="red")
        else:
            result().print(f"{contract.name} {contract.version} {sha256(text.encode()).hexdigest()}")
    if n_refused:
        say(f"{counted(n_refused, 'contract')} of {len(texts)} refused")
        leave(ExitCode.REFUSED)


_IN_FORCE = (*NAMES, *EXTENSIONS)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=f"What was: {SOURCES}.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What is to come, in the same words.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Compare two versions of a contract: what changes, for whom, and which version step that demands.

    Changes of form and of meaning are told apart: a turned direction, another unit, a newer code list, a smaller
    small-cell threshold or a lowered classification is a new major version, though every byte still fits. Of two plans
    the contracts of their policy are compared.

    **Examples**

        leerlus contract diff observation@1.0.0 observation
        leerlus contract diff plan-1.yaml plan-2.yaml --json

    **Exit codes**: 0 the version of NEW goes up by enough, 1 it does not, 2 wrong use.
    """
    before, after = contract_from(old), contract_from(new)
    found = changes(before, after)
    if as_json:
        for each in found:
            sys.stdout.write(json.dumps(_as_json(each)) + "\n")
    elif found:
        result().print(_table(found))
    _conclude(before, after, found)


def _as_json(change: Change) -> dict[str, str]:
    steps = {"producers": str(change.producers), "consumers": str(change.consumers), "step": str(change.step)}
    return {"place": change.place, "kind": change.kind, "message": change.message, **steps}


def _table(found: Sequence[Change]) -> Table:
    table = Table("place", "change", "of", "producers", "consumers", box=None, pad_edge=False)
    for each in found:
        table.add_row(each.place, each.message, each.kind, str(each.producers), str(each.consumers))
    return table


def _conclude(before: Contract, after: Contract, found: Sequence[Change]) -> None:
    wrong = wrong_step(before, after)
    if wrong is not None:
        say(wrong, style="red")
        leave(ExitCode.REFUSED)
    step = f"a {demanded(found)} step" if found else "no new version"
    say(f"{counted(len(found), 'change')}, which demand {step}; {before.version} is followed by {after.version}")


@app.command()
def docs(
    *,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="PLAN", help="For the suppliers of this plan's policy only.", callback=_if_readable),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="As what.")] = Format.HTML,
    name: Annotated[
        str,
        typer.Option("--contract", metavar="NAME", help="Of which contract a JSON Schema or file is.", callback=_known),
    ] = "observation",
) -> None:
    """Publish the contracts for those who deliver, on standard output.

    `html` is one page with everything a supplier needs, Dutch first and English after it: the fields with their
    meaning, form, example and classification, and why a record is refused. `json-schema` (2020-12) is for checking
    records before they are sent, `asyncapi` (3.0) describes the topic, and `odcs` (3.2) is the contract itself. With a
    plan they name the policy's own indicators, ranges, groups, areas and periods.

    **Examples**

        leerlus contract docs > contract.html
        leerlus contract docs --plan examples/trust_trial/plan.yaml > trust-trial.html
        leerlus contract docs --format json-schema --contract enrolment

    **Exit codes**: 0 written, 1 the plan has mistakes, 2 wrong use.
    """
    from services.commands.contract_forms import published  # noqa: PLC0415  (Jinja and Babel; `--help` needs neither)

    sys.stdout.write(published(read_plan(read_text(plan)) if plan is not None else None, form, name))
