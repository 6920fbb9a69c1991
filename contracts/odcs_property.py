"""Reading a property of a contract: the keys of the standard that have a meaning here, and what we add to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from contracts.document.fields import boolean, one_of, words
from contracts.document.lists import listing
from contracts.document.record import Key, Reader, record
from contracts.document.written import Plain, Written
from contracts.odcs_model import Property, Pseudonymisation, Shape
from contracts.odcs_shape import kind_of, shape_keys, snaked
from contracts.plan import Text

T = TypeVar("T")


def property_of(written: Written) -> Property:
    """Return the property that a contract writes here.

    Raises:
        PlanError: With the place of everything that is wrong or not understood.
    """
    kind = kind_of(written)
    fields = {"properties": Key(listing(property_of, at_least=1))} if kind == "object" else {}
    return record(snaked(_property), _COMMON | shape_keys(kind) | fields)(written)


def customs(build: Callable[..., T], keys: Mapping[str, Key]) -> Reader[T]:
    """Return a reader of `customProperties`, all of them ours; `build` gets their values by name."""
    read_values = record(build, keys)

    def read(written: Written) -> T:
        values: dict[str, Written] = {}
        for name, value in _CUSTOMS(written):
            if name in values:
                raise value.refused(f"`{name}` stands here twice")
            values[name] = value
        return read_values(Written(values, written.place, written.line))

    return read


DUTCH = Key(words, about="the description in Dutch")
"""The custom property `nl`; the standard's own `description` is in English."""


def _as_written(written: Written) -> Written:
    return written


def _custom(*, property: str, vendor: str, value: Written) -> tuple[str, Written]:  # noqa: A002, ARG001  (keys of the file)
    return property, value


_CUSTOMS = listing(
    record(_custom, {"property": Key(words), "vendor": Key(one_of("leerlus")), "value": Key(_as_written)})
)


@dataclass(frozen=True, slots=True)
class _Added:
    """What we say about a property beyond the standard."""

    nl: str
    presence: Literal["always"] | None
    pseudonymisation: Pseudonymisation | None


_PSEUDONYMISATION: Reader[Pseudonymisation] = record(
    Pseudonymisation,
    {
        "method": Key(one_of("keyed_hash")),
        "by": Key(one_of("sender")),
        "never": Key(listing(one_of("name", "citizen_service_number", "mail_address", "phone_number"), at_least=1)),
    },
)
_ADDED = {"nl": DUTCH, "presence": Key(one_of("always"), None), "pseudonymisation": Key(_PSEUDONYMISATION, None)}


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
    "customProperties": Key(customs(_Added, _ADDED)),
}


def _property(
    *,
    name: str,
    business_name: str,
    description: str,
    required: bool,
    classification: Literal["internal", "restricted"],
    semantic_type: Literal["column", "dimension", "measure"],
    partitioned: bool,
    examples: tuple[Plain, ...],
    custom_properties: _Added,
    logical_type_options: Shape,
    items: Shape | None = None,
    properties: tuple[Property, ...] = (),
    **_: object,
) -> Property:
    return Property(
        name=name,
        shape=replace(logical_type_options, items=items),
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
    )
