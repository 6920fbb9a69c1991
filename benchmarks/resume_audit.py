"""The resume audit with its labels permuted: how often would chance alone have raised an alarm?

Callbacks of 4,870 applications, watched in looks of 50 with the cities as strata. Under permuted labels the odds ratio
inside every table is 1, whatever the callback rates of the looks and cities, so any alarm is false.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.multiplicity import e_bh

BETS = np.array([0.3, 0.5, 0.8, 1.2])
ALPHA = 0.05
LOOK = 50
MINIMUM_CELL = 10
OBSERVATIONS = Path(__file__).parent.parent / "examples" / "resume" / "observations.ndjson"

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class Audit:
    """The records in file order.

    Attributes:
        called: Whether an application was called back; shape (records,).
        watched: Whether it carries the name of the watched group; shape (records,).
        table: The table a record falls in, one for each look, city and period in it; shape (records,).
        look: The look of each table; shape (tables,).
        city: The city of each table, as a number; shape (tables,).
    """

    called: NDArray[np.bool_]
    watched: NDArray[np.bool_]
    table: Counts
    look: Counts
    city: Counts


@dataclass(frozen=True, slots=True)
class Paths:
    """Evidence after each look, for every labelling.

    Attributes:
        log_e: Log e-processes, averaged over bets (nats); rows are all cities together, then each city; directions are
            worse and better; shape (labellings, looks, rows, 2).
        counted: Whether both sides of a row hold enough people to count; shape (labellings, looks, rows).
    """

    log_e: Floats
    counted: NDArray[np.bool_]


def read_audit() -> Audit:
    """Read the prepared observations."""
    records = [json.loads(line) for line in OBSERVATIONS.read_text().splitlines()]
    keys = [(at // LOOK, record["region"], record["period"][:7]) for at, record in enumerate(records)]
    tables = sorted(set(keys))
    cities = sorted({city for _, city, _ in tables})
    return Audit(
        called=np.array([record["value"] == 1 for record in records]),
        watched=np.array([record["groups"] != [] for record in records]),
        table=np.array([tables.index(key) for key in keys]),
        look=np.array([look for look, _, _ in tables]),
        city=np.array([cities.index(city) for _, city, _ in tables]),
    )


def permuted(audit: Audit, n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return n random labellings with as many watched records as there are; shape (n, records)."""
    return rng.permuted(np.broadcast_to(audit.watched, (n, len(audit.watched))), axis=1)


def paths(audit: Audit, watched: NDArray[np.bool_]) -> Paths:
    """Return the evidence of each labelling after each look; `watched` has shape (labellings, records)."""
    n_b, k_b = _per_table(audit, watched), _per_table(audit, watched & audit.called)
    everyone = np.ones((1, len(audit.called)), dtype=np.bool_)
    n_a, k_a = _per_table(audit, everyone) - n_b, _per_table(audit, everyone & audit.called) - k_b
    columns = [column.ravel() for column in (n_a, k_a, n_b, k_b)]
    log_e = np.stack([log_e_counts(*columns, bets=sign * BETS, log_or_0=0.0) for sign in (-1.0, 1.0)], axis=1)
    per_table = log_e.reshape(*n_b.shape, 2, len(BETS))
    people = np.minimum(_cumulate(audit, n_a), _cumulate(audit, n_b))
    return Paths(average_bets(_cumulate(audit, per_table)), people >= MINIMUM_CELL)


def _per_table(audit: Audit, chosen: NDArray[np.bool_]) -> Counts:
    """Count the chosen records of each labelling per table."""
    belongs = np.eye(len(audit.look), dtype=np.float32)[audit.table]
    return np.asarray(np.rint(chosen.astype(np.float32) @ belongs), dtype=np.int64)


def _cumulate(audit: Audit, values: NDArray[Number]) -> NDArray[Number]:
    """Add tables up over looks, for all cities together and for each; the axis of tables becomes (looks, rows)."""
    n_looks, n_cities = int(audit.look.max()) + 1, int(audit.city.max()) + 1
    per_look = np.zeros((values.shape[0], n_looks, n_cities + 1, *values.shape[2:]), dtype=values.dtype)
    for table, (look, city) in enumerate(zip(audit.look, audit.city, strict=True)):
        per_look[:, look, 0] += values[:, table]
        per_look[:, look, 1 + city] += values[:, table]
    return np.asarray(per_look.cumsum(axis=1))


def alarms_of_one_row(evidence: Paths) -> NDArray[np.bool_]:
    """Return after which looks the pooled e-process towards worse has reached 1 / alpha; shape (labellings, looks)."""
    return np.maximum.accumulate(evidence.log_e[:, :, 0, 0] >= np.log(1.0 / ALPHA), axis=1)


def alarms_of_families(evidence: Paths) -> NDArray[np.bool_]:
    """Return after which looks a row has stood in either family, pooled or by city; shape (labellings, looks)."""
    standing = np.zeros(evidence.log_e.shape[:2], dtype=np.bool_)
    for rows in (slice(0, 1), slice(1, None)):
        candidates = np.argwhere(evidence.log_e[:, :, rows].max(axis=(2, 3)) >= np.log(2.0 / ALPHA))
        for labelling, look in candidates:
            counted = evidence.counted[labelling, look, rows]
            standing[labelling, look] |= e_bh(
                evidence.log_e[labelling, look, rows][counted].ravel(), alpha=ALPHA / 2
            ).any()
    return np.maximum.accumulate(standing, axis=1)
