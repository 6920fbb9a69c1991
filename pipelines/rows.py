"""From verdicts to evidence rows: what is said of the comparisons and the combined claims that are shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from contracts.evidence import POOLED, Direction, EvidenceRow, State
from contracts.plan import Plan
from pipelines.combined import Joint, Members
from pipelines.comparisons import BETTER, WORSE, FloatArray, IntArray
from pipelines.figures import Figures
from pipelines.looks import LookLabel
from pipelines.measures import Measure
from pipelines.reasons import Reasons
from pipelines.rollouts import roll_out_row
from pipelines.standing import Judged
from pipelines.together import Verdicts
from pipelines.tracks import STANDS_BETTER, STANDS_WORSE, TOO_EARLY
from pipelines.watched import Watched

_STATES: tuple[State, ...] = ("too_early", "watching", "standing", "withdrawn")
_DIRECTIONS: dict[int, Direction] = {STANDS_WORSE: "worse", STANDS_BETTER: "better"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a closing shows.

    Attributes:
        comparisons: Numbers of the comparisons, by indicator.
        claims: The combined claims, as the places of their cells.
        closed: The indicator whose look closed.
    """

    comparisons: Mapping[str, IntArray]
    claims: Sequence[tuple[Joint, Verdicts, IntArray]]
    closed: Watched

    def parts(self) -> dict[str, IntArray]:
        """Return by indicator every comparison whose figures are needed."""
        needed = {name: [rows] for name, rows in self.comparisons.items()}
        for joint, _, cells in self.claims:
            for name, rows in joint.parts[:_SHOWN_PARTS]:
                needed.setdefault(name, []).append(rows[cells])
        return {name: np.unique(np.concatenate(rows)) for name, rows in needed.items()}


class Telling:
    """What a closing tells: makes the rows of comparisons and claims, all of the same judgement.

    Args:
        members: The indicators of the policy.
        plan: The version in force.
        judged: What was judged.
        shown: What is shown.
        began: First day of every region under the policy.
    """

    def __init__(
        self, members: Members, plan: Plan, judged: Judged, shown: Shown, *, began: Mapping[str, date]
    ) -> None:
        self._began = began
        self._members, self._plan, self._shown = members, plan, shown
        self._reasons = Reasons(members, plan)
        self._figures = {
            name: Figures(rows, watched=members[name], plan=plan, judged=judged) for name, rows in shown.parts().items()
        }

    def rows(self) -> tuple[EvidenceRow, ...]:
        """Return the rows in their order: claim, indicator, other indicator, arm, region, group."""
        found = [*self._comparisons(), *self._claims(), *self._roll_outs()]
        return tuple(sorted(found, key=_order))

    def _comparisons(self) -> Iterator[EvidenceRow]:
        for name, rows in self._shown.comparisons.items():
            watched = self._members[name]
            log_m = watched.tracks.log_m_mean()
            if watched.last is not None:
                for row in rows.tolist():
                    yield self._comparison(row, self._figures[name], log_m[row], watched=watched, look=watched.last)

    def _claims(self) -> Iterator[EvidenceRow]:
        for joint, verdicts, cells in self._shown.claims:
            for cell in cells.tolist():
                if (look := self._look_of(joint)) is not None:
                    yield self._claim(cell, joint, verdicts, look=look)

    def _roll_outs(self) -> Iterator[EvidenceRow]:
        watched = self._shown.closed
        if watched.last is not None:
            row = roll_out_row(watched, self._plan, watched.last, began=self._began)
            yield from () if row is None else (row,)

    def _look_of(self, joint: Joint) -> LookLabel | None:
        """Return the last look of the claim's own indicator, None before it; that of the closing if it is of all."""
        return (self._shown.closed if joint.indicator == POOLED else self._members[joint.indicator]).last

    def _comparison(
        self, row: int, figures: Figures, log_m: FloatArray, *, watched: Watched, look: LookLabel
    ) -> EvidenceRow:
        comparison, tracks = watched.wiring.rows[row], watched.tracks
        shown = _OfRow(figures, row, is_early=tracks.state[row] == TOO_EARLY)
        return EvidenceRow(
            **_policy(self._plan),
            claim=comparison.claim,
            indicator=comparison.indicator,
            other_indicator=None,
            arm=comparison.arm,
            region=comparison.region,
            group=comparison.group,
            **_look(look),
            **_people(tracks.people[row], watched.measure),
            scale=shown.scale(is_level=comparison.claim == "level"),
            estimate=shown.of("estimate"),
            lower=shown.of("lower"),
            upper=shown.of("upper"),
            difference=shown.of("difference"),
            difference_lower=shown.of("difference_lower"),
            difference_upper=shown.of("difference_upper"),
            log_e_worse=_written(tracks.strength[row, WORSE]),
            log_e_better=_written(tracks.strength[row, BETTER]),
            log_detector_worse=_finite(float(log_m[WORSE])),
            log_detector_better=_finite(float(log_m[BETTER])),
            recent=_DIRECTIONS.get(int(tracks.recent[row])),
            guarantee=self._reasons.guarantee(watched, row),
            state=_STATES[int(tracks.state[row])],
            stands=_DIRECTIONS.get(int(tracks.stands[row])),
            smallest_visible=shown.of("smallest"),
            reason=self._reasons.of_comparison(watched, row),
            selected_lower=shown.of("selected_lower"),
            selected_upper=shown.of("selected_upper"),
            began=int(figures.began[figures.place[row]]) or None,
            placebos=None if shown.is_early or comparison.claim != "elsewhere" else _placebos(watched, row),
        )

    def _claim(self, cell: int, joint: Joint, verdicts: Verdicts, *, look: LookLabel) -> EvidenceRow:
        arm, region, group = joint.cells[cell]
        is_early, has_figures = verdicts.state[cell] == TOO_EARLY, joint.indicator != POOLED
        (name, rows), (other_name, other_rows), *_ = joint.parts
        watched, hidden = self._members[name], is_early or not has_figures
        main = _OfRow(self._figures[name], int(rows[cell]), is_early=hidden)
        other = _OfRow(self._figures[other_name], int(other_rows[cell]), is_early=hidden)
        log_e = [0.0, 0.0]
        log_e[joint.direction] = _written(verdicts.log_e[cell])
        return EvidenceRow(
            **_policy(self._plan),
            claim=joint.claim,
            indicator=joint.indicator,
            other_indicator=joint.other_indicator,
            arm=arm,
            region=region,
            group=group,
            **_look(look),
            **_people(watched.tracks.people[rows[cell]], watched.measure),
            scale=main.scale(is_level=False),
            estimate=main.of("estimate"),
            lower=main.of("lower"),
            upper=main.of("upper"),
            difference=main.of("difference"),
            difference_lower=main.of("difference_lower"),
            difference_upper=main.of("difference_upper"),
            log_e_worse=log_e[WORSE],
            log_e_better=log_e[BETTER],
            log_detector_worse=None,
            log_detector_better=None,
            recent=None,
            guarantee=self._reasons.guarantee_of_claim(joint, verdicts, cell),
            state=_STATES[int(verdicts.state[cell])],
            stands=_DIRECTIONS.get(int(verdicts.stands[cell])),
            smallest_visible=main.of("smallest"),
            reason=self._reasons.of_claim(joint, verdicts, cell),
            other_difference=other.of("difference"),
            other_difference_lower=other.of("difference_lower"),
            other_difference_upper=other.of("difference_upper"),
        )


