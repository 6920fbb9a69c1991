"""Reading a plan: from YAML, or from the canonical JSON it was registered as. What is not understood is refused.

The document is described by the tables in `plan_shape` and its siblings. Reading collects every problem, each with its
place, its line and what is allowed.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from contracts.document.record import gathering
from contracts.document.written import Written
from contracts.document.yaml import read_yaml
from contracts.errors import PlanError, Problem
from contracts.period import Duration, parse_duration
from contracts.plan import Claims, Plan
from contracts.plan_canonical import canonical_json, digest, document_of
from contracts.plan_implied import facts_of, tested
from contracts.plan_names import names_of
from contracts.plan_notes import notes
from contracts.plan_shape import document_reader

__all__ = ["notes", "plan_of_canonical", "read_plan"]

_NONE_LATE = parse_duration("P0D")
_ONLY_WRITTEN = {"plan"}
"""Keys that say how the document is read."""


def read_plan(text: str) -> Plan:
    """Return the plan that a YAML document describes.

    Raises:
        PlanError: If anything in it is not understood, missing or contradictory; with every problem.
    """
    document, duplicates = read_yaml(text)
    return _plan(document, duplicates)


def plan_of_canonical(data: bytes) -> Plan:
    """Return the plan that was registered as this canonical JSON.

    Raises:
        PlanError: If the bytes are not a plan in canonical form.
    """
    return _plan(Written.of(document_of(data)), ())


def _plan(document: Written, duplicates: tuple[Problem, ...]) -> Plan:
    problems = list(duplicates)
    with gathering(problems):
        plan = document_reader(names_of(document), partial(_build, document))(document)
    if problems:
        raise PlanError(sorted(problems, key=lambda each: each.line or 0))
    return plan


def _build(
    document: Written,
    *,
    claims: Claims | None,
    lateness: Duration | None,
    looks: int | None,
    **rest: Any,
) -> Plan:
    """Return the plan, with what was left out filled in; `rest` are other fields of `Plan` by name."""
    canonical = canonical_json(document.plain())
    plan = Plan(
        sha256=digest(canonical),
        canonical=canonical,
        claims=claims or Claims(),
        lateness=lateness or _NONE_LATE,
        n_looks=looks,
        **{key: value for key, value in rest.items() if key not in _ONLY_WRITTEN},
    )
    return replace(plan, claims=tested(claims, facts_of(plan)))
