"""The fast way in: says yes to a clean record in two microseconds, and leaves anything else to the thorough reading.

What keeps it honest is that it can only say yes. In a text without a backslash every key and value is spelled as it is,
and quotation marks stand around keys and texts only: their number tells whether a key stands twice, which every parser
passes over. Codes, of which there are few, are checked once and remembered, each by itself. Ids, pseudonyms and times
differ in every record but have few forms: an expression that takes any hexadecimal digit where it takes one tells the
same of all texts that differ in such digits only. Of a time, which has decimal digits, the calendar refuses the others.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar, cast

import msgspec

from contracts.odcs_model import Property, Schema
from contracts.shortcut_struct import check, decoder, null_counter
from contracts.values import faults, pattern_of

R = TypeVar("R", bound=msgspec.Struct)

_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
_MOST_REMEMBERED = 1 << 16

_DIGITS = b"0123456789abcdef"
_FORM = bytes.maketrans(_DIGITS, b"0" * len(_DIGITS))
_ANY_DIGIT = re.compile(r"\[0-9a-f(?:A-F)?\]|\{[0-9,]+\}")
_DISTINGUISHING = re.compile(r"[0-9a-f.\[\\]")
_BEYOND_THE_CALENDAR = re.compile(r"\.[0-9]{7}")
"""Decimals of a second that the calendar passes over unread."""

_SOURCE = """
def take(value):
    if 92 in value:  # a backslash
        return None
    try:
        record = decode(value)
        {times}
    except unreadable:
        return None
    others = ({others})
    n_quotes = n_quotes_of(others) or learn(others)
    if not n_quotes or not (({are_known}) or get_to_know(({codes}))):
        return None
    n_more = value.count(b'"') - n_quotes + 4 * ({n_left_out})
    if n_more and n_more != 2 * nulls_of(value):
        return None
    texts = f"{texts}"
    return record if texts.encode().translate(form) in forms or match(texts) else None
"""


class Shortcut(Generic[R]):
    """Reads clean records of one kind.

    Args:
        schema: What the contract says of them.
        kind: The struct that they become.

    Raises:
        PlanError: If the fields of the contract and the struct differ, or a field cannot be checked this way.
    """

    def __init__(self, schema: Schema, kind: type[R]) -> None:
        check(schema, kind)
        self._decode = decoder(kind, envelope=schema.envelope)
        dimensions = [each for each in schema.properties if each.role == "dimension"]
        self._codes = _of_one_shape(dimensions)
        self._others = [each for each in dimensions if each not in self._codes]
        self._texts = [each for each in schema.properties if each.role == "column"]
        self._known: set[object] = {None}
        self._n_quotes: dict[tuple[object, ...], int] = {}
        self._forms: set[bytes] = set()
        self._match_texts = re.compile("\n".join(pattern_of(each.shape) for each in self._texts)).fullmatch
        self._is_told_by_form = all(map(_takes_any_digit, self._texts))
        self._n_fixed = 4 * (len(self._texts) + len(self._codes))
        self._n_fixed += 2 * sum(each.role == "measure" for each in schema.properties)
        self._n_fixed += 2 * (schema.envelope is not None)
        self._nulls_of = null_counter(schema)
        self.take: Callable[[bytes], R | None] = self._compiled()

    def __call__(self, value: bytes) -> R | None:
        """Return the record; None if only the thorough reading can tell what it is."""
        return self.take(value)

    def _compiled(self) -> Callable[[bytes], R | None]:
        """Return `_SOURCE` as a function: a field that is named costs a tenth of one that is looked up by its name."""
        nullable = [f"(record.{each.name} is None)" for each in self._codes if not each.required]
        times = [f"moment(record.{each.name})" for each in self._texts if each.shape.kind == "timestamp"]
        source = _SOURCE.format(
            times="; ".join(times) or "pass",
            others="".join(f"record.{each.name}, " for each in self._others),
            codes="".join(f"record.{each.name}, " for each in self._codes),
            are_known=" and ".join(f"record.{each.name} in known" for each in self._codes) or "True",
            n_left_out=" + ".join(nullable) or "0",
            texts="\\n".join(f"{{record.{each.name}}}" for each in self._texts),
        )
        names: dict[str, object] = {
            "decode": self._decode,
            "unreadable": _UNREADABLE,
            "moment": datetime.fromisoformat,
            "n_quotes_of": self._n_quotes.get,
            "learn": self._learn,
            "known": self._known,
            "get_to_know": self._get_to_know,
            "nulls_of": self._nulls_of,
            "form": _FORM,
            "forms": self._forms,
            "match": self._match,
        }
        exec(source, names)  # noqa: S102  (made of the names of a struct's fields and nothing else)
        return cast("Callable[[bytes], R | None]", names["take"])

    def _match(self, together: str) -> bool:
        """Return whether the texts match, and remember their form where all digits of it are looked at."""
        if not self._match_texts(together):
            return False
        if self._is_told_by_form and not _BEYOND_THE_CALENDAR.search(together):
            if len(self._forms) >= _MOST_REMEMBERED:
                self._forms.clear()
            self._forms.add(together.encode().translate(_FORM))
        return True

    def _get_to_know(self, codes: tuple[object, ...]) -> bool:
        """Return whether every code fits, and remember those that do."""
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
            self._known.add(None)
        for field, code in zip(self._codes, codes, strict=True):
            if code is not None and next(faults(field, code), None) is not None:
                return False
            self._known.add(code)
        return True

    def _learn(self, codes: tuple[object, ...]) -> int:
        """Return how many quotation marks a record with these codes has, and remember it; 0 if they do not fit."""
        pairs = list(zip(self._others, codes, strict=True))
        if any(next(faults(field, _as_json(code)), None) for field, code in pairs):
            return 0
        if len(self._n_quotes) >= _MOST_REMEMBERED:
            self._n_quotes.clear()
        self._n_quotes[codes] = self._n_fixed + sum(2 * _n_strings(field, code) for field, code in pairs)
        return self._n_quotes[codes]


def _of_one_shape(dimensions: Sequence[Property]) -> list[Property]:
    """Return the texts of the commonest shape, apart from those that must be there and may say null."""
    texts = [each for each in dimensions if each.shape.kind == "string" and each.required == each.present]
    shapes = Counter(each.shape for each in texts).most_common(1)
    return [each for each in texts if each.shape == shapes[0][0] and each.code_list is None]


def _takes_any_digit(field: Property) -> bool:
    """Return whether the expression takes any hexadecimal digit where it takes one; of a time, any decimal one."""
    if field.shape.kind == "timestamp":
        return True
    return not _DISTINGUISHING.search(_ANY_DIGIT.sub("", pattern_of(field.shape)))


def _n_strings(field: Property, code: object) -> int:
    """Return how many keys and texts a field with this code takes; one that may be left out takes none when null."""
    n_keys = 1 if field.present or code is not None else 0
    return n_keys + (len(code) if isinstance(code, tuple) else isinstance(code, str))


def _as_json(code: object) -> object:
    return list(code) if isinstance(code, tuple) else code
