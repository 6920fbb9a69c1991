"""What a contract says about a record, as values."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from contracts.document.written import Plain
from contracts.odcs_code import NOTHING_SAID, Code, CodeListUse, Meaning
from contracts.plan import Text

Action = Literal["quarantine", "flag", "stop"]
"""What happens when a rule is broken: the record is set aside, the batch is marked, or conclusions wait."""

Dimension = Literal["completeness", "conformity", "consistency", "timeliness", "uniqueness"]
"""Which side of quality a rule is about, in the standard's words."""

Compatibility = Literal["optional_fields_are_minor", "every_field_is_major"]
"""How a reader takes a field that it does not know: it passes it over, or it must be told first."""

Status = Literal["proposed", "draft", "active", "deprecated", "retired"]
Classification = Literal["internal", "restricted"]
Role = Literal["column", "dimension", "measure"]

Kind = Literal["string", "integer", "number", "array", "object", "date", "timestamp"]
"""The logical types of the standard that are understood."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value must be like; None where nothing is asked.

    Attributes:
        kind: Logical type.
        pattern: Python expression for the whole text (see `contracts.patterns`).
        format: A format that no pattern can describe.
        min_length, max_length: Characters of a text, or items of an array.
        minimum, maximum: Bounds of a number.
        earliest, latest: Bounds of a date.
        unique_items: Whether no item may stand in an array twice.
        items: What an array holds.
        codes: The only values that a text may have; empty where any is allowed.
        physical: Physical type; None for the one that belongs to `kind`.
    """

    kind: Kind
    pattern: str | None = None
    format: Literal["uuid", "period"] | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    earliest: date | None = None
    latest: date | None = None
    unique_items: bool = False
    items: "Shape | None" = None
    codes: tuple[Code, ...] = ()
    physical: str | None = None


@dataclass(frozen=True, slots=True)
class Pseudonymisation:
    """How a value hides whom it is about, who makes it, and what it may never be."""

    method: Literal["keyed_hash"]
    by: Literal["sender"]
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """One field of a record.

    Attributes:
        name: Key in the JSON.
        shape: What its value must be like.
        label: What people call it.
        description: What it means.
        required: Whether it must be there and may not be null.
        present: Whether the key must be there, if only to say null.
        role: `dimension` for codes of which there are few, `measure` for what was measured, `column` for the rest.
        classification: How far it may travel.
        is_key: Whether it is the record's key on Kafka.
        examples: Values that fit.
        properties: Fields of an object.
        pseudonymisation: Set where the value stands for a person.
        meaning: What a number stands for.
        code_list: Where the values are listed, with the time in which each is in force.
    """

    name: str
    shape: Shape
    label: str
    description: Text
    required: bool
    present: bool
    role: Role
    classification: Classification
    is_key: bool
    examples: tuple[Plain, ...]
    properties: "tuple[Property, ...]"
    pseudonymisation: Pseudonymisation | None
    meaning: Meaning = NOTHING_SAID
    code_list: CodeListUse | None = None


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule that no schema can say: its reason code, what must be true, and what happens where it is not."""

    code: str
    description: Text
    action: Action = "quarantine"
    dimension: Dimension = "conformity"


@dataclass(frozen=True, slots=True)
class EventTime:
    """Which field says when it happened, and what says how late it may come."""

    property: str
    allowed_lateness: Literal["plan", "none"]


@dataclass(frozen=True, slots=True)
class Schema:
    """What one kind of record holds.

    Attributes:
        name: Name of the kind.
        topic: Where its records lie.
        description: What it is.
        envelope: Key that holds the fields; None where they stand at the top.
        properties: The fields.
        rules: What is checked beyond the fields.
        event_time: When it happened; None for a record without event time.
        small_cell_threshold: Fewer people than this are never shown; None where the record is about nobody.
        action: What happens to a record whose fields are wrong.
        compatibility: How a reader takes a field that it does not know.
        granularity: What one record is about.
    """

    name: str
    topic: str
    description: Text
    envelope: str | None
    properties: tuple[Property, ...]
    rules: tuple[CheckedRule, ...]
    event_time: EventTime | None
    small_cell_threshold: int | None
    action: Action = "quarantine"
    compatibility: Compatibility = "optional_fields_are_minor"
    granularity: str = ""


@dataclass(frozen=True, slots=True)
class Extends:
    """Which version of which contract another one adds to."""

    contract: str
    version: str


@dataclass(frozen=True, slots=True)
class PlanUse:
    """The version of a plan from which the contract of its policy was compiled."""

    id: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contract:
    """What a sender promises about one kind of record: which contract, what it is for, and what a record holds.

    Attributes:
        extends: The contract whose records this one adds fields to; None for a contract that stands by itself.
        plan: The plan from which it was compiled, and which is what is checked; None for a contract of every policy.
        domain, tags: Under what a catalogue files it.
    """

    id: str
    name: str
    version: str
    status: Status
    purpose: Text
    usage: Text
    limitations: Text
    schema: Schema
    extends: Extends | None = None
    plan: PlanUse | None = None
    domain: str = "policy-learning"
    tags: tuple[str, ...] = ()
