"""The contracts of the records: Open Data Contract Standard files, read strictly.

A contract stands beside this module as `<name>.odcs.yaml`. Only the part of the standard is taken that has a meaning
here; every other key, value or vendor property is refused, so that no rule in a file goes unenforced.
"""

from importlib.resources import files
from typing import TypeVar

from contracts.document.fields import matching, one_of, words
from contracts.document.lists import listing
from contracts.document.record import Key, Reader, record
from contracts.document.written import Written
from contracts.document.yaml import read_yaml
from contracts.errors import PlanError
from contracts.odcs_model import Contract, Schema
from contracts.odcs_property import customs
from contracts.odcs_schema import SCHEMA
from contracts.odcs_shape import snaked
from contracts.plan import Text

T = TypeVar("T")

NAMES = ("observation", "enrolment", "period_closed", "plan_registered")
"""The contracts that the service keeps."""


def load_contract(name: str) -> Contract:
    """Return the contract of this name, one of `NAMES`.

    Raises:
        PlanError: If its file cannot be accepted.
    """
    return read_contract(files("contracts").joinpath(f"{name}.odcs.yaml").read_text(encoding="utf-8"))


def read_contract(text: str) -> Contract:
    """Return the contract that a file holds.

    Raises:
        PlanError: With the place of everything that is wrong or not understood.
    """
    document, duplicates = read_yaml(text)
    if duplicates:
        raise PlanError(duplicates)
    return _CONTRACT(document)


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


def _contract(
    *,
    id: str,  # noqa: A002  (the key of the file)
    name: str,
    version: str,
    description: dict[str, Text],
    schema: Schema,
    **_: object,
) -> Contract:
    return Contract(id, name, version, schema=schema, **description)


_CONTRACT: Reader[Contract] = record(
    _contract,
    {
        "apiVersion": Key(one_of("v3.2.0")),
        "kind": Key(one_of("DataContract")),
        "id": Key(words),
        "name": Key(one_of(*NAMES)),
        "version": Key(matching(r"[0-9]+\.[0-9]+\.[0-9]+", "versions such as 1.0.0")),
        "status": Key(one_of("proposed", "draft", "active", "deprecated", "retired")),
        "domain": Key(words),
        "tags": Key(listing(words), ()),
        "description": Key(_DESCRIPTION),
        "servers": Key(_one(_SERVER)),
        "schema": Key(_one(SCHEMA)),
    },
)
