"""What changed in what a value must be like: which values were accepted and no longer are, and the other way round."""

from collections.abc import Iterator, Sequence

from contracts.compatibility_step import Change, another_meaning, narrower, other, reworded, wider
from contracts.odcs_code import Code, Meaning
from contracts.odcs_model import Shape

_LOWER = (("minLength", "min_length"), ("minimum", "minimum"), ("earliest", "earliest"))
_UPPER = (("maxLength", "max_length"), ("maximum", "maximum"), ("latest", "latest"))
_MEANINGS = ("direction", "unit", "ucum", "aggregation", "denominator", "maturity")


def shape_changes(place: str, old: Shape, new: Shape) -> Iterator[Change]:
    """Yield every change between two shapes."""
    if old.physical != new.physical:
        yield another_meaning(f"{place}.physicalType", f"was {_shown(old.physical)}, is {_shown(new.physical)}")
    if old.kind != new.kind:
        yield _kind(place, old.kind, new.kind)
        return
    for name, attribute in _LOWER:
        yield from bound(f"{place}.{name}", getattr(old, attribute), getattr(new, attribute), is_lower=True)
    for name, attribute in _UPPER:
        yield from bound(f"{place}.{name}", getattr(old, attribute), getattr(new, attribute), is_lower=False)
    for name in ("pattern", "format"):
        yield from _demand(f"{place}.{name}", getattr(old, name), getattr(new, name))
    if old.unique_items != new.unique_items:
        yield (narrower if new.unique_items else wider)(f"{place}.uniqueItems", f"was {old.unique_items}")
    yield from code_changes(f"{place}.enum", old.codes, new.codes)
    if old.items is not None and new.items is not None:
        yield from shape_changes(f"{place}.items", old.items, new.items)
    elif old.items != new.items:
        yield other(f"{place}.items", "what the list holds is another")


def code_changes(place: str, old: Sequence[Code], new: Sequence[Code]) -> Iterator[Change]:
    """Yield every change between two lists of allowed values, where an empty one allows any."""
    before, after = ({each.value: each for each in codes} for codes in (old, new))
    if bool(before) != bool(after):
        yield (
            wider(place, "any value is allowed now") if before else narrower(place, f"only {_said(after)} are allowed")
        )
        return
    for value in before.keys() - after.keys():
        yield narrower(place, f"`{value}` is no longer allowed")
    for value in after.keys() - before.keys():
        yield wider(place, f"`{value}` is allowed now")
    for value in before.keys() & after.keys():
        if before[value].label != after[value].label:
            yield reworded(f"{place}.{value}.label")
        yield from meaning_changes(f"{place}.{value}", before[value].meaning, after[value].meaning)


def meaning_changes(place: str, old: Meaning, new: Meaning) -> Iterator[Change]:
    """Yield every change in what a number stands for."""
    for name in _MEANINGS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield another_meaning(f"{place}.{name}", f"was {_shown(before)}, is {_shown(after)}")
    yield from bound(f"{place}.range", old.low, new.low, is_lower=True)
    yield from bound(f"{place}.range", old.high, new.high, is_lower=False)
    yield from bound(f"{place}.decimals", old.decimals, new.decimals, is_lower=False)


def bound(place: str, old: object, new: object, *, is_lower: bool) -> Iterator[Change]:
    """Yield what changed when a bound of the accepted values moves; None is no bound."""
    if old == new:
        return
    message = f"was {_shown(old)}, is {_shown(new)}"
    if old is None or new is None:
        yield narrower(place, message) if old is None else wider(place, message)
    else:
        is_tighter = (new > old) == is_lower  # type: ignore[operator]  # numbers, or days
        yield narrower(place, message) if is_tighter else wider(place, message)


def _demand(place: str, old: str | None, new: str | None) -> Iterator[Change]:
    """Yield what changed in a demand of which no reader can tell whether it accepts more or less."""
    if old == new:
        return
    message = f"was {_shown(old)}, is {_shown(new)}"
    if old is None:
        yield narrower(place, message)
    else:
        yield wider(place, message) if new is None else other(place, message)


def _kind(place: str, old: str, new: str) -> Change:
    message = f"was {old}, is {new}"
    if (old, new) == ("integer", "number"):
        return wider(f"{place}.logicalType", message)
    is_narrower = (old, new) == ("number", "integer")
    return (narrower if is_narrower else other)(f"{place}.logicalType", message)


def _shown(value: object) -> str:
    return "not given" if value is None else f"`{getattr(value, 'en', None) or value}`"


def _said(values: Sequence[str] | dict[str, Code]) -> str:
    return ", ".join(f"`{each}`" for each in values)
