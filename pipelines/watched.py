"""Everything known about one indicator of a policy: its open look, its running evidence and its past tables."""

from dataclasses import dataclass, fields

import numpy as np

from contracts.plan import Indicator, Plan
from pipelines.comparisons import Wiring
from pipelines.looks import LookLabel, OpenLook
from pipelines.tracks import History, Tracks


@dataclass(slots=True)
class Watched:
    """One indicator of the plan in force; `last` is its last closed look."""

    indicator: Indicator
    wiring: Wiring
    tracks: Tracks
    history: History
    open: OpenLook
    last: LookLabel | None = None


def fresh(plan: Plan, indicator: Indicator, *, look_index: int = 0) -> Watched:
    """Return an indicator without evidence, beginning in this version of the plan after look `look_index`."""
    wiring = Wiring(plan, indicator)
    tracks = Tracks.empty(len(wiring.rows), len(plan.evidence.bets), version=plan.version, look_index=look_index)
    return Watched(indicator, wiring, tracks, History(), OpenLook(index=look_index))


def carried(plan: Plan, indicator: Indicator, old: Watched | None) -> Watched:
    """Return an indicator under a new version: comparisons whose definition did not change go on, others begin anew."""
    if old is None:
        return fresh(plan, indicator)
    new = fresh(plan, indicator, look_index=old.open.index)
    place = {row.key: at for at, row in enumerate(new.wiring.rows)}
    new_place = np.array([place.get(row.key, -1) for row in old.wiring.rows], dtype=np.int64)
    same = [
        (at, place[row.key])
        for at, row in enumerate(old.wiring.rows)
        if row.key in place and new.wiring.rows[place[row.key]].definition == row.definition
    ]
    _copy_rows(old.tracks, new.tracks, same)
    return Watched(indicator, new.wiring, new.tracks, old.history.renumbered(new_place), old.open, old.last)


def _copy_rows(old: Tracks, new: Tracks, same: list[tuple[int, int]]) -> None:
    if not same:
        return
    source, target = (np.array(places, dtype=np.int64) for places in zip(*same, strict=True))
    for each in fields(Tracks):
        getattr(new, each.name)[target] = getattr(old, each.name)[source]
