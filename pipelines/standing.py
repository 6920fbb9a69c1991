"""Which findings stand: e-BH over all comparisons of a policy, in two families, and what that makes of each row.

The families are the rows pooled over regions and the regional rows, each at half of alpha. Both directions of every
comparison with enough people on each side count as hypotheses, whatever their evidence.
"""

from collections.abc import Sequence
from math import log, pi

import numpy as np
import numpy.typing as npt

from contracts.evidence import POOLED
from contracts.plan import Plan
from pipelines.comparisons import BETTER, WORSE, FloatArray, IntArray
from pipelines.evidence.multiplicity import e_bh
from pipelines.tracks import (
    NOTHING,
    STANDING,
    STANDS_BETTER,
    STANDS_WORSE,
    TOO_EARLY,
    WATCHING,
    WITHDRAWN,
    Tracks,
)
from pipelines.watched import Watched

BoolArray = npt.NDArray[np.bool_]


def judge(members: Sequence[Watched], plan: Plan) -> list[IntArray]:
    """Update `stands`, `recent` and `state` of all rows of a policy; return the rows of each member that changed.

    Changed means that `stands` or `state` is another than before.
    """
    enough = [_enough_people(each.tracks, plan) for each in members]
    pooled = [np.array([row.region == POOLED for row in each.wiring.rows], dtype=bool) for each in members]
    stands = _in_families(
        [each.tracks.log_e_mean() - _spent(each.tracks.since)[:, None] for each in members],
        enough,
        pooled,
        alpha=plan.evidence.alpha / 2,
    )
    recent = _in_families(
        [each.tracks.log_m_mean() for each in members], enough, pooled, alpha=1 / plan.evidence.run_length
    )
    return [
        _update(each.tracks, stands=now, recent=alarm, enough=ready)
        for each, now, alarm, ready in zip(members, stands, recent, enough, strict=True)
    ]


def _enough_people(tracks: Tracks, plan: Plan) -> BoolArray:
    """Return which rows have the minimum cell on both sides; shape (rows,)."""
    minimum = plan.disclosure.minimum_cell
    found: BoolArray = (tracks.people[:, 0] >= minimum) & (tracks.people[:, 2] >= minimum)
    return found


def _spent(since: IntArray) -> FloatArray:
    """Return the nats that a comparison pays for having begun in version v > 1: alpha * 6 / (pi^2 v^2)."""
    return np.array([0.0 if version == 1 else log(pi**2 * version**2 / 6) for version in since.tolist()])


def _in_families(
    log_e: Sequence[FloatArray], enough: Sequence[BoolArray], pooled: Sequence[BoolArray], *, alpha: float
) -> list[IntArray]:
    """Return per member which direction of each row is in its family's e-BH set; shape (rows,) each."""
    values, counted, family = np.concatenate(log_e), np.concatenate(enough), np.concatenate(pooled)
    found = np.zeros(values.shape, dtype=bool)
    for rows in (np.flatnonzero(counted & family), np.flatnonzero(counted & ~family)):
        found[rows] = e_bh(values[rows].reshape(-1), alpha=alpha).reshape(-1, 2)
    directions = _direction(found, values)
    return np.split(directions, np.cumsum([len(each) for each in log_e])[:-1])


def _direction(found: BoolArray, values: FloatArray) -> IntArray:
    """Return 0, 1 (worse) or 2 (better) per row; where both are found, the one with more evidence."""
    worse = found[:, WORSE] & ~(found[:, BETTER] & (values[:, BETTER] > values[:, WORSE]))
    return np.where(worse, STANDS_WORSE, np.where(found[:, BETTER], STANDS_BETTER, NOTHING)).astype(np.int64)


def _update(tracks: Tracks, *, stands: IntArray, recent: IntArray, enough: BoolArray) -> IntArray:
    stood = (tracks.state == STANDING) | (tracks.state == WITHDRAWN)
    state = np.where(
        ~enough,
        TOO_EARLY,
        np.where(stands != NOTHING, STANDING, np.where(stood, WITHDRAWN, WATCHING)),
    ).astype(np.int64)
    changed = np.flatnonzero((state != tracks.state) | (stands != tracks.stands))
    tracks.state, tracks.stands, tracks.recent = state, stands, recent
    return changed.astype(np.int64)
