"""Reading `choices`: for whom the policy is, who may lose by it, where it applies. Named before the first look."""

from collections.abc import Iterator
from typing import Any

from contracts.code_lists import list_named
from contracts.document.fields import nullable, one_of, spelled
from contracts.document.lists import listing
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.document.written import Written
from contracts.plan import Areas, Choices, Loser, Text
from contracts.plan_known import known
from contracts.plan_names import Names, region_code
from contracts.plan_text import text

_ABOUT_LOSERS = (
    "name who may lose by this policy, at least one, such as `- {who: ..., watched_by: {indicator: ...}}`, "
    "or say why nobody can: `losers: {none_because: ...}`"
)


def choices(names: Names) -> Reader[Choices]:
    """Return the reader of `choices`."""
    return record(
        _choices,
        {
            "for_whom": Key(text, about="say for whom the policy is"),
            "not_for_whom": Key(text, about="say who is left out, and why"),
            "losers": Key(_losers(names), about=_ABOUT_LOSERS),
            "areas": Key(_AREAS, about="list the regions where the policy applies, `{here: [...]}`"),
            "alternatives": Key(listing(text), ()),
            "fairness": Key(one_of("worst_off_first", "parity", "sufficiency"), "worst_off_first"),
        },
    )


def _choices(*, losers: tuple[Loser, ...] | Text, **rest: Any) -> Choices:
    named, because = ((), losers) if isinstance(losers, Text) else (losers, None)
    return Choices(losers=named, no_losers_because=because, **rest)


def _losers(names: Names) -> Reader[tuple[Loser, ...] | Text]:
    watched_by: Reader[dict[str, str]] = record(
        dict,
        {
            "indicator": Key(known("indicator", names.indicators), None),
            "arm": Key(known("arm", names.arms), None),
            "group": Key(known("group", names.groups), None),
            "region": Key(known("region", names.regions), None),
        },
        Rule(("indicator", "arm", "group", "region"), _names_something),
    )
    one = record(_loser, {"who": Key(text, about="say who may lose"), "watched_by": Key(watched_by, None)})
    several = listing(one)
    nobody: Reader[Text] = record(_reason, {"none_because": Key(text, about="say why nobody can lose")})

    def read(written: Written) -> tuple[Loser, ...] | Text:
        if isinstance(written.value, dict):
            return nobody(written)
        if isinstance(written.value, tuple) and written.value:
            return several(written)
        raise written.refused(f"found {written.seen()}; {_ABOUT_LOSERS}")

    return read


def _reason(*, none_because: Text) -> Text:
    return none_because


def _loser(*, who: Text, watched_by: dict[str, str] | None) -> Loser:
    cell = watched_by or dict.fromkeys(("indicator", "arm", "group", "region"))
    return Loser(who=who, **cell)


def _names_something(*cell: str | None) -> Iterator[Fault]:
    if not any(cell):
        yield (), "names no cell; give an indicator, an arm, a group or a region, or leave `watched_by` out"


def _each_once(here: tuple[str, ...], elsewhere: tuple[str, ...], comparison: tuple[str, ...]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for part, regions in (("here", here), ("elsewhere", elsewhere), ("comparison", comparison)):
        for place, region in enumerate(regions):
            if region in seen:
                yield (part, place), f"`{region}` stands in `{seen[region]}` already; a region has one role"
            seen.setdefault(region, part)


def _list_name(written: str) -> str:
    list_named(written)
    return written


def _are_listed(
    here: tuple[str, ...], elsewhere: tuple[str, ...], comparison: tuple[str, ...], code_list: str | None
) -> Iterator[Fault]:
    """Refuse an area that the list does not have: it is misspelt, or from another list."""
    listed = list_named(code_list).codes if code_list is not None else None
    for part, regions in (("here", here), ("elsewhere", elsewhere), ("comparison", comparison)):
        for place, region in enumerate(regions):
            if listed is not None and region not in listed:
                yield (part, place), f"`{region}` is not in the list {code_list}"


_AREAS: Reader[Areas] = record(
    Areas,
    {
        "here": Key(listing(region_code, at_least=1), about="list the regions where the policy applies"),
        "elsewhere": Key(listing(region_code), ()),
        "comparison": Key(listing(region_code), ()),
        "code_list": Key(nullable(spelled(_list_name)), None),
    },
    Rule(("here", "elsewhere", "comparison"), _each_once),
    Rule(("here", "elsewhere", "comparison", "code_list"), _are_listed),
)