_SHOWN_PARTS = 2
_LEAST_LOG_E = -1000.0


class _OfRow:
    """The figures of one row that may be shown: none while it is too early."""

    def __init__(self, figures: Figures, row: int, *, is_early: bool) -> None:
        self._figures, self._place, self.is_early = figures, figures.place[row], is_early

    def of(self, name: str) -> float | None:
        """Return a figure, None where it does not exist or is too early."""
        return None if self.is_early else _finite(float(getattr(self._figures, name)[self._place]))

    def scale(self, *, is_level: bool) -> Literal["odds_ratio", "difference"] | None:
        """Return the scale of the estimate."""
        if self.is_early:
            return None
        return "odds_ratio" if self._figures.is_ratio and not is_level else "difference"


def _policy(plan: Plan) -> dict[str, Any]:
    return {"policy": plan.id, "plan_version": plan.version, "plan_sha256": plan.sha256}


def _look(look: LookLabel) -> dict[str, Any]:
    return {"look": look.label, "look_index": look.index, "offsets": look.offsets}


def _people(people: IntArray, measure: Measure) -> dict[str, Any]:
    """Return units and events; of values their sums in outcome units."""
    n_a, k_a, n_b, k_b = people.tolist()
    return {"n_a": n_a, "k_a": measure.written(k_a), "n_b": n_b, "k_b": measure.written(k_b)}


def _placebos(watched: Watched, row: int) -> tuple[int, int] | None:
    """Return how many comparison areas show at least as much against the others, and of how many; None without."""
    wiring, strength = watched.wiring, watched.tracks.strength[:, WORSE]
    has_people = (watched.tracks.people[:, 2] > 0) & (watched.tracks.people_before[:, 1] > 0)
    hidden = [each.claim == "elsewhere" and not each.is_shown for each in wiring.rows]
    placebos = np.flatnonzero(hidden & has_people)
    return (int((strength[placebos] >= strength[row]).sum()), len(placebos)) if len(placebos) else None


def _written(log_e: float) -> float:
    """Return the log e-value; an e-value of 0, whose logarithm no JSON can hold, as a very small one."""
    return float(log_e) if np.isfinite(log_e) else _LEAST_LOG_E


def _finite(value: float) -> float | None:
    """Return the value, or None where the figure does not exist."""
    return value if np.isfinite(value) else None


def _order(row: EvidenceRow) -> tuple[str, str, str, str, str, str]:
    return (row.claim, row.indicator, row.other_indicator or "", row.arm, row.region, row.group)
