"""Everything known about one indicator of a policy: its open look, its running evidence and its past tables."""

from dataclasses import dataclass, field, fields

import numpy as np

from contracts.plan import Indicator, Plan
from pipelines.cells import Counts
from pipelines.clusters import Waiting
from pipelines.comparisons import Wiring
from pipelines.enrolled import Expected
from pipelines.history import History
from pipelines.looks import LookLabel, OpenLook
from pipelines.measures import Measure, measure_of
from pipelines.panels import RegionPanel
from pipelines.profiled import Profiles
from pipelines.readings import Readings
from pipelines.tracks import Tracks


@dataclass(slots=True)
class Watched:
    """One indicator of the plan in force.

    Attributes:
        indicator, wiring, measure: What is compared, and how it is counted.
        tracks, history, profiles, panel, readings: What closed looks said.
        open: The open look.
        last: The last closed look.
        waiting: Clusters that are not complete.
        expected: Enrolled units whose outcome is not due yet.
    """

    indicator: Indicator
    wiring: Wiring
    measure: Measure
    tracks: Tracks
    history: History
    profiles: Profiles
    panel: RegionPanel
    readings: Readings
    open: OpenLook
    last: LookLabel | None = None
    waiting: Waiting = field(default_factory=Waiting)
    expected: Expected = field(default_factory=Expected)


def fresh(plan: Plan, indicator: Indicator, *, look_index: int = 0) -> Watched:
    """Return an indicator without evidence, beginning in this version of the plan after look `look_index`."""
    wiring, measure = Wiring(plan, indicator), measure_of(plan, indicator)
    return Watched(
        indicator,
        wiring,
        measure,
        Tracks.empty(len(wiring.rows), plan=plan, measure=measure, look_index=look_index),
        History(),
        Profiles(plan, indicator, wiring, measure),
        RegionPanel(measure),
        Readings(plan, measure),
        OpenLook(index=look_index),
    )


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
    new.history = old.history.renumbered(new_place)
    new.profiles.rebuild(new.history, new.tracks)
    new.open, new.last, new.waiting, new.expected = old.open, old.last, old.waiting, old.expected
    new.panel, new.readings = old.panel, old.readings
    return new


def remember(watched: Watched, counts: Counts) -> None:
    """Add the counts of a closed look to what is read from counts alone."""
    watched.panel.add(counts)
    watched.readings.add(counts)


def _copy_rows(old: Tracks, new: Tracks, same: list[tuple[int, int]]) -> None:
    if not same:
        return
    source, target = (np.array(places, dtype=np.int64) for places in zip(*same, strict=True))
    for each in fields(Tracks):
        getattr(new, each.name)[target] = getattr(old, each.name)[source]
