"""Evidence rows as the store holds them, and back: a row that is read equals the row that was stored, bit by bit."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from contracts.evidence import EvidenceRow

_FIELDS = tuple(field.name for field in msgspec.structs.fields(EvidenceRow))
_OFFSETS = _FIELDS.index("offsets")
_TOTALS = ("k_a", "k_b")

COLUMNS = (*_FIELDS[:_OFFSETS], "first_offset", "last_offset", *_FIELDS[_OFFSETS + 1 :])
"""The columns of a row, in the order of `values_of`."""


def values_of(row: EvidenceRow) -> Iterator[object]:
    """Yield what the columns hold; a pair becomes a list, as PostgreSQL holds arrays."""
    for name in _FIELDS:
        value = getattr(row, name)
        if name == "offsets":
            yield from value
        else:
            yield list(value) if isinstance(value, tuple) else value


def row_of(stored: Mapping[Any, Any]) -> EvidenceRow:
    """Return the row that these columns hold; what else is stored beside them is left alone."""
    values = {name: stored[name] for name in _FIELDS if name != "offsets"}
    values |= {name: _total(stored[name]) for name in _TOTALS}
    return msgspec.convert({**values, "offsets": (stored["first_offset"], stored["last_offset"])}, EvidenceRow)


def _total(stored: float) -> int | float:
    """Return events as a whole number, which they are: only sums of values have a fraction."""
    return int(stored) if stored.is_integer() else stored
