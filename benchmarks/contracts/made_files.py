"""The files that everybody reads: clean records of one plan, and the same with some of them broken."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import numpy as np

from contracts.admission import NO_ARM
from contracts.plan import Plan
from contracts.plan_reader import read_plan

PLAN: Plan = read_plan((Path(__file__).parent / "plan.yaml").read_text(encoding="utf-8"))
ARRIVED = datetime(2024, 4, 30, 18, tzinfo=UTC)
MIXES = {"clean": 0.0, "1 % bad": 0.01, "10 % bad": 0.10}

Fields = dict[str, object]
Damage = Callable[[Fields], bytes]

_MONTHS, _DAYS, _HOURS = 4, 28, 17
_OFFICES = 5
_WAGES = (800, 4_000)
_LOCAL = timezone(timedelta(hours=1))


def made_records(n: int, rng: np.random.Generator) -> list[Fields]:
    """Return records that keep the contract and the plan, with every field, spread over four months."""
    return [_record(rng) for _ in range(n)]


def made_file(records: list[Fields], share: float) -> list[bytes]:
    """Return the records as lines, this share of them broken in every way of `DAMAGES` in turn, evenly spread."""
    every = round(1.0 / share) if share else len(records) + 1
    damages = list(DAMAGES.values())
    return [
        written(record) if number % every else damages[number // every % len(damages)](dict(record))
        for number, record in enumerate(records, start=1)
    ]


def written(record: Fields) -> bytes:
    """Return the record as a sender writes it."""
    return json.dumps(record, separators=(",", ":")).encode()


def _record(rng: np.random.Generator) -> Fields:
    areas = PLAN.choices.areas
    region = str(rng.choice(areas.every))
    month, day = (int(1 + rng.integers(most)) for most in (_MONTHS, _DAYS))
    seconds = int(rng.integers(_HOURS * 3600))
    is_work = bool(rng.integers(2))
    return {
        "observation_id": str(UUID(bytes=rng.bytes(16), version=4)),
        "policy": PLAN.id,
        "indicator": "part_time_work" if is_work else "wage",
        "unit": rng.bytes(16).hex(),
        "cluster": f"{region}-{rng.integers(_OFFICES)}",
        "cohort": str(2020 + rng.integers(4)),
        "arm": str(rng.choice(PLAN.arms.every)) if region in areas.here and PLAN.arms is not None else NO_ARM,
        "region": region,
        "groups": [each.id for each in PLAN.groups if rng.random() < 1.0 / len(PLAN.groups)],
        "period": f"2024-{month:02}",
        "value": int(rng.integers(2)) if is_work else int(rng.integers(*_WAGES)),
        "observed_at": (datetime(2024, month, day, tzinfo=_LOCAL) + timedelta(seconds=seconds)).isoformat(),
    }


def _changed(**changes: object) -> Damage:
    return lambda record: written(record | changes)


def _without(name: str) -> Damage:
    return lambda record: written({key: value for key, value in record.items() if key != name})


DAMAGES: dict[str, Damage] = {
    "cut off": lambda record: written(record)[:120],
    "a key twice": lambda record: written(record)[:-1] + b',"policy":"trial"}',
    "an unknown key": _changed(remark="called on Tuesday"),
    "a key missing": _without("region"),
    "a text for a number": _changed(value="1"),
    "a name for a pseudonym": _changed(unit="Voornaam Achternaam"),
    "a time without offset": _changed(observed_at="2024-04-12T10:00:00"),
    "an unknown region": _changed(region="GM9999"),
    "a value out of range": _changed(value=1e6),
    "a period that is too coarse": _changed(period="2024-Q1"),
    "a period after its observation": _changed(period="2024-04-30", observed_at="2024-04-12T10:00:00+02:00"),
    "observed after arrival": _changed(observed_at="2024-05-12T10:00:00+02:00"),
}
"""Ways in which a record is broken; the first seven break the contract, the others the plan."""
