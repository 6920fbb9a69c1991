"""What changed in the fields of a record: which there are, which must be there, and what each of them stands for."""

from collections.abc import Iterator, Sequence

from contracts.compatibility_shape import meaning_changes, shape_changes
from contracts.compatibility_step import Change, Step, another_meaning, narrower, other, wider, wording
from contracts.odcs_model import Classification, Compatibility, Property

_STRICTNESS: dict[Classification, int] = {"internal": 0, "restricted": 1}


def field_changes(old: Sequence[Property], new: Sequence[Property], compatibility: Compatibility) -> Iterator[Change]:
    """Yield every change between the fields of two versions; `compatibility` is what the new one promises."""
    before, after = ({each.name: each for each in fields} for fields in (old, new))
    removed = [before[name] for name in before if name not in after]
    added = [after[name] for name in after if name not in before]
    for field in removed:
        renamed = next((each for each in added if _is_same(field, each)), None)
        if renamed is not None:
            added.remove(renamed)
            yield other(field.name, f"renamed to `{renamed.name}`")
        else:
            yield other(field.name, "removed: whoever sends it is refused, whoever reads it finds nothing")
    for field in added:
        yield _added(field, compatibility)
    for name in before.keys() & after.keys():
        yield from _one(before[name], after[name])


def _is_same(old: Property, new: Property) -> bool:
    """Return whether a field that went and one that came say the same under two names."""
    return old.shape == new.shape and (old.label == new.label or old.description == new.description)


def _added(field: Property, compatibility: Compatibility) -> Change:
    if field.present:
        return Change(field.name, "added, and required", "structure", Step.MAJOR, _reads_on(compatibility))
    return Change(field.name, "added, and optional", "structure", Step.MINOR, _reads_on(compatibility))


def _reads_on(compatibility: Compatibility) -> Step:
    """Return what a field that they do not know asks of those who read."""
    return Step.MINOR if compatibility == "optional_fields_are_minor" else Step.MAJOR


def _one(old: Property, new: Property) -> Iterator[Change]:
    name = new.name
    yield from shape_changes(name, old.shape, new.shape)
    for key, before, after in (("required", old.required, new.required), ("presence", old.present, new.present)):
        if before != after and not (key == "presence" and old.required != new.required):
            yield (narrower if after else wider)(f"{name}.{key}", f"was {before}, is {after}".lower())
    yield from meaning_changes(name, old.meaning, new.meaning)
    yield from _handling(old, new)
    if (old.label, old.description) != (new.label, new.description):
        yield wording(f"{name}.description")
    if old.examples != new.examples:
        yield wording(f"{name}.examples", "other examples")


def _handling(old: Property, new: Property) -> Iterator[Change]:
    """Yield what changed in whom a field is about and how it is handled."""
    name = new.name
    if old.classification != new.classification:
        yield _classification(name, old.classification, new.classification)
    if old.pseudonymisation != new.pseudonymisation:
        yield another_meaning(f"{name}.pseudonymisation", _said(old.pseudonymisation, new.pseudonymisation))
    if old.code_list != new.code_list:
        seen, found = (each and f"{each.id} {each.version}" for each in (old.code_list, new.code_list))
        yield another_meaning(f"{name}.codeList", f"was {seen or 'none'}, is {found or 'none'}")
    if old.role != new.role:
        yield another_meaning(f"{name}.semanticType", f"was {old.role}, is {new.role}")
    if old.is_key != new.is_key:
        yield other(f"{name}.partitioned", "the key of the record is another field")


def _classification(name: str, old: Classification, new: Classification) -> Change:
    """Return the change: lowered, it breaks what was agreed with who delivers; raised, what readers may do."""
    is_lowered = _STRICTNESS[new] < _STRICTNESS[old]
    steps = (Step.MAJOR, Step.MINOR) if is_lowered else (Step.MINOR, Step.MAJOR)
    message = f"{'lowered' if is_lowered else 'raised'} from {old} to {new}"
    return Change(f"{name}.classification", message, "meaning", *steps)


def _said(old: object, new: object) -> str:
    if old is None:
        return "the value stands for a person now"
    return "the value is no pseudonym any more" if new is None else "how the pseudonym is made changed"
