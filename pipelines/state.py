"""The stored form of a policy's state: blocks of bytes that say which format they have.

Arrays are stored as they lie in memory (little-endian), so that a restored state is equal bit by bit.
"""

from dataclasses import fields
from typing import Any, TypeVar, cast

import msgspec
import numpy as np
import numpy.typing as npt

from contracts.errors import LogBroken
from contracts.period import parse_period
from pipelines.cells import Counts, Stratum
from pipelines.looks import OpenLook
from pipelines.tracks import Tracks

T = TypeVar("T")

FORMAT = 1
"""Raised with every change of what a block holds."""


class StoredArray(msgspec.Struct, frozen=True, array_like=True):
    """An array: type, shape, bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class StoredPolicy(msgspec.Struct, frozen=True, array_like=True):
    """The versions by digest (in force, then pending), the count of closings, and each indicator's last closed look."""

    sha256: str
    pending: tuple[str, ...]
    closing: int
    last: dict[str, tuple[str, int, tuple[int, int]]]


class StoredLook(msgspec.Struct, frozen=True, array_like=True):
    """An open look; periods by their label."""

    index: int
    period: str | None
    latest: str | None
    cells: tuple[tuple[str, str, str, str, tuple[str, ...], int, int], ...]
    n_counted: int
    offsets: tuple[int, int]


class StoredCounts(msgspec.Struct, frozen=True, array_like=True):
    """The counts of a closed look."""

    strata: tuple[tuple[str, str, str], ...]
    arms: tuple[str, ...]
    groups: tuple[str, ...]
    n: StoredArray
    k: StoredArray


def pack(value: msgspec.Struct | dict[str, StoredArray] | dict[str, int]) -> bytes:
    """Return the bytes of a stored value, with the format in front."""
    return bytes([FORMAT]) + msgspec.msgpack.encode(value)


def unpack(data: bytes, kind: type[T], *, name: str) -> T:
    """Return the stored value.

    Raises:
        LogBroken: If the block has another format or is damaged.
    """
    if not data or data[0] != FORMAT:
        seen = data[0] if data else "no bytes"
        raise LogBroken(f"state block {name} has format {seen}; this version reads format {FORMAT}")
    try:
        return msgspec.msgpack.decode(data[1:], type=kind)
    except msgspec.MsgspecError as error:
        raise LogBroken(f"state block {name} is damaged: {error}") from error


def _stored(array: npt.NDArray[np.generic]) -> StoredArray:
    plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return StoredArray(plain.dtype.str, plain.shape, plain.tobytes())


def _array(stored: StoredArray) -> npt.NDArray[np.generic]:
    return np.frombuffer(stored.data, dtype=stored.dtype).reshape(stored.shape).copy()


def pack_tracks(tracks: Tracks) -> bytes:
    """Return the stored form of an indicator's tracks."""
    return pack({each.name: _stored(getattr(tracks, each.name)) for each in fields(tracks)})


def unpack_tracks(data: bytes, *, name: str) -> Tracks:
    """Return the tracks that `pack_tracks` stored."""
    arrays = unpack(data, dict[str, StoredArray], name=name)
    wanted = [each.name for each in fields(Tracks)]
    if sorted(arrays) != sorted(wanted):
        raise LogBroken(f"state block {name} holds {sorted(arrays)}; wanted are {sorted(wanted)}")
    return Tracks(**cast("dict[str, Any]", {each: _array(stored) for each, stored in arrays.items()}))


def pack_look(look: OpenLook) -> bytes:
    """Return the stored form of an open look."""
    cells = tuple((*key, people, events) for key, (people, events) in look.cells.items())
    period, latest = (each.label if each is not None else None for each in (look.period, look.latest))
    return pack(StoredLook(look.index, period, latest, cells, look.n_counted, look.offsets))


def unpack_look(data: bytes, *, name: str) -> OpenLook:
    """Return the open look that `pack_look` stored."""
    stored = unpack(data, StoredLook, name=name)
    period, latest = (parse_period(each) if each is not None else None for each in (stored.period, stored.latest))
    cells = {tuple_[:5]: (tuple_[5], tuple_[6]) for tuple_ in stored.cells}
    return OpenLook(stored.index, period, latest, cells, stored.n_counted, stored.offsets)


def pack_counts(counts: Counts) -> bytes:
    """Return the stored form of a closed look's counts."""
    strata = tuple((each.region, each.cohort, each.period) for each in counts.strata)
    return pack(StoredCounts(strata, counts.arms, counts.groups, _stored(counts.n), _stored(counts.k)))


def unpack_counts(data: bytes, *, name: str) -> Counts:
    """Return the counts that `pack_counts` stored."""
    stored = unpack(data, StoredCounts, name=name)
    n, k = _array(stored.n).astype(np.int64), _array(stored.k).astype(np.int64)
    return Counts(tuple(Stratum(*each) for each in stored.strata), stored.arms, stored.groups, n, k)
