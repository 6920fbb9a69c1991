"""Text from outside, made fit for PostgreSQL, which holds neither U+0000 nor half a surrogate pair."""

MOST = 200
"""Characters kept of a name from outside: names are shown and indexed, not kept for their own sake."""

_LOW_SURROGATE, _HIGH_SURROGATE = 0xD800, 0xDFFF


def storable(text: str, *, most: int = MOST) -> str:
    """Return the text with what cannot be stored replaced by U+FFFD, cut after `most` characters."""
    cut = text[:most]
    if cut.isascii() and "\0" not in cut:
        return cut
    return "".join("\ufffd" if _is_unfit(character) else character for character in cut)


def storable_or_none(text: str | None) -> str | None:
    """Return the same for text that may be missing."""
    return None if text is None else storable(text)


def _is_unfit(character: str) -> bool:
    return character == "\0" or _LOW_SURROGATE <= ord(character) <= _HIGH_SURROGATE
