"""The contract of one policy: the observation, narrowed to what its plan names. The plan is what is checked."""

from collections.abc import Iterator
from dataclasses import replace

from contracts.admission import NO_ARM
from contracts.code_lists import CodeList, list_named
from contracts.document.written import Plain
from contracts.odcs_code import Code, CodeListUse, Meaning
from contracts.odcs_model import CheckedRule, Contract, PlanUse, Property, Shape
from contracts.period import NESTED, Grain, period_of
from contracts.plan import Indicator, Plan, Text

_ENDINGS = {
    Grain.YEAR: "",
    Grain.QUARTER: "-Q[1-4]",
    Grain.MONTH: "-[0-9]{2}",
    Grain.WEEK: "-W[0-9]{2}",
    Grain.DAY: "-[0-9]{2}-[0-9]{2}",
}
_NOBODY = Text("buiten het experiment", "outside the experiment")


def contract_of(plan: Plan, base: Contract) -> Contract:
    """Return the contract of the policy's suppliers.

    Args:
        plan: What the policy registered.
        base: The contract `observation`, with what the extensions in force add.
    """
    properties = tuple(_narrowed(each, plan) for each in base.schema.properties)
    has_lists = any(each.code_list is not None for each in properties)
    schema = replace(
        base.schema,
        properties=properties,
        rules=tuple(_applying(base.schema.rules, plan, has_lists=has_lists)),
        small_cell_threshold=plan.disclosure.minimum_cell,
    )
    return replace(
        base,
        id=f"{base.id}-{plan.id}",
        version=f"{plan.version}.0.0",
        purpose=plan.question,
        schema=schema,
        plan=PlanUse(plan.id, plan.version, plan.sha256),
    )


def _narrowed(field: Property, plan: Plan) -> Property:
    """Return a field as this plan takes it: the codes it names, and what it asks of every record."""
    is_needed = field.required or field.name in _needed(plan)
    shape = _shape(field.name, field.shape, plan)
    examples = _days(field.name, plan) or (_examples(shape) if shape != field.shape else field.examples)
    narrowed = replace(field, shape=shape, required=is_needed, present=field.present or is_needed, examples=examples)
    codes = _listed(plan)
    if field.name != "region" or codes is None:
        return narrowed
    return replace(narrowed, code_list=CodeListUse(codes.id, codes.version, codes.sha256))


def _listed(plan: Plan) -> CodeList | None:
    named = plan.choices.areas.code_list
    return list_named(named) if named is not None else None


def _shape(name: str, shape: Shape, plan: Plan) -> Shape:
    if name == "groups":
        return _groups(shape, plan)
    if name == "period":
        grains = sorted((_ENDINGS[each] for each in NESTED[plan.look.grain]), key=len)
        return replace(shape, pattern=f"(?:[12][0-9]{{3}}(?:{'|'.join(grains)}))")
    if name == "value":
        low, high = min(each.low for each in plan.indicators), max(each.high for each in plan.indicators)
        return replace(shape, minimum=low, maximum=high)
    return replace(shape, codes=_codes(name, plan))


def _codes(name: str, plan: Plan) -> tuple[Code, ...]:
    """Return the only codes that a field may hold; nothing where the plan does not say."""
    if name == "policy":
        return (Code(plan.id, plan.title),)
    if name == "indicator":
        return tuple(Code(each.id, each.label, _meaning(each)) for each in plan.indicators)
    if name == "region":
        listed = _listed(plan)
        names = {each: listed.codes[each].name if listed is not None else each for each in plan.choices.areas.every}
        return tuple(Code(code, Text(name, name)) for code, name in names.items())
    if name == "arm":
        arms = plan.arms.every if plan.arms is not None else ()
        return (*(Code(each, Text(each, each)) for each in arms), Code(NO_ARM, _NOBODY))
    return ()


def _groups(shape: Shape, plan: Plan) -> Shape:
    codes = tuple(Code(each.id, each.label) for each in plan.groups)
    if not codes or shape.items is None:
        return replace(shape, max_length=0)
    return replace(shape, items=replace(shape.items, codes=codes), max_length=len(codes))


def _meaning(indicator: Indicator) -> Meaning:
    return Meaning(
        direction=indicator.direction,
        aggregation="share" if indicator.type == "binary" else "mean",
        maturity=indicator.maturity.text if indicator.maturity is not None else None,
        low=indicator.low,
        high=indicator.high,
        decimals=indicator.decimals,
    )


def _examples(shape: Shape) -> tuple[Plain, ...]:
    """Return examples that fit what the plan allows."""
    if shape.codes:
        return tuple(each.value for each in shape.codes[:2])
    if shape.kind == "array":
        groups: list[Plain] = [each.value for each in shape.items.codes[:2]] if shape.items else []
        return (groups, []) if groups else ([],)
    bounds = (each for each in (shape.minimum, shape.maximum) if each is not None)
    return tuple(int(each) if each.is_integer() else each for each in bounds)


def _days(name: str, plan: Plan) -> tuple[Plain, ...]:
    """Return when the first unit starts, when its first indicator is measured, and about which period."""
    start, maturity = plan.effective_from.start, plan.indicators[0].maturity
    measured = maturity.after(start) if maturity is not None else start
    examples: dict[str, tuple[Plain, ...]] = {
        "start": (start.isoformat(),),
        "period": tuple(period_of(measured, grain).label for grain in sorted(NESTED[plan.look.grain], key=_coarsest)),
        "observed_at": (f"{measured.isoformat()}T10:00:00+01:00",),
    }
    return examples.get(name, ())


def _coarsest(grain: Grain) -> int:
    return -[*Grain].index(grain)


def _needed(plan: Plan) -> set[str]:
    """Return the fields that this plan asks of every record, and others do not."""
    asked = {
        "arm": plan.arms is not None,
        "cohort": "cohort" in plan.assignment.strata,
        "cluster": plan.cluster is not None,
    }
    return {name for name, is_asked in asked.items() if is_asked}


def _applying(rules: tuple[CheckedRule, ...], plan: Plan, *, has_lists: bool) -> Iterator[CheckedRule]:
    """Yield the rules that a record of this plan can break."""
    needed, types = _needed(plan), {each.type for each in plan.indicators}
    matters = {
        "missing_arm": "arm" in needed,
        "missing_cohort": "cohort" in needed,
        "missing_cluster": "cluster" in needed,
        "cluster_closed": "cluster" in needed,
        "not_binary": "binary" in types,
        "out_of_range": "continuous" in types,
        "too_many_decimals": "continuous" in types,
        "code_not_in_force": has_lists,
        "before_maturity": any(each.maturity is not None for each in plan.indicators),
    }
    yield from (each for each in rules if matters.get(each.code, True))
