"""Which findings stand: e-BH over everything a policy tests, in two families, and what that makes of each row.

The families are the rows pooled over regions, and the regional rows with `elsewhere`, each at half of alpha. Both
directions of every comparison with enough people on each side count as hypotheses, whatever their evidence, and each
combined claim whose parts all have them counts as one. A row that has lost its guarantee counts, and never stands; an
area elsewhere, which has none from the start, is judged with the regional rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import pi

import numpy as np

from contracts.evidence import POOLED
from contracts.plan import MISSING, Plan
from pipelines.combined import Joint, Members
from pipelines.comparisons import BETTER, WORSE, BoolArray, FloatArray, IntArray
from pipelines.evidence.multiplicity import e_bh
from pipelines.strength import has_detector, has_passed_gate
from pipelines.together import Together, Verdicts
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


@dataclass(frozen=True, slots=True)
class Selection:
    """How many hypotheses of a family were found, and out of how many: a standing row was selected at this level."""

    n_found: int
    n_tested: int

    def alpha(self, alpha: float) -> float:
        """Return the level of an interval that allows for the selection."""
        return alpha * max(self.n_found, 1) / max(self.n_tested, 1)


@dataclass(frozen=True, slots=True)
class Judged:
    """What e-BH made of a policy.

    Attributes:
        moved: Per indicator the comparisons whose `stands` or `state` changed.
        moved_together: The same per joint.
        pooled, regional: The selections of both families.
    """

    moved: dict[str, IntArray]
    moved_together: list[IntArray]
    pooled: Selection
    regional: Selection


def judge(members: Members, together: Together, plan: Plan) -> Judged:
    """Update `stands`, `recent` and `state` of everything a policy tests.

    Where drop-out is found to differ between arms, the arm's rows lose their guarantee and the rest is judged again.
    """
    known = drop_outs(members)
    missing = [name for name in members if name.endswith(MISSING)]
    outcomes: list[Tracks | Verdicts] = [each.tracks for name, each in members.items() if name not in missing]
    before = [(each, each.stands, each.state) for each in (*outcomes, *together.verdicts)]
    judged = _Round(members, together, plan, known).settled()
    found = drop_outs(members)
    if found == known:
        return judged
    for each, stands, state in before:  # as if it had been known from the start
        each.stands, each.state = stands, state
    again = _Round(members, together, plan, found).settled()
    # what was found stays found, though it may not stand without the findings that it takes away
    moved = {name: np.union1d(judged.moved[name], again.moved[name]) for name in missing}
    return replace(again, moved=again.moved | moved)


def drop_outs(members: Members) -> frozenset[tuple[str, str]]:
    """Return the (indicator, arm) whose missing outcomes were ever found to differ from the reference arm's."""
    return frozenset(
        (name.removesuffix(MISSING), watched.wiring.rows[at].arm)
        for name, watched in members.items()
        if name.endswith(MISSING)
        for at in np.flatnonzero(watched.wiring.is_everybody & (watched.tracks.state >= STANDING)).tolist()
    )


def lacks_guarantee(watched: Watched, dropped: frozenset[tuple[str, str]]) -> BoolArray:
    """Return which comparisons of an indicator cannot have a guarantee any more; shape (rows,).

    Args:
        watched: The indicator.
        dropped: Where drop-out differs.
    """
    lacking = watched.wiring.is_descriptive | watched.waiting.is_open_ended
    arms = {arm for name, arm in dropped if name == watched.indicator.id}
    if arms:
        lacking |= [row.arm in arms for row in watched.wiring.rows]
    return lacking


def is_past_plan(watched: Watched, plan: Plan) -> BoolArray:
    """Return which comparisons have closed more looks than were planned; shape (rows,).

    What stands by then goes on standing on the evidence of the planned looks; nothing else may any more.
    """
    if plan.n_looks is None:
        return np.zeros(len(watched.wiring.rows), dtype=bool)
    return np.asarray(watched.open.index - watched.tracks.since_look > plan.n_looks)


def _has_people(watched: Watched, plan: Plan) -> BoolArray:
    least, tracks, wiring = plan.disclosure.minimum_cell, watched.tracks, watched.wiring
    sides: BoolArray = (tracks.units[:, 1] >= least) & ((tracks.units[:, 0] >= least) | wiring.is_level)
    return sides & (~wiring.has_before | (tracks.people_before >= least).all(axis=1))


def parts_are(joint: Joint, flags: dict[str, BoolArray], *, every: bool) -> BoolArray:
    """Return whether every part, or any part, of each claim has a flag; shape (cells,)."""
    stacked = np.stack([flags[name][rows] for name, rows in joint.parts])
    return np.asarray(stacked.all(axis=0) if every else stacked.any(axis=0))


