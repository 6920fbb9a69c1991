"""What a message may say about a value: enough to mend it, never enough to know whom it is about."""

import re
from collections.abc import Callable, Iterable
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


def shown(text: str) -> str:
    """Return a text in quotes; only its length where it is long, unprintable, or might stand for a person."""
    if len(text) > LONGEST or not text.isprintable() or _PSEUDONYM.fullmatch(text):
        return f"a text of {len(text)} characters"
    return f'"{text}"'


def quoting(classification: str) -> Quote:
    """Return the words for values of a field that is classified so."""
    return quoted if classification in SHOWABLE else withheld


def quoted(value: object) -> str:
    """Return a value as it may be repeated: a number as it is, a text as `shown` does, else its kind."""
    if isinstance(value, str):
        return shown(value)
    return f"{value}" if isinstance(value, int | float) and not isinstance(value, bool) else kind_seen(value)


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
