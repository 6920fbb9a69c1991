"""The contracts of the records: Open Data Contract Standard files, read strictly.

A contract stands beside this module as `<name>.odcs.yaml`. Only the part of the standard is taken that has a meaning
here; every other key, value or vendor property is refused, so that no rule in a file goes unenforced.
"""

from importlib.resources import files
from typing import TypeVar, get_args

from contracts.document.fields import matching, one_of, whole, words
from contracts.document.lists import listing
from contracts.document.record import Key, Reader, record
from contracts.document.written import EVERY, Written
from contracts.document.yaml import read_yaml
from contracts.errors import PlanError
from contracts.odcs_custom import customs
from contracts.odcs_extension import unenforced
from contracts.odcs_model import Contract, Extends, PlanUse, Schema, Status
from contracts.odcs_schema import ADDITION, SCHEMA
from contracts.odcs_shape import snaked
from contracts.plan import Text

T = TypeVar("T")

VERSION, VERSIONS = r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}", "versions such as 1.0.0"

NAMES = ("observation", "enrolment", "period_closed", "plan_registered")
"""The contracts that the service keeps."""

EXTENSIONS = ("observation_region",)
"""The extensions in force: what they add is accepted from every supplier."""


def load_contract(name: str) -> Contract:
    """Return the contract of this name, one of `NAMES`.

    Raises:
        PlanError: If its file cannot be accepted.
    """
    return read_contract(contract_text(name))


def load_extension(name: str) -> Contract:
    """Return the extension of this name, one of `EXTENSIONS`.

    Raises:
        PlanError: If its file cannot be accepted.
    """
    return read_contract(contract_text(name))


def contract_text(name: str) -> str:
    """Return the file of a contract or extension as it is written."""
    return files("contracts").joinpath(f"{name}.odcs.yaml").read_text(encoding="utf-8")


def read_contract(text: str) -> Contract:
    """Return the contract that a file holds: one that stands by itself, or one that adds to another.

    Raises:
        PlanError: With the place of everything that is wrong or not understood.
    """
    document, duplicates = read_yaml(text)
    if duplicates:
        raise PlanError(duplicates)
    adds = any(each.value == "extends" for each in document.at("customProperties", EVERY, "property"))
    contract = (_EXTENSION if adds else _CONTRACT)(document)
    if problems := list(unenforced(contract)):
        raise PlanError(problems)
    return contract


def _one(read_item: Reader[T]) -> Reader[T]:
    """Return a reader of a list of one."""
    read_items = listing(read_item, at_least=1)

    def read(written: Written) -> T:
        items = read_items(written)
        if len(items) > 1:
            raise written.refused(f"expected one item, found {len(items)}")
        return items[0]

    return read


_PARTS: dict[str, Key] = {part: Key(words) for part in ("purpose", "usage", "limitations")}


def _only(*, nl: dict[str, str]) -> dict[str, str]:
    return nl


def _description(*, custom_properties: dict[str, str], **english: str) -> dict[str, Text]:
    return {part: Text(nl=custom_properties[part], en=text) for part, text in english.items()}


_DUTCH = customs(_only, {"nl": Key(record(dict, _PARTS), about="the same in Dutch")})
_DESCRIPTION: Reader[dict[str, Text]] = record(snaked(_description), {**_PARTS, "customProperties": Key(_DUTCH)})
_SERVER: Reader[dict[str, str]] = record(
    dict,
    {
        "server": Key(words),
        "type": Key(one_of("kafka")),
        "host": Key(words),
        "format": Key(one_of("json")),
        "encoding": Key(one_of("utf-8")),
    },
)


_EXTENDS: Reader[Extends] = record(
    Extends, {"contract": Key(one_of(*NAMES)), "version": Key(matching(VERSION, VERSIONS))}
)
_PLAN: Reader[PlanUse] = record(
    PlanUse,
    {
        "id": Key(matching(r"[a-z0-9-]+", "ids of plans")),
        "version": Key(whole(at_least=1, at_most=1_000_000)),
        "sha256": Key(matching(r"[0-9a-f]{64}", "64 hexadecimal digits")),
    },
)


def _added(*, extends: Extends | None = None, plan: PlanUse | None = None) -> tuple[Extends | None, PlanUse | None]:
    return extends, plan


def _contract(
    *,
    id: str,  # noqa: A002  (the key of the file)
    name: str,
    version: str,
    status: Status,
    description: dict[str, Text],
    schema: Schema,
    domain: str,
    tags: tuple[str, ...],
    custom_properties: tuple[Extends | None, PlanUse | None] = (None, None),
    **_: object,
) -> Contract:
    extends, plan = custom_properties
    about = (description["purpose"], description["usage"], description["limitations"])
    return Contract(id, name, version, status, *about, schema, extends, plan, domain, tags)


_HEAD = {
    "apiVersion": Key(one_of("v3.2.0")),
    "kind": Key(one_of("DataContract")),
    "id": Key(words),
    "version": Key(matching(VERSION, VERSIONS)),
    "status": Key(one_of(*get_args(Status))),
    "domain": Key(words),
    "tags": Key(listing(words), ()),
    "description": Key(_DESCRIPTION),
    "servers": Key(_one(_SERVER)),
}
_CONTRACT: Reader[Contract] = record(
    snaked(_contract),
    _HEAD
    | {
        "name": Key(one_of(*NAMES)),
        "customProperties": Key(customs(_added, {"plan": Key(_PLAN, None)}), (None, None)),
        "schema": Key(_one(SCHEMA)),
    },
)
_EXTENSION: Reader[Contract] = record(
    snaked(_contract),
    _HEAD
    | {
        "name": Key(matching(r"[a-z][a-z0-9_]*", "names such as observation_region", reserved=NAMES)),
        "customProperties": Key(customs(_added, {"extends": Key(_EXTENDS)})),
        "schema": Key(_one(ADDITION)),
    },
)
