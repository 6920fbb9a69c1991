"""The stored form of a policy's state: blocks of bytes that say which format they have.

Arrays are stored as they lie in memory (little-endian), so that a restored state is equal bit by bit.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar, cast

import msgspec
import numpy as np
import numpy.typing as npt

from contracts.errors import LogBroken
from contracts.period import parse_period
from pipelines.cells import Amounts, CellKey, Counts, Stratum
from pipelines.clusters import ClusterKey, Waiting
from pipelines.enrolled import Expected, Place
from pipelines.looks import OpenLook
from pipelines.together import Together, Verdicts
from pipelines.tracks import Tracks

T = TypeVar("T")

FORMAT = 4
"""Raised with every change of what a block holds."""


class StoredArray(msgspec.Struct, frozen=True, array_like=True):
    """An array: type, shape, bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class StoredPolicy(msgspec.Struct, frozen=True, array_like=True):
    """The versions by digest (in force, then pending), the count of closings, and each indicator's last closed look.

    Then the first day of every region under the policy, as an ordinal.
    """

    sha256: str
    pending: tuple[str, ...]
    closing: int
    last: dict[str, tuple[str, int, tuple[int, int]]]
    began: dict[str, int]


class StoredEnrolled(msgspec.Struct, frozen=True, array_like=True):
    """Units enrolled per arm, and the day of the last enrolment per cluster."""

    arms: dict[str, int]
    cluster_starts: dict[str, int]


class StoredLook(msgspec.Struct, frozen=True, array_like=True):
    """An open look; periods by their label."""

    index: int
    period: str | None
    latest: str | None
    cells: tuple[tuple[CellKey, Amounts], ...]
    n_counted: int
    offsets: tuple[int, int]


class StoredCounts(msgspec.Struct, frozen=True, array_like=True):
    """The counts of a closed look."""

    strata: tuple[tuple[str, str, str], ...]
    arms: tuple[str, ...]
    groups: tuple[str, ...]
    sums: StoredArray
    paired: StoredArray


class StoredWaiting(msgspec.Struct, frozen=True, array_like=True):
    """Clusters that wait: region, arm, cohort, name; period of the first unit; units and sums per set of groups.

    Then how many contributed by arm, arm and name of those that returned, whether they are open-ended, and whether no
    look has said so yet.
    """

    clusters: tuple[tuple[ClusterKey, str, tuple[tuple[tuple[str, ...], int, int], ...]], ...]
    contributed: dict[str, int]
    returned: tuple[tuple[str, str], ...]
    is_open_ended: bool
    is_untold: bool


class StoredExpected(msgspec.Struct, frozen=True, array_like=True):
    """Enrolled units: region, arm, cohort, cluster, groups; start; how many, and how many were reported.

    Then the end, as an ordinal, of the last look at which units were due.
    """

    units: tuple[tuple[Place, int, int, int], ...]
    until: int


Storable = msgspec.Struct | Mapping[str, StoredArray] | Mapping[str, int] | Mapping[str, tuple[StoredArray, ...]]


def pack(value: Storable) -> bytes:
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
    cells = tuple(look.cells.items())
    period, latest = (each.label if each is not None else None for each in (look.period, look.latest))
    return pack(StoredLook(look.index, period, latest, cells, look.n_counted, look.offsets))


def unpack_look(data: bytes, *, name: str) -> OpenLook:
    """Return the open look that `pack_look` stored."""
    stored = unpack(data, StoredLook, name=name)
    period, latest = (parse_period(each) if each is not None else None for each in (stored.period, stored.latest))
    return OpenLook(stored.index, period, latest, dict(stored.cells), stored.n_counted, stored.offsets)


def pack_counts(counts: Counts) -> bytes:
    """Return the stored form of a closed look's counts."""
    strata = tuple((each.region, each.cohort, each.period) for each in counts.strata)
    return pack(StoredCounts(strata, counts.arms, counts.groups, _stored(counts.sums), _stored(counts.paired)))


def unpack_counts(data: bytes, *, name: str) -> Counts:
    """Return the counts that `pack_counts` stored."""
    stored = unpack(data, StoredCounts, name=name)
    sums, paired = (_array(each).astype(np.int64) for each in (stored.sums, stored.paired))
    return Counts(tuple(Stratum(*each) for each in stored.strata), stored.arms, stored.groups, sums, paired)


def pack_waiting(waiting: Waiting) -> bytes:
    """Return the stored form of the clusters that wait."""
    clusters = tuple(
        (key, waiting.first[key], tuple((groups, *sums) for groups, sums in members.items()))
        for key, members in waiting.members.items()
    )
    returned = tuple(sorted(waiting.returned))
    return pack(StoredWaiting(clusters, waiting.contributed, returned, waiting.is_open_ended, waiting.is_untold))


def unpack_waiting(data: bytes, *, name: str) -> Waiting:
    """Return the clusters that `pack_waiting` stored."""
    stored = unpack(data, StoredWaiting, name=name)
    members = {key: {groups: (units, total) for groups, units, total in each} for key, _, each in stored.clusters}
    first = {key: period for key, period, _ in stored.clusters}
    returned = set(stored.returned)
    return Waiting(first, members, stored.contributed, returned, stored.is_open_ended, stored.is_untold)


def pack_expected(expected: Expected) -> bytes:
    """Return the stored form of the units whose outcome is awaited."""
    units = tuple((place, start, *each) for (place, start), each in expected.units.items())
    return pack(StoredExpected(units, expected.until.toordinal()))


def unpack_expected(data: bytes, *, name: str) -> Expected:
    """Return the units that `pack_expected` stored."""
    stored = unpack(data, StoredExpected, name=name)
    units = {(place, start): (enrolled, reported) for place, start, enrolled, reported in stored.units}
    return Expected(units, date.fromordinal(stored.until))


def pack_together(together: Together) -> bytes:
    """Return the stored form of the state of combined claims."""
    return pack(
        {name: tuple(_stored(getattr(each, part)) for part in _VERDICTS) for name, each in together.named().items()}
    )


def fill_together(together: Together, data: bytes, *, name: str) -> None:
    """Put the state that `pack_together` stored into the claims of the same plan.

    Raises:
        LogBroken: If it is of other claims.
    """
    stored = unpack(data, dict[str, tuple[StoredArray, ...]], name=name)
    wanted = together.named()
    if stored.keys() != wanted.keys():
        raise LogBroken(f"state block {name} holds {sorted(stored)}; wanted are {sorted(wanted)}")
    for claim, verdicts in wanted.items():
        for part, array in zip(_VERDICTS, stored[claim], strict=True):
            setattr(verdicts, part, _array(array))


_VERDICTS = [each.name for each in fields(Verdicts)]
