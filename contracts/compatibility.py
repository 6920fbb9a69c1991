"""Compatibility that sees meaning: what changed between two versions of a contract, and the version step it demands.

What other tools pass over as harmless changes the figures or breaks an agreement: a direction that is turned, another
unit, a newer code list, a smaller small-cell threshold, a lowered classification. Each of these is a new major version.
"""

from collections.abc import Iterator, Sequence

from contracts.compatibility_field import field_changes
from contracts.compatibility_step import (
    Change,
    Step,
    another_meaning,
    narrower,
    next_version,
    other,
    reworded,
    step_between,
    wider,
    wording,
)
from contracts.errors import PlanError, Problem
from contracts.odcs_model import CheckedRule, Contract, Schema

_RETIRING = {"deprecated": Step.MINOR, "retired": Step.MAJOR}


def changes(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return every change between two versions of one contract, those that demand most first.

    Raises:
        PlanError: If they are two contracts.
    """
    if (old.name, old.id) != (new.name, new.id):
        message = f"{new.name} ({new.id}) is another contract than {old.name} ({old.id}); there is nothing to compare"
        raise PlanError([Problem("name", None, message)])
    found = [*_about(old, new), *_schema(old.schema, new.schema)]
    return tuple(sorted(found, key=lambda each: (-each.step, each.kind == "structure", each.place)))


def demanded(found: Sequence[Change]) -> Step:
    """Return the version step that changes demand together."""
    return max((each.step for each in found), default=Step.NONE)


def wrong_step(old: Contract, new: Contract) -> str | None:
    """Return why the version of `new` does not follow that of `old`; None if it does.

    The same version must be the same contract, and a new version must go up by what its changes demand, or by more.
    """
    found = changes(old, new)
    needed = demanded(found)
    try:
        taken = step_between(old.version, new.version)
    except ValueError as error:
        return str(error)
    if taken >= needed:
        return None
    because = next(each for each in found if each.step is needed)
    follows = f"version {next_version(old.version, needed)} follows {old.version}, found {new.version}"
    return f"{follows}: {because.place} demands a {needed} step ({because.message})"


def _about(old: Contract, new: Contract) -> Iterator[Change]:
    for part in ("usage", "limitations"):
        if getattr(old, part) != getattr(new, part):
            yield wording(f"description.{part}")
    for part in ("domain", "tags"):
        if getattr(old, part) != getattr(new, part):
            yield wording(part, "a catalogue files it elsewhere")
    if old.purpose != new.purpose:
        yield reworded("description.purpose")
    if old.status != new.status:
        step = _RETIRING.get(new.status, Step.PATCH)
        yield Change("status", f"was {old.status}, is {new.status}", "meaning", step, step)
    yield from _base(old, new)


def _base(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield what changed in the contract or plan that this one rests on."""
    if old.extends is not None and new.extends is not None and old.extends.contract == new.extends.contract:
        if old.extends != new.extends:
            before, after = old.extends.version, new.extends.version
            step = _step_of_base(before, after)
            yield Change("extends", f"was {before}, is {after}", "structure", step, step)
    elif old.extends != new.extends:
        yield other("extends", "it adds to another contract")
    if (old.plan is None) != (new.plan is None) or (old.plan and new.plan and old.plan.id != new.plan.id):
        yield other("plan", "it is compiled from another plan")
    elif old.plan != new.plan:
        yield wording("plan", "compiled from another version of the plan")


def _step_of_base(old: str, new: str) -> Step:
    try:
        return step_between(old, new)
    except ValueError:
        return Step.MAJOR


def _schema(old: Schema, new: Schema) -> Iterator[Change]:
    for name, before, after in (("topic", old.topic, new.topic), ("envelope", old.envelope, new.envelope)):
        if before != after:
            yield other(name, f"was `{before}`, is `{after}`")
    if old.name != new.name:
        yield another_meaning("schema.name", f"was `{old.name}`, is `{new.name}`")
    if old.granularity != new.granularity:
        yield reworded("schema.dataGranularityDescription")
    if old.description != new.description:
        yield wording("schema.description")
    yield from _handling(old, new)
    yield from field_changes(old.properties, new.properties, new.compatibility)
    yield from _rules(old.rules, new.rules)


def _handling(old: Schema, new: Schema) -> Iterator[Change]:
    """Yield what changed in how records are handled, whatever their fields."""
    for name, before, after in (
        ("smallCellThreshold", old.small_cell_threshold, new.small_cell_threshold),
        ("action", old.action, new.action),
        ("compatibility", old.compatibility, new.compatibility),
    ):
        if before != after:
            yield another_meaning(name, f"was {before}, is {after}")
    if old.event_time != new.event_time:
        yield another_meaning("eventTime", f"was {_timing(old)}, is {_timing(new)}")


def _timing(schema: Schema) -> str:
    when = schema.event_time
    return "none" if when is None else f"{when.property}, lateness {when.allowed_lateness}"


def _rules(old: Sequence[CheckedRule], new: Sequence[CheckedRule]) -> Iterator[Change]:
    before, after = ({each.code: each for each in rules} for rules in (old, new))
    for code in before.keys() - after.keys():
        yield wider(f"quality.{code}", "this is no longer checked")
    for code in after.keys() - before.keys():
        yield narrower(f"quality.{code}", "this is checked now")
    for code in before.keys() & after.keys():
        if before[code].action != after[code].action:
            message = f"was {before[code].action}, is {after[code].action}"
            yield another_meaning(f"quality.{code}.action", message)
        if before[code].description != after[code].description:
            yield reworded(f"quality.{code}.description")
        if before[code].dimension != after[code].dimension:
            message = f"was {before[code].dimension}, is {after[code].dimension}"
            yield wording(f"quality.{code}.dimension", message)
