"""What the closing of a look concludes: its counts become evidence, and the evidence is judged and told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from contracts.evidence import EvidenceRow
from contracts.plan import Plan
from pipelines.cells import Counts
from pipelines.combined import Members
from pipelines.comparisons import IntArray
from pipelines.measures import Method
from pipelines.rows import Shown, Telling
from pipelines.standing import judge
from pipelines.strength import strengthen
from pipelines.tables import tables_of
from pipelines.together import Together
from pipelines.tracks import fold_look
from pipelines.watched import Watched, remember


@dataclass(frozen=True, slots=True)
class Told:
    """What a closing tells: its rows, and the indicators of which a comparison has another state than before."""

    rows: tuple[EvidenceRow, ...]
    judged_anew: tuple[str, ...]


def fold(watched: Watched, counts: Counts, members: Members, together: Together, plan: Plan) -> IntArray:
    """Fold the counts of an indicator's open look into its evidence; return the comparisons whose units changed."""
    tables = tables_of(counts, plan, watched.wiring, watched.measure)
    step = fold_look(
        watched.tracks,
        tables,
        plan=plan,
        indicator=watched.indicator,
        wiring=watched.wiring,
        measure=watched.measure,
    )
    index = watched.open.index + 1
    if watched.measure.method is Method.EXACT:
        watched.profiles.add(tables, index, watched.tracks)
    remember(watched, counts, index, tables=tables)
    strengthen(watched, step, plan)
    together.update(members, plan, closed=watched.indicator.id)
    return step.changed


def tell(
    closed: Watched,
    changed: IntArray,
    members: Members,
    together: Together,
    plan: Plan,
    *,
    began: Mapping[str, date],
) -> Told:
    """Judge the policy and return the rows whose counts changed, and those whose state or standing did.

    Args:
        closed: The indicator whose look closed.
        changed: Its comparisons whose units changed.
        members: The indicators of the policy.
        together: Its combined claims.
        plan: The version in force.
        began: First day of every region under the policy.
    """
    judged = judge(members, together, plan)
    comparisons: dict[str, IntArray] = {}
    for name, watched in members.items():
        moved = judged.moved[name]
        rows = np.union1d(moved, _retold(watched, changed)) if watched is closed else moved
        comparisons[name] = rows[watched.wiring.is_shown[rows]]
    touched = together.changed(closed.indicator.id, changed)
    cells = [np.union1d(*both) for both in zip(touched, judged.moved_together, strict=True)]
    claims = list(zip(together.joints, together.verdicts, cells, strict=True))
    told = Telling(members, plan, judged, Shown(comparisons, claims, closed), began=began)
    return Told(told.rows(), tuple(name for name, moved in judged.moved.items() if len(moved)))


def _retold(watched: Watched, changed: IntArray) -> IntArray:
    """Return the comparisons to tell of: those that changed, or all if they have just lost their guarantee."""
    if not watched.waiting.is_untold:
        return changed
    return np.flatnonzero(watched.tracks.units.any(axis=1)).astype(np.int64)
