"""Reading what the values of a field mean: the codes that are allowed, and what a number stands for."""

from contracts.document.fields import matching, number, one_of, spelled, whole, words
from contracts.document.lists import listing, span
from contracts.document.record import Key, Reader, record
from contracts.document.written import Written
from contracts.odcs_code import Code, CodeListUse, Meaning
from contracts.odcs_custom import DUTCH, customs
from contracts.period import parse_duration
from contracts.plan import Text
from contracts.plan_text import text

SAYS: dict[str, Key] = {
    "direction": Key(one_of("higher_is_better", "lower_is_better"), None),
    "unit": Key(text, None),
    "ucumCode": Key(matching(r"[!-~]+", "UCUM codes such as `kg` or `%`"), None),
    "aggregation": Key(one_of("mean", "share", "sum", "count"), None),
    "denominator": Key(text, None),
}
"""What a contract may say about a number, wherever it stands."""


def _duration(written: Written) -> str:
    return spelled(parse_duration)(written).text


_SAYS_OF_INDICATOR = SAYS | {
    "maturity": Key(_duration, None),
    "range": Key(span(number()), None),
    "decimals": Key(whole(at_least=0, at_most=6), None),
}


def meaning(
    *,
    range: tuple[float, float] | None = None,  # noqa: A002  (the key of the file)
    **said: object,
) -> Meaning:
    """Return what a number means, from the custom properties that say so."""
    low, high = range if range is not None else (None, None)
    return Meaning(ucum=said.pop("ucumCode", None), low=low, high=high, **said)  # type: ignore[arg-type]  # read as such


def _code_customs(*, nl: str, **said: object) -> tuple[str, Meaning]:
    return nl, meaning(**said)  # type: ignore[arg-type]  # read as such


def _code(*, value: str, label: str, customProperties: tuple[str, Meaning]) -> Code:  # noqa: N803  (the key of the file)
    nl, meant = customProperties
    return Code(value, Text(nl=nl, en=label), meant)


CODES: Reader[tuple[Code, ...]] = listing(
    record(
        _code,
        {
            "value": Key(words),
            "label": Key(words),
            "customProperties": Key(customs(_code_customs, {"nl": DUTCH, **_SAYS_OF_INDICATOR})),
        },
    ),
    at_least=1,
)
"""Reads `enum`: the values, what people call them and, of an indicator, what its values mean."""

CODE_LIST: Reader[CodeListUse] = record(
    CodeListUse,
    {
        "id": Key(matching(r"[a-z][a-z0-9_-]*", "names such as `nl-municipalities`")),
        "version": Key(matching(r"[0-9]{4}(-[0-9]{2}){0,2}", "versions such as 2026-01-01")),
        "sha256": Key(matching(r"[0-9a-f]{64}", "64 hexadecimal digits")),
    },
)
