"""A trust-based welfare trial that never took place: records in the order in which they would arrive.

What is real is the size: six municipalities with 304 to 890 participants, 3,458 together. Everything else is made up,
and the effects of the loud version are larger than real trials found. `quiet=True` leaves them out: the same people,
with differences between groups that were there from the start, and no arm that does anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Literal

import numpy as np

from examples.trust_trial.outcomes import BY_ID, OUTCOMES, Outcome, drawn, shares
from examples.trust_trial.people import (
    ARMS,
    FIRST_ENTRY,
    GROUPS,
    REGIONS,
    FloatArray,
    IntArray,
    People,
    month_number,
    others,
    participants,
)
from examples.trust_trial.truth import Change, truth

POLICY = "trust-trial"
SCALE = 4.0
"""Every change that is put in is found at this scale; at that of the real trials, 1, most are not."""

LATE_SHARE = 0.003
"""Share of the outcomes of those who enter in the first half year that are reported eight months after they should."""

_LATE_DAYS = 240
_MONTHS_WITH_LATE = 6
_MINUTES = 24 * 60

__all__ = ["POLICY", "SCALE", "Change", "generate", "truth"]


def generate(*, scale: float = SCALE, seed: int, quiet: bool = False) -> Iterator[bytes]:
    """Yield the records of a trial as JSON, in the order of arrival: enrolments at entry, outcomes when reported.

    Args:
        scale: How many times 3,458 people take part.
        seed: Gives all chance; the same seed gives the same bytes.
        quiet: Whether no arm does anything and nothing changes anywhere.
    """
    changes = () if quiet else truth()
    rng = np.random.default_rng(seed)
    outside, inside = others(rng, scale=scale), participants(rng, scale=scale)
    strangers, units = _hexadecimal(rng, len(outside), 16), _hexadecimal(rng, len(inside), 16)
    late = np.where(inside.month < month_number(FIRST_ENTRY) + _MONTHS_WITH_LATE, LATE_SHARE, 0.0)
    work = BY_ID["part_time_work"]
    parts = [
        _observations(outside, strangers, work, changes, rng, late=np.zeros(len(outside))),
        _enrolments(inside, units, rng),
        *(_observations(inside, units, each, changes, rng, late=late) for each in OUTCOMES),
    ]
    yield from _in_order_of_arrival(parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """Records of one kind, and when each arrives (minutes since 1970); shape (records,)."""

    lines: list[bytes]
    arrival: IntArray


def _in_order_of_arrival(parts: Sequence[_Part]) -> Iterator[bytes]:
    lines = [line for part in parts for line in part.lines]
    arrival = np.concatenate([part.arrival for part in parts])
    return (lines[at] for at in np.argsort(arrival, kind="stable").tolist())


def _enrolments(people: People, units: Sequence[str], rng: np.random.Generator) -> _Part:
    days = _days(people.month, people.day)
    lines = [
        f'{{"enrolment":{{"policy":"{POLICY}","unit":"{unit}","start":"{start}",{belonging}}}}}'.encode()
        for unit, start, belonging in zip(units, _labels(days, "D"), _belongings(people), strict=True)
    ]
    return _Part(lines, days * _MINUTES + _office_hours(rng, len(people)))


def _observations(
    people: People,
    units: Sequence[str],
    outcome: Outcome,
    changes: Sequence[Change],
    rng: np.random.Generator,
    *,
    late: FloatArray,
) -> _Part:
    """Return one outcome of everybody of whom it is received; chance is drawn alike whatever the changes."""
    n, month = len(people), people.month + outcome.maturity
    values = drawn(people, shares(people, outcome, arm=people.arm, changes=changes), rng)
    days = _days(month, people.day) + _lags(rng, outcome, late=late)
    arrival = days * _MINUTES + _office_hours(rng, n)
    received = rng.random(n) >= outcome.missing
    facts = (_uuids(rng, n), units, _belongings(people), _labels(_since_1970(month), "M"), values.tolist())
    lines = [
        f'{{"policy":"{POLICY}","indicator":"{outcome.id}","observation_id":"{uuid}","unit":"{unit}",{belonging},'
        f'"period":"{period}","value":{value},"observed_at":"{moment}:00Z"}}'.encode()
        for uuid, unit, belonging, period, value, moment in compress(
            zip(*facts, _labels(arrival, "m"), strict=True), received.tolist()
        )
    ]
    return _Part(lines, arrival[received])


# Time


def _days(month: IntArray, day: IntArray) -> IntArray:
    """Return days since 1970 of days in months counted from year 0."""
    first: IntArray = _since_1970(month).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first + day - 1


def _since_1970(month: IntArray) -> IntArray:
    return month - 1970 * 12


def _lags(rng: np.random.Generator, outcome: Outcome, *, late: FloatArray) -> IntArray:
    """Return days until an outcome is reported: the same in every arm and whatever the outcome."""
    fewest, most = outcome.lag_days
    return np.where(rng.random(len(late)) < late, _LATE_DAYS, 0) + rng.integers(fewest, most + 1, len(late))


def _office_hours(rng: np.random.Generator, n: int) -> IntArray:
    """Return minutes of the day (UTC), 8:00 to 16:59."""
    return rng.integers(8 * 60, 17 * 60, n)


def _labels(since_1970: IntArray, unit: Literal["M", "D", "m"]) -> list[str]:
    """Return months, days or minutes since 1970 as ISO 8601 writes them."""
    labels: list[str] = np.datetime_as_string(since_1970.astype(f"datetime64[{unit}]")).tolist()
    return labels


# Words of the records


def _belongings(people: People) -> list[str]:
    """Return region, arm, cohort (the quarter of entry) and groups of each person, as part of a JSON object."""
    mask = people.groups @ (1 << np.arange(len(GROUPS)))
    codes = np.stack([people.region, people.arm, people.month // 3, mask], axis=-1)
    kinds, which = np.unique(codes, axis=0, return_inverse=True)
    words = [_belonging(*kind) for kind in kinds.tolist()]
    return [words[each] for each in which.reshape(-1).tolist()]


def _belonging(region: int, arm: int, quarter: int, mask: int) -> str:
    groups = ",".join(f'"{group}"' for place, group in enumerate(GROUPS) if mask >> place & 1)
    cohort = f"{quarter // 4}-Q{quarter % 4 + 1}"
    return f'"region":"{REGIONS[region]}","arm":"{(*ARMS, "none")[arm]}","cohort":"{cohort}","groups":[{groups}]'


def _hexadecimal(rng: np.random.Generator, n: int, n_bytes: int) -> list[str]:
    text = rng.bytes(n * n_bytes).hex()
    return [text[at : at + 2 * n_bytes] for at in range(0, len(text), 2 * n_bytes)]


def _uuids(rng: np.random.Generator, n: int) -> list[str]:
    """Return random UUIDs (version 4)."""
    return [
        f"{each[:8]}-{each[8:12]}-4{each[13:16]}-{'89ab'[int(each[16], 16) & 3]}{each[17:20]}-{each[20:]}"
        for each in _hexadecimal(rng, n, 16)
    ]
