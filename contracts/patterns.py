r"""Patterns of a contract: ECMA-262 regular expressions, as Python's `re` must be told to mean the same.

Only the part of the language is taken that means the same in both, so that a sender who validates with another tool
gets the same answer: `$` would let Python accept a line feed at the end, and `\d` digits of every script.
"""

import re

_PART = re.compile(r"\\u[0-9a-fA-F]{4}|\\[.\\/\-^$|?*+()\[\]{}]|\\.?|\(\?:|\(\?|\[\^?|.", re.DOTALL)
_ESCAPES = "a backslash may stand before a sign, or in \\uXXXX"


def body_of(pattern: str) -> str:
    """Return a Python expression for what stands between the anchors; to be matched as a whole.

    Raises:
        ValueError: If the pattern is not anchored, or uses what does not mean the same everywhere.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise ValueError(f"`{pattern}` must begin with ^ and end with $, so that it describes the whole text")
    body = pattern[1:-1]
    _refuse_ambiguous(_PART.findall(body))
    try:
        re.compile(body)
    except re.error as error:
        raise ValueError(f"`{pattern}` is no pattern: {error.msg}") from error
    return f"(?:{body})"


def _refuse_ambiguous(parts: list[str]) -> None:
    """Raise ValueError at the first part that Python or the sender's tool would read in its own way."""
    depth, in_class = 0, False
    for part in parts:
        if part[0] == "\\" and len(part) < len("\\uXXXX") and (len(part) == 1 or part[1].isalnum()):
            raise ValueError(f"`{part}` is not understood in a pattern; {_ESCAPES}")
        if in_class:
            in_class = part != "]"
        elif part[0] == "[":
            in_class = True
        elif part == "(?":
            raise ValueError("`(?` is not understood in a pattern; allowed is the group (?:...)")
        elif part == ".":
            raise ValueError("`.` is not understood in a pattern; name the signs that are allowed, as in [^...]")
        elif part in {"^", "$"}:
            raise ValueError(f"`{part}` may only stand at the ends of a pattern")
        elif part == "|" and depth == 0:
            raise ValueError("alternatives must stand in a group (?:...), or the anchors bind to some of them only")
        else:
            depth += part.startswith("(") - (part == ")")
