"""What a message may say about a value: enough to mend it, never enough to know whom it is about."""

import re
from collections.abc import Iterable
from itertools import islice

LONGEST = 40
"""Characters of a text that a message repeats."""

MOST_LISTED = 12
"""Allowed values that a message lists."""

_PSEUDONYM = re.compile(r"[0-9a-fA-F]{16,64}")


def shown(text: str) -> str:
    """Return a text in quotes; only its length where it is long, unprintable, or might stand for a person."""
    if len(text) > LONGEST or not text.isprintable() or _PSEUDONYM.fullmatch(text):
        return f"a text of {len(text)} characters"
    return f'"{text}"'


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
