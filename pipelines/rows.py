"""From verdicts to evidence rows: what is said of the comparisons and the combined claims that are shown."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from contracts.evidence import POOLED, Direction, EvidenceRow, State
from contracts.plan import Plan
from pipelines.combined import Joint, Members
from pipelines.comparisons import BETTER, WORSE, FloatArray, IntArray
from pipelines.figures import Figures
from pipelines.looks import LookLabel
from pipelines.measures import Measure, Method
from pipelines.reasons import Reasons
from pipelines.standing import Judged
from pipelines.together import Verdicts
from pipelines.tracks import STANDS_BETTER, STANDS_WORSE, TOO_EARLY
from pipelines.watched import Watched

_STATES: tuple[State, ...] = ("too_early", "watching", "standing", "withdrawn")
_DIRECTIONS: dict[int, Direction] = {STANDS_WORSE: "worse", STANDS_BETTER: "better"}


class Telling:
    """What a closing tells: makes the rows of comparisons and claims, all of the same judgement.

    Args:
        members: The indicators of the policy.
        plan: The version in force.
        judged: What was judged.
    """

    def __init__(self, members: Members, plan: Plan, judged: Judged) -> None:
        self._members, self._plan, self._judged = members, plan, judged
        self._reasons = Reasons(members, plan)

    def comparisons(self, rows: Sequence[int], watched: Watched, look: LookLabel) -> list[EvidenceRow]:
        """Return the evidence of the comparisons numbered in `rows`, in their order."""
        chosen = np.array(rows, dtype=np.int64)
        figures = Figures(chosen, watched=watched, plan=self._plan, judged=self._judged)
        log_m = watched.tracks.log_m_mean()[chosen]
        return [
            self._comparison(place, row, figures, log_m[place], watched=watched, look=look)
            for place, row in enumerate(rows)
        ]

    def _comparison(
        self, place: int, row: int, figures: Figures, log_m: FloatArray, *, watched: Watched, look: LookLabel
    ) -> EvidenceRow:
        comparison, tracks = watched.wiring.rows[row], watched.tracks
        shown = _Shown(figures, place, is_early=tracks.state[row] == TOO_EARLY)
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
            began=int(figures.began[place]) or None,
            placebos=None if shown.is_early or comparison.claim != "elsewhere" else _placebos(watched, row),
        )

    def claims(self, cells: Sequence[int], joint: Joint, verdicts: Verdicts, look: LookLabel) -> list[EvidenceRow]:
        """Return the evidence of some combined claims, in their order."""
        chosen = np.array(cells, dtype=np.int64)
        parts = [
            (self._members[name], at[chosen], self._figures(name, at[chosen]))
            for name, at in joint.parts[:_SHOWN_PARTS]
        ]
        return [
            self._claim(place, cell, joint, verdicts, parts, look=self._look_of(joint, look))
            for place, cell in enumerate(cells)
        ]

    def _figures(self, name: str, rows: IntArray) -> Figures:
        return Figures(rows, watched=self._members[name], plan=self._plan, judged=self._judged)

    def _look_of(self, joint: Joint, closed: LookLabel) -> LookLabel:
        """Return the last look of the claim's own indicator; that of the closing where it has none."""
        own = self._members.get(joint.indicator)
        return own.last if own is not None and own.last is not None else closed

    def _claim(  # noqa: PLR0917
        self,
        place: int,
        cell: int,
        joint: Joint,
        verdicts: Verdicts,
        parts: Sequence[tuple[Watched, IntArray, Figures]],
        look: LookLabel,
    ) -> EvidenceRow:
        arm, region, group = joint.cells[cell]
        is_early, has_figures = verdicts.state[cell] == TOO_EARLY, joint.indicator != POOLED
        watched, rows, figures = parts[0]
        main = _Shown(figures, place, is_early=is_early or not has_figures)
        other = _Shown(parts[1][2], place, is_early=is_early or not has_figures)
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
            **_people(watched.tracks.people[rows[place]], watched.measure),
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
            guarantee=self._reasons.guarantee_of_claim(joint, cell),
            state=_STATES[int(verdicts.state[cell])],
            stands=_DIRECTIONS.get(int(verdicts.stands[cell])),
            smallest_visible=main.of("smallest"),
            reason=self._reasons.of_claim(joint, cell),
            other_difference=other.of("difference"),
            other_difference_lower=other.of("difference_lower"),
            other_difference_upper=other.of("difference_upper"),
        )


_SHOWN_PARTS = 2
_LEAST_LOG_E = -1000.0


class _Shown:
    """The figures of one row that may be shown: none while it is too early."""

    def __init__(self, figures: Figures, place: int, *, is_early: bool) -> None:
        self._figures, self._place, self.is_early = figures, place, is_early

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
    """Return units and events; of values their sums in outcome units, whole numbers where they are."""
    n_a, k_a, n_b, k_b = people.tolist()
    if measure.method is Method.EXACT:
        return {"n_a": n_a, "k_a": k_a, "n_b": n_b, "k_b": k_b}
    return {"n_a": n_a, "k_a": _in_units(k_a, measure), "n_b": n_b, "k_b": _in_units(k_b, measure)}


def _in_units(total: int, measure: Measure) -> int | float:
    whole, rest = divmod(total, measure.unit)
    return total / measure.unit if rest else whole


def _placebos(watched: Watched, row: int) -> tuple[int, int] | None:
    """Return how many comparison areas show at least as much against the others, and of how many; None without."""
    wiring, strength = watched.wiring, watched.tracks.strength[:, WORSE]
    placebos = np.flatnonzero([each.claim == "elsewhere" and not each.is_shown for each in wiring.rows])
    return (int((strength[placebos] >= strength[row]).sum()), len(placebos)) if len(placebos) else None


def _written(log_e: float) -> float:
    """Return the log e-value; an e-value of 0, whose logarithm no JSON can hold, as a very small one."""
    return max(float(log_e), _LEAST_LOG_E)


def _finite(value: float) -> float | None:
    """Return the value, or None where the figure does not exist."""
    return value if np.isfinite(value) else None


def in_order(rows: Sequence[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Return a closing's rows in their order: claim, indicator, other indicator, arm, region, group."""
    return tuple(
        sorted(
            rows, key=lambda row: (row.claim, row.indicator, row.other_indicator or "", row.arm, row.region, row.group)
        )
    )
