"""What a command takes for a contract: a name, a released version, a contract file, or the plan of a policy."""

from enum import StrEnum
from pathlib import Path

import typer

from contracts.document.yaml import read_yaml
from contracts.odcs import EXTENSIONS, NAMES, load_contract, load_extension, read_contract
from contracts.odcs_extension import extended
from contracts.odcs_model import Contract
from contracts.plan import Plan
from contracts.plan_contract import contract_of
from contracts.plan_reader import read_plan
from contracts.releases import released
from services.commands.input_files import STANDARD_INPUT, readable
from services.commands.plan import read_text

SOURCES = "a contract's name, NAME@VERSION for a released one, or a file: a contract or a plan; - is standard input"


class Format(StrEnum):
    """What a contract is published as."""

    HTML = "html"
    JSON_SCHEMA = "json-schema"
    ASYNCAPI = "asyncapi"
    ODCS = "odcs"


def contract_from(source: str) -> Contract:
    """Return the contract that an argument names.

    Raises:
        PlanError: If what it names cannot be accepted.
        typer.BadParameter: If there is nothing of that name.
    """
    name, _, version = source.partition("@")
    if source in NAMES:
        return load_contract(source)
    if source in EXTENSIONS:
        return load_extension(source)
    if version and name in (*NAMES, *EXTENSIONS):
        return read_contract(_released(name, version))
    text = read_text(readable(Path(source)) if source != "-" else STANDARD_INPUT)
    return contract_of(read_plan(text), everything("observation")) if _is_plan(text) else read_contract(text)


def everything(name: str) -> Contract:
    """Return a contract with what the extensions in force add to it."""
    contract = load_contract(name)
    for extension in map(load_extension, EXTENSIONS):
        if extension.extends is not None and extension.extends.contract == name:
            contract = extended(contract, extension)
    return contract


def published_of(plan: Plan | None, name: str) -> Contract:
    """Return a contract as it is published: of every policy, or of the one that the plan is about."""
    contract = everything(name)
    return contract if plan is None else contract_of(plan, contract)


def _is_plan(text: str) -> bool:
    return next(read_yaml(text)[0].at("plan"), None) is not None


def _released(name: str, version: str) -> str:
    texts = released(name)
    if version not in texts:
        raise typer.BadParameter(f"{name} {version} was not released; released are {', '.join(texts) or 'none'}")
    return texts[version]
