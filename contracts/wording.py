"""What a message may say about a value: enough to mend it, never enough to know whom it is about."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

LONGEST = 40
"""Characters of a text that a message repeats."""

MOST_LISTED = 12
"""Allowed values that a message lists."""

SHOWABLE = frozenset({"public", "internal"})
"""Classifications of fields whose values a message may repeat; of any other it tells kind and length."""

Quote = Callable[[object], str]
"""Gives the words for a value that was seen."""

_PSEUDONYM = re.compile(r"[0-9a-fA-F]{16,64}")
_NUMBERS = re.compile(r"\d+(?:[ ./_-]{1,2}\d+)+|(?<!\d)\d{8,9}(?!\d)")
_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-[0-3][0-9]")
_DIGITS = re.compile(r"\d+")
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_CITIZEN_DIGITS = range(8, 10)


def shown(text: str) -> str:
    """Return a text in quotes; only its length where it is long, unprintable, or might stand for a person."""
    if len(text) > LONGEST or not text.isprintable() or _PSEUDONYM.fullmatch(text) or holds_citizen_number(text):
        return withheld(text)
    return f'"{text}"'


def holds_citizen_number(text: str) -> bool:
    """Return whether digits in a text, which separators may part, pass the test for Dutch citizen numbers (elfproef).

    A day such as 2018-04-12 is none.
    """
    return any(_is_citizen(found) for each in _NUMBERS.findall(text) for found in _joined(each))


def _joined(text: str) -> Iterator[str]:
    """Yield the digits of every row of neighbouring groups that has as many as a citizen number."""
    groups = _DIGITS.findall(_DAY.sub("-", text))
    for start in range(len(groups)):
        row = ""
        for group in groups[start:]:
            row += group
            if len(row) in _CITIZEN_DIGITS:
                yield row


def _is_citizen(digits: str) -> bool:
    numbers = map(int, digits.zfill(len(_WEIGHTS)))
    return sum(weight * number for weight, number in zip(_WEIGHTS, numbers, strict=True)) % 11 == 0


def quoting(classification: str) -> Quote:
    """Return the words for values of a field that is classified so."""
    return quoted if classification in SHOWABLE else withheld


def quoted(value: object) -> str:
    """Return a value as it may be repeated: a number as it is, a text as `shown` does, else its kind."""
    if isinstance(value, str):
        return shown(value)
    return number_shown(value) if isinstance(value, int | float) and not isinstance(value, bool) else kind_seen(value)


def number_shown(value: float, form: str = "") -> str:
    """Return a number in a form of Python's; only that it is one where it might stand for a person."""
    text = f"{value:{form}}"
    return withheld(value) if holds_citizen_number(text) else text


def withheld(value: object) -> str:
    """Return what kind of value this is, of a text its length, and nothing of what it says."""
    return f"a text of {len(value)} characters" if isinstance(value, str) else kind_seen(value)


def kind_seen(value: object) -> str:
    """Return what kind of JSON value this is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"


def listed(allowed: Iterable[str]) -> str:
    """Return the allowed values, the first of them where there are many."""
    values = list(allowed)
    first = ", ".join(islice(values, MOST_LISTED))
    n_more = len(values) - MOST_LISTED
    return f"{first} and {n_more} more" if n_more > 0 else first or "none"
