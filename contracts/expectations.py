"""The rules of data quality, compiled from contract and plan into suites that Great Expectations takes.

A suite is plain dictionaries; `meta` carries the id of the rule and the part of it, and comes back with the result.
There are two frames: `records` has a row for each record of the micro-batch, `cells` a row for each cell of a look
that closed. Code lists are checked before and handed on as flags, since each code of a list costs as much as a column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.odcs import load_contract
from contracts.plan import Plan, Text
from contracts.quality import Severity

FrameName = Literal["records", "cells"]
Value = str | float | int | bool | None
Expectation = dict[str, object]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of data quality.

    Attributes:
        id: Its name in tables, events and suites.
        severity: `critical` where a failure pauses the policy signals of the series.
        frame: What it is checked on.
        bound: Of `records` the share that may fail; of `cells` the bound on the figure.
        text: What it demands, for people.
    """

    id: str
    severity: Severity
    frame: FrameName
    bound: float
    text: Text


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with its suite, as it goes to the process that validates.

    Attributes:
        columns: Values by column; all of one length. Column `row` holds 0, 1, 2, ...
        expectations: The suite, as plain dictionaries.
        smallest: Counts below this are not kept in what the documents are made from.
    """

    name: FrameName
    columns: Mapping[str, Sequence[Value]]
    expectations: tuple[Expectation, ...]
    smallest: int


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one expectation.

    Attributes:
        rule, part: From its `meta`.
        rows: The rows that fail it.
        problem: Why it could not be run; None where it ran.
    """

    rule: str
    part: str
    rows: tuple[int, ...]
    problem: str | None


def _rule(id_: str, severity: Severity, frame: FrameName, bound: float, *, nl: str, en: str) -> Rule:
    return Rule(id_, severity, frame, bound, Text(nl, en))


RULES = {
    rule.id: rule
    for rule in (
        _rule(
            "readable", "critical", "records", 0.05,
            nl="Hoogstens 5 % van de records houdt zich niet aan het datacontract.",
            en="At most 5 % of the records break the data contract.",
        ),
        _rule(
            "complete", "critical", "records", 0.02,
            nl="Hoogstens 2 % van de records mist een verplicht veld, in elke groep, regio en variant.",
            en="At most 2 % of the records lack a required field, in every group, region and arm.",
        ),
        _rule(
            "known_codes", "critical", "records", 0.05,
            nl="Hoogstens 5 % van de records noemt een indicator, variant, regio of groep die het plan niet kent.",
            en="At most 5 % of the records name an indicator, arm, region or group that the plan does not know.",
        ),
        _rule(
            "in_range", "critical", "records", 0.01,
            nl="Hoogstens 1 % van de waarden ligt buiten het bereik dat het plan noemt.",
            en="At most 1 % of the values lie outside the range that the plan names.",
        ),
        _rule(
            "in_time", "critical", "records", 0.05,
            nl="Hoogstens 5 % van de records heeft een tijdvak of moment dat niet kan.",
            en="At most 5 % of the records have a period or moment that cannot be.",
        ),
        _rule(
            "unique_observation", "warning", "records", 0.01,
            nl="Hoogstens 1 % van de records heeft een kenmerk dat in dezelfde partij vaker voorkomt.",
            en="At most 1 % of the records have an id that occurs more than once in the batch.",
        ),
        _rule(
            "unique_unit", "warning", "records", 0.05,
            nl="Hoogstens 5 % van de eenheden komt per indicator en tijdvak vaker voor in dezelfde partij.",
            en="At most 5 % of the units occur more than once per indicator and period in the batch.",
        ),
        _rule(
            "one_outcome", "critical", "records", 0.01,
            nl="Hoogstens 1 % van de eenheden heeft in dezelfde partij twee verschillende uitkomsten.",
            en="At most 1 % of the units have two different outcomes in the batch.",
        ),
        _rule(
            "volume_short", "critical", "cells", 0.5,
            nl="Een weging telt minstens half zoveel records als verwacht.",
            en="A look has at least half the records that are expected.",
        ),
        _rule(
            "volume_over", "warning", "cells", 2.0,
            nl="Een weging telt hoogstens tweemaal zoveel records als verwacht.",
            en="A look has at most twice the records that are expected.",
        ),
        _rule(
            "planned", "warning", "cells", 1.1,
            nl="Een variant heeft hoogstens 10 % meer eenheden dan het plan noemt.",
            en="An arm has at most 10 % more units than the plan names.",
        ),
        _rule(
            "coverage", "critical", "cells", 1.0,
            nl="Elke variant, groep en regio uit het plan waarvan records te verwachten zijn, heeft er.",
            en="Every arm, group and region of the plan from which records are to be expected has some.",
        ),
        _rule(
            "value_drift", "warning", "cells", 1.0,
            nl="De gemiddelde waarde verschilt niet meer van de beginperiode dan toeval en het plan toelaten.",
            en="The mean value differs from the reference period by no more than chance and the plan allow.",
        ),
        _rule(
            "share_drift", "warning", "cells", 1.0,
            nl="Het aandeel van een groep verschilt hoogstens 5 punten van de beginperiode, of wat toeval toelaat.",
            en="The share of a group differs from the reference period by 5 points at most, or by what chance allows.",
        ),
        _rule(
            "delay", "critical", "cells", 1.0,
            nl="Een variant wordt even snel aangeleverd als de vergelijkingsvariant.",
            en="An arm is reported as soon as the reference arm.",
        ),
        _rule(
            "fresh", "warning", "cells", 1.0,
            nl="Het laatste record is niet ouder dan één weging.",
            en="The last record is no older than one look.",
        ),
    )
}  # fmt: skip
"""Every rule by its id."""

