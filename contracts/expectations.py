"""The rules of data quality, compiled from contract and plan into suites that Great Expectations takes.

A suite is plain dictionaries; `meta` carries the id of the rule and the part of it, and comes back with the result.
There are two frames: `records` has a row for each record of the micro-batch, `cells` a row for each cell of a look
that closed. Code lists are checked before and handed on as flags, since each code of a list costs as much as a column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.odcs import load_contract
from contracts.plan import Plan
from contracts.quality_rules import AT_LEAST, RULES, FrameName, Rule

Value = str | float | int | bool | None
Expectation = dict[str, object]


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
    meta = {"rule": rule.id, "part": part}
    said = f"{rule.id} {part}: {rule.text.nl} / {rule.text.en}"
    return {"type": kind, "kwargs": arguments, "meta": meta, "severity": rule.severity, "description": said}
