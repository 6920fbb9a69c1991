"""JSON read as it is written: duplicate keys are kept in sight, and what no JSON text can hold is told.

Used for records that were refused, where every reason counts and speed does not.
"""

import json
from collections.abc import Iterable, Mapping

from contracts.errors import Reason


class JsonObject(dict[str, object]):
    """An object of the text; the last of several values of a key is kept.

    Attributes:
        repeated: Keys that stand in it more than once, in their order.
    """

    def __init__(self, pairs: Iterable[tuple[str, object]]) -> None:
        super().__init__()
        self._earlier: dict[str, list[object]] = {}
        for key, value in pairs:
            if key in self:
                self._earlier.setdefault(key, []).append(self[key])
            self[key] = value
        self.repeated = tuple(self._earlier)

    def every(self, key: str) -> list[object]:
        """Return all values that the text gives a key, in their order."""
        return [*self._earlier.get(key, ()), self[key]] if key in self else []


def every_value(content: Mapping[str, object], key: str) -> list[object]:
    """Return all values of a key, be it of a text or of a record that was read."""
    if isinstance(content, JsonObject):
        return content.every(key)
    return [content[key]] if key in content else []


class NotJson(ValueError):  # noqa: N818  (it says what the text is)
    """The text is no JSON; the message says where it stops being so."""


def text_of(value: bytes) -> tuple[str, tuple[Reason, ...]]:
    """Return the text; bytes that are no UTF-8 become surrogates, and a reason."""
    try:
        return value.decode(), ()
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is no UTF-8: {error.reason}"
        return value.decode(errors="surrogateescape"), (Reason("not_utf8", "", message),)


def document_of(text: str) -> object:
    """Return the value that the text writes: None, bool, int, float, str, list or `JsonObject`.

    NaN and Infinity, which Python knows and JSON does not, become the float of that name, and so does a number that
    is too large.

    Raises:
        NotJson: If the text is no JSON.
    """
    if not text.strip():
        raise NotJson("the record is empty")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = "where it ends" if error.pos >= len(text) else f"at character {error.pos + 1}"
        raise NotJson(f"{error.msg.removesuffix(' at')} {where}") from error
    except RecursionError as error:
        raise NotJson("it is nested too deeply") from error


_LONGEST_WHOLE = 18


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else float(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=JsonObject, parse_int=_whole)