AT_LEAST = frozenset({"volume_short", "coverage"})
"""Rules on cells whose bound is a minimum; of the others it is a maximum."""

FLAGS = ("readable", "known_codes", "in_time", "one_outcome")
"""Rules on records that are checked before; the column of that name says whether a record keeps the rule."""

PERIOD_KEY = "period_key"
"""Column with the period in which a unit counts once: empty where it counts once at all."""

RECORD_COLUMNS = (
    "row",
    "observation_id",
    "policy",
    "indicator",
    "unit",
    "arm",
    "region",
    "cohort",
    "cluster",
    "period",
    "value",
    "observed_at",
    "groups",
    PERIOD_KEY,
    *FLAGS,
)
"""The columns of the frame of records."""

_REQUIRED = tuple(each.name for each in load_contract("observation").schema.properties if each.required)


def record_suite(plan: Plan) -> tuple[Expectation, ...]:
    """Return what is expected of the records of a micro-batch."""
    return tuple(_of_records(plan))


def cell_suite(figures: Sequence[str]) -> tuple[Expectation, ...]:
    """Return what is expected of cells, for the rules whose figures are columns of the frame."""
    return tuple(_bounded(RULES[rule], rule) for rule in figures)


def required_fields(plan: Plan) -> tuple[str, ...]:
    """Return the fields that a record must have by contract or plan."""
    by_plan = {
        "arm": plan.arms is not None,
        "cohort": "cohort" in plan.assignment.strata,
        "cluster": plan.cluster is not None,
    }
    return (*_REQUIRED, *(name for name, is_needed in by_plan.items() if is_needed))


def _of_records(plan: Plan) -> Iterator[Expectation]:
    for rule in FLAGS:
        yield _expectation(RULES[rule], "expect_column_values_to_be_in_set", rule, column=rule, value_set=[True])
    for name in required_fields(plan):
        yield _expectation(RULES["complete"], "expect_column_values_to_not_be_null", name, column=name)
    for each in plan.indicators:
        bounds = {"column": "value", "min_value": each.low, "max_value": each.high}
        condition = {"row_condition": f'indicator=="{each.id}"', "condition_parser": "pandas"}
        yield _expectation(RULES["in_range"], "expect_column_values_to_be_between", each.id, **bounds, **condition)
    unique = RULES["unique_observation"]
    yield _expectation(unique, "expect_column_values_to_be_unique", "observation_id", column="observation_id")
    columns = ["unit", "indicator", PERIOD_KEY]
    yield _expectation(
        RULES["unique_unit"],
        "expect_compound_columns_to_be_unique",
        "unit",
        column_list=columns,
        ignore_row_if="any_value_is_missing",
    )


def _bounded(rule: Rule, column: str) -> Expectation:
    side = "min_value" if rule.id in AT_LEAST else "max_value"
    return _expectation(rule, "expect_column_values_to_be_between", "", column=column, **{side: rule.bound})


def _expectation(rule: Rule, kind: str, part: str, **arguments: object) -> Expectation:
    if rule.frame == "records":
        arguments["mostly"] = 1.0 - rule.bound
    notes = {"format": "markdown", "content": [f"{rule.text.nl} / {rule.text.en}"]}
    meta = {"rule": rule.id, "part": part, "notes": notes}
    return {"type": kind, "kwargs": arguments, "meta": meta, "severity": rule.severity}
