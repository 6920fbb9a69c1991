"""YAML as the YAML 1.2 core schema reads it, with the line of every key and nothing that surprises.

PyYAML follows YAML 1.1, where `no` is false and `2017-10-01` a date. Only its parser is used here: plain scalars are
resolved by the core schema (null, true, false, numbers; all else is text), keys are always text. Refused are duplicate
keys, anchors, aliases, tags, keys that are no text, and a second document.
"""

import re
from collections.abc import Iterator

import yaml

from contracts.document.written import Scalar, Step, Written, join
from contracts.errors import PlanError, Problem

DEEPEST = 12
"""Levels of nesting that a document may have."""

_WORDS: dict[str, Scalar] = {
    "": None,
    **dict.fromkeys(("~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}\Z")
_OCTAL = re.compile(r"0o[0-7]{1,18}\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,15}\Z")
_FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


def read_yaml(text: str) -> tuple[Written, tuple[Problem, ...]]:
    """Return the document and its duplicate keys, of which the first is kept.

    Raises:
        PlanError: If the text cannot be read as one plain document.
    """
    tree = _Tree(_events(text))
    return tree.document(), tuple(tree.duplicates)


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(
            mark.line + 1 if mark else None, f"this is no YAML: {error.problem or error.context}"
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _unreadable(line, f"this is no YAML: {error.reason}") from error
    except (ValueError, OverflowError) as error:  # an escape or a version that is no number PyYAML can hold
        raise _unreadable(None, f"this is no YAML: {error}") from error


def _unreadable(line: int | None, message: str, place: str = "") -> PlanError:
    return PlanError([Problem(place, line, message)])


class _Tree:
    """Builds the tree from the parser's events."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self.duplicates: list[Problem] = []

    def document(self) -> Written:
        """Return the only document.

        Raises:
            PlanError: If there is none, or more than one.
        """
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise _unreadable(None, "the file is empty")
        found = self._value(next(self._events), "", line=None, depth=0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _unreadable(_line(after), "a second document starts here; a file holds one")
        return found

    def _value(self, event: yaml.Event, place: str, *, line: int | None, depth: int) -> Written:
        line = line or _line(event)
        _refuse_surprises(event, place, depth=depth)
        if isinstance(event, yaml.MappingStartEvent):
            return Written(self._mapping(place, depth=depth), place, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return Written(tuple(self._sequence(place, depth=depth)), place, line)
        return Written(_scalar(event, place), place, line)

    def _mapping(self, place: str, *, depth: int) -> dict[str, Written]:
        entries: dict[str, Written] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            _refuse_surprises(event, place, depth=depth)
            if not isinstance(event, yaml.ScalarEvent):
                raise _unreadable(_line(event), "a key must be plain text", place)
            key, line = _text(event, place), _line(event)
            child = self._value(next(self._events), join(place, key), line=line, depth=depth + 1)
            if key in entries:
                message = f"this key stands here twice; it was first given at line {entries[key].line}"
                self.duplicates.append(Problem(join(place, key), line, message))
            else:
                entries[key] = child
        return entries

    def _sequence(self, place: str, *, depth: int) -> Iterator[Written]:
        index = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            step: Step = index
            yield self._value(event, join(place, step), line=None, depth=depth + 1)
            index += 1


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _refuse_surprises(event: yaml.Event, place: str, *, depth: int) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise _unreadable(_line(event), "aliases (*name) are not used here; write the value out", place)
    if getattr(event, "anchor", None) is not None:
        raise _unreadable(_line(event), "anchors (&name) are not used here; write the value out", place)
    if getattr(event, "tag", None) is not None:
        raise _unreadable(_line(event), "tags (!name) are not used here; put text in quotes instead", place)
    if depth > DEEPEST:
        raise _unreadable(_line(event), f"nested deeper than {DEEPEST} levels", place)


def _text(event: yaml.ScalarEvent, place: str) -> str:
    value: str = event.value
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _unreadable(_line(event), "half a character: a surrogate stands on its own", place)
    return value


def _scalar(event: yaml.Event, place: str) -> Scalar:
    if not isinstance(event, yaml.ScalarEvent):
        raise _unreadable(_line(event), "expected a value", place)
    text = _text(event, place)
    return _resolve(text) if event.style is None else text


def _resolve(text: str) -> Scalar:
    """Return what the core schema makes of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.match(text):
        return int(text)
    if _OCTAL.match(text) or _HEXADECIMAL.match(text):
        return int(text, 0)
    if _FRACTION.match(text):
        return float(text)
    return float(text.replace(".", "")) if _INFINITE.match(text) else text