class _Round:
    """One judgement: everything tested side by side, first the comparisons, then the combined claims."""

    def __init__(self, members: Members, together: Together, plan: Plan, dropped: frozenset[tuple[str, str]]) -> None:
        self.members, self.together, self.plan = members, together, plan
        every = members.values()
        self.lacking = {each.indicator.id: lacks_guarantee(each, dropped) for each in every}
        self.past = {each.indicator.id: is_past_plan(each, plan) for each in every}
        self.ready = {each.indicator.id: has_passed_gate(each.tracks.units, each, plan) for each in every}
        self.people = {each.indicator.id: _has_people(each, plan) for each in every}

    def settled(self) -> Judged:
        """Judge, write the verdicts into tracks and claims, and return what changed."""
        evidence = self._of_comparisons() + self._of_claims()
        stands, selections = in_families(evidence, alpha=self.plan.evidence.alpha / 2)
        recent, _ = in_families(self._of_detectors(), alpha=1 / self.plan.evidence.run_length)
        moved = {
            name: _update(watched.tracks, stands[place], recent[place], ready=self.ready[name])
            for place, (name, watched) in enumerate(self.members.items())
        }
        return Judged(moved, self._claims_moved(stands[len(self.members) :]), *selections)

    def _claims_moved(self, stands: Sequence[IntArray]) -> list[IntArray]:
        every = zip(self.together.joints, self.together.verdicts, stands, strict=True)
        return [
            _update(verdicts, now, None, ready=parts_are(joint, self.ready, every=True))
            for joint, verdicts, now in every
        ]

    def _of_comparisons(self) -> list["_Tested"]:
        found = []
        for name, watched in self.members.items():
            tracks, wiring = watched.tracks, watched.wiring
            lacking = self.lacking[name] | (self.past[name] & (tracks.stands == NOTHING))
            log_e = np.where(lacking[:, None], -np.inf, tracks.strength - _spent(tracks.since)[:, None])
            found.append(_Tested(log_e, wiring.is_shown & self.people[name], wiring.is_pooled))
        return found

    def _of_detectors(self) -> list["_Tested"]:
        found = []
        for name, watched in self.members.items():
            wiring = watched.wiring
            log_m = np.where(self.lacking[name][:, None], -np.inf, watched.tracks.log_m_mean())
            counted = wiring.is_shown & self.people[name] & has_detector(watched, self.plan)
            found.append(_Tested(log_m, counted, wiring.is_pooled))
        return found

    def _of_claims(self) -> list["_Tested"]:
        found = []
        for joint, verdicts in zip(self.together.joints, self.together.verdicts, strict=True):
            is_past = parts_are(joint, self.past, every=True) & (verdicts.stands == NOTHING)
            lacking = parts_are(joint, self.lacking, every=False) | is_past
            log_e = np.full((len(joint.cells), 1), -np.inf)
            log_e[~lacking, 0] = (verdicts.log_e - _spent(verdicts.since))[~lacking]
            pooled = np.array([region == POOLED for _, region, _ in joint.cells], dtype=bool)
            counted = parts_are(joint, self.people, every=True)
            found.append(_Tested(log_e, counted, pooled, direction=joint.direction))
        return found


@dataclass(frozen=True, slots=True)
class _Tested:
    """Hypotheses side by side.

    Attributes:
        log_e: Log e-values (nats); shape (rows, directions).
        counted: Which rows count; shape (rows,).
        pooled: Which rows are of the family over all regions; shape (rows,).
        direction: Of the only column, where there is one.
    """

    log_e: FloatArray
    counted: BoolArray
    pooled: BoolArray
    direction: int = WORSE


def in_families(tested: Sequence[_Tested], *, alpha: float) -> tuple[list[IntArray], tuple[Selection, Selection]]:
    """Return per part which direction of each row is in its family's e-BH set, and how selective both sets are."""
    selections = []
    hits = [np.zeros(each.log_e.shape, dtype=bool) for each in tested]
    for is_pooled in (True, False):
        inside = [np.flatnonzero(each.counted & (each.pooled == is_pooled)) for each in tested]
        values = [each.log_e[rows] for each, rows in zip(tested, inside, strict=True)]
        flat = np.concatenate([each.reshape(-1) for each in values]) if values else np.zeros(0)
        found = e_bh(flat, alpha=alpha) if len(flat) else np.zeros(0, dtype=bool)
        selections.append(Selection(int(found.sum()), len(flat)))
        cuts = np.cumsum([each.size for each in values])[:-1]
        for hit, rows, value, part in zip(hits, inside, values, np.split(found, cuts), strict=True):
            hit[rows] = part.reshape(value.shape)
    stands = [_direction(hit, each) for hit, each in zip(hits, tested, strict=True)]
    return stands, (selections[0], selections[1])


def _direction(found: BoolArray, tested: _Tested) -> IntArray:
    """Return 0, 1 (worse) or 2 (better) per row; where both are found, the one with more evidence."""
    if found.shape[1] == 1:
        return np.where(found[:, 0], _STANDS[tested.direction], NOTHING).astype(np.int64)
    values = tested.log_e
    worse = found[:, WORSE] & ~(found[:, BETTER] & (values[:, BETTER] > values[:, WORSE]))
    return np.where(worse, STANDS_WORSE, np.where(found[:, BETTER], STANDS_BETTER, NOTHING)).astype(np.int64)


_STANDS = {WORSE: STANDS_WORSE, BETTER: STANDS_BETTER}


def _spent(since: IntArray) -> FloatArray:
    """Return the nats that a comparison pays for having begun in version v > 1: alpha * 6 / (pi^2 v^2)."""
    versions = since.astype(np.float64)
    return np.where(since > 1, np.log(pi**2 * versions**2 / 6), 0.0)


def _update(tracks: Tracks | Verdicts, stands: IntArray, recent: IntArray | None, *, ready: BoolArray) -> IntArray:
    """Write the verdicts; return the rows whose `stands` or `state` is another than before."""
    stood = (tracks.state == STANDING) | (tracks.state == WITHDRAWN)
    state = np.where(
        ~ready,
        TOO_EARLY,
        np.where(stands != NOTHING, STANDING, np.where(stood, WITHDRAWN, WATCHING)),
    ).astype(np.int64)
    changed = np.flatnonzero((state != tracks.state) | (stands != tracks.stands))
    tracks.state, tracks.stands = state, stands
    if isinstance(tracks, Tracks) and recent is not None:
        tracks.recent = recent
    return changed.astype(np.int64)
