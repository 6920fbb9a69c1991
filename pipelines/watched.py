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
from pipelines.measures import Measure, Method, measure_of
from pipelines.panels import RegionPanel
from pipelines.profiled import Profiles
from pipelines.readings import Readings
from pipelines.tables import Tables, tables_of
from pipelines.tracks import Tracks, fold_baseline


@dataclass(slots=True)
class Watched:
    """One indicator of the plan in force.

    Attributes:
        indicator, wiring, measure: What is compared, and how it is counted.
        tracks, history, profiles, panel, readings: What closed looks said.
        open: The open look.
        counts: The counts of closed looks with their numbers, from which history, profiles, panel and readings follow.
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
    counts: list[tuple[int, Counts]] = field(default_factory=list)
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
        History(wiring),
        Profiles(plan, indicator, wiring, measure),
        RegionPanel(measure),
        Readings(plan, measure),
        OpenLook(index=look_index),
    )


def carried(plan: Plan, indicator: Indicator, old: Watched | None) -> Watched:
    """Return an indicator under a new version: comparisons whose definition did not change go on, others begin anew.

    Those keep the baseline from before the policy, which no choice made since can bend: at the true baseline its
    evidence does not depend on the margin. What is counted in another way begins without past counts; they cannot be
    read together with later ones.
    """
    if old is None:
        return fresh(plan, indicator)
    new = fresh(plan, indicator, look_index=old.open.index)
    new.open, new.last, new.expected = old.open, old.last, old.expected
    if new.measure != old.measure:
        return new
    new.waiting = old.waiting
    place = {row.key: at for at, row in enumerate(new.wiring.rows)}
    same = [
        (at, place[row.key])
        for at, row in enumerate(old.wiring.rows)
        if row.key in place and new.wiring.rows[place[row.key]].definition == row.definition
    ]
    for look_index, counts in old.counts:
        fold_baseline(new.tracks, recall(new, counts, look_index, plan=plan), new.wiring)
    _copy_rows(old.tracks, new.tracks, same)
    new.profiles.rebuild(new.history, new.tracks)
    return new


def remember(watched: Watched, counts: Counts, look_index: int, *, tables: Tables) -> None:
    """Add a closed look to what is read from past counts, the profiles left out.

    Args:
        watched: The indicator.
        counts: What the look counted.
        look_index: Its number.
        tables: The tables of these counts.
    """
    watched.counts.append((look_index, counts))
    watched.panel.add(counts)
    watched.readings.add(counts)
    if watched.measure.method is Method.EXACT:
        watched.history.add(tables, look_index)


def recall(watched: Watched, counts: Counts, look_index: int, *, plan: Plan) -> Tables:
    """Add a look that closed earlier, as the version in force reads it; return its tables."""
    tables = tables_of(counts, plan, watched.wiring, watched.measure)
    remember(watched, counts, look_index, tables=tables)
    return tables


def _copy_rows(old: Tracks, new: Tracks, same: list[tuple[int, int]]) -> None:
    if not same:
        return
    source, target = (np.array(places, dtype=np.int64) for places in zip(*same, strict=True))
    for each in fields(Tracks):
        getattr(new, each.name)[target] = getattr(old, each.name)[source]
