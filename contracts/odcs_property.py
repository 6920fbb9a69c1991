"""Reading a property of a contract: the keys of the standard that have a meaning here, and what we add to them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from contracts.document.fields import boolean, one_of, words
from contracts.document.lists import listing
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.document.written import Plain, Written
from contracts.odcs_code import NOTHING_SAID, Code, CodeListUse, Meaning
from contracts.odcs_custom import DUTCH, customs
from contracts.odcs_meaning import CODE_LIST, SAYS, meaning
from contracts.odcs_model import Classification, Property, Pseudonymisation, Role, Shape
from contracts.odcs_shape import kind_of, shape_keys, snaked
from contracts.plan import Text


def property_of(written: Written) -> Property:
    """Return the property that a contract writes here.

    Raises:
        PlanError: With the place of everything that is wrong or not understood.
    """
    kind = kind_of(written)
    fields = {"properties": Key(listing(property_of, at_least=1))} if kind == "object" else {}
    keys = _COMMON | shape_keys(kind) | fields
    return record(snaked(_property), keys, Rule(("logicalType", "customProperties"), _is_about_a_number))(written)


@dataclass(frozen=True, slots=True)
class _Added:
    """What we say about a property beyond the standard."""

    nl: str
    presence: Literal["always"] | None
    pseudonymisation: Pseudonymisation | None
    code_list: CodeListUse | None
    meaning: Meaning


_PSEUDONYMISATION: Reader[Pseudonymisation] = record(
    Pseudonymisation,
    {
        "method": Key(one_of("keyed_hash")),
        "by": Key(one_of("sender")),
        "never": Key(listing(one_of("name", "citizen_service_number", "mail_address", "phone_number"), at_least=1)),
    },
)
_ADDED = {
    "nl": DUTCH,
    "presence": Key(one_of("always"), None),
    "pseudonymisation": Key(_PSEUDONYMISATION, None),
    "codeList": Key(CODE_LIST, None),
    **SAYS,
}


def _added(
    *,
    nl: str,
    presence: Literal["always"] | None,
    pseudonymisation: Pseudonymisation | None,
    codeList: CodeListUse | None,  # noqa: N803  (the key of the file)
    **said: object,
) -> _Added:
    return _Added(nl, presence, pseudonymisation, codeList, meaning(**said))  # type: ignore[arg-type]  # read as such


def _is_about_a_number(kind: str, added: _Added) -> Iterator[Fault]:
    if kind not in {"integer", "number"} and added.meaning != NOTHING_SAID:
        yield ("customProperties",), f"only a number has a direction, a unit or an aggregation; this is a {kind}"


def _plain(written: Written) -> Plain:
    return written.plain()


_COMMON: dict[str, Key] = {
    "name": Key(words),
    "businessName": Key(words),
    "description": Key(words),
    "required": Key(boolean),
    "classification": Key(one_of("internal", "restricted")),
    "semanticType": Key(one_of("column", "dimension", "measure"), "column"),
    "partitioned": Key(boolean, False),
    "examples": Key(listing(_plain), ()),
    "customProperties": Key(customs(_added, _ADDED)),
}


def _property(
    *,
    name: str,
    business_name: str,
    description: str,
    required: bool,
    classification: Classification,
    semantic_type: Role,
    partitioned: bool,
    examples: tuple[Plain, ...],
    custom_properties: _Added,
    logical_type_options: Shape,
    physical_type: str,
    items: Shape | None = None,
    properties: tuple[Property, ...] = (),
    enum: tuple[Code, ...] = (),
    **_: object,
) -> Property:
    return Property(
        name=name,
        shape=replace(logical_type_options, items=items, codes=enum, physical=physical_type),
        label=business_name,
        description=Text(nl=custom_properties.nl, en=description),
        required=required,
        present=required or custom_properties.presence == "always",
        role=semantic_type,
        classification=classification,
        is_key=partitioned,
        examples=examples,
        properties=properties,
        pseudonymisation=custom_properties.pseudonymisation,
        meaning=custom_properties.meaning,
        code_list=custom_properties.code_list,
    )
