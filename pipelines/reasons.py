"""What a row promises, and why nothing, or less, may be concluded from it."""

from contracts.evidence import Guarantee
from contracts.plan import FEWEST_CLUSTERS, Plan
from pipelines.combined import Joint, Members
from pipelines.measures import Method
from pipelines.standing import drop_outs, is_past_plan
from pipelines.strength import has_enough
from pipelines.together import Verdicts
from pipelines.tracks import NOTHING, TOO_EARLY
from pipelines.watched import Watched

_GUARANTEES: tuple[Guarantee, ...] = ("exact", "asymptotic", "descriptive")
"""From the strongest to the weakest."""


class Reasons:
    """Guarantees and reasons of the rows of a policy.

    Args:
        members: Its indicators.
        plan: The version in force.
    """

    def __init__(self, members: Members, plan: Plan) -> None:
        self._members, self._plan = members, plan
        self._dropped = drop_outs(members)
        self._past = {name: is_past_plan(each, plan) for name, each in members.items()}
        self._enough = {name: has_enough(each.tracks.units, each, plan) for name, each in members.items()}

    def guarantee(self, watched: Watched, row: int) -> Guarantee:
        """Return what the e-process of a comparison promises."""
        return "descriptive" if self._is_past(watched, row) else self._guarantee(watched, row)

    def _guarantee(self, watched: Watched, row: int) -> Guarantee:
        if self._why_descriptive(watched, row) is not None:
            return "descriptive"
        return "exact" if watched.measure.method is Method.EXACT else "asymptotic"

    def of_comparison(self, watched: Watched, row: int) -> str | None:
        """Return why nothing, or less, may be concluded from a comparison, as `code: text`; None where all may."""
        reason = self._reason(watched, row)
        return self._why_past if reason is None and self._is_past(watched, row) else reason

    def _reason(self, watched: Watched, row: int) -> str | None:
        if watched.tracks.state[row] == TOO_EARLY:
            return self._why_early(watched, row)
        why = self._why_descriptive(watched, row)
        return f"descriptive: {why}" if why is not None else None

    def _is_past(self, watched: Watched, row: int) -> bool:
        return bool(self._past[watched.indicator.id][row] and watched.tracks.stands[row] == NOTHING)

    # Combined claims

    def guarantee_of_claim(self, joint: Joint, verdicts: Verdicts, cell: int) -> Guarantee:
        """Return the weakest promise of the parts of a combined claim."""
        parts = [self._guarantee(self._members[name], int(rows[cell])) for name, rows in joint.parts]
        return "descriptive" if self._is_claim_past(joint, verdicts, cell) else max(parts, key=_GUARANTEES.index)

    def of_claim(self, joint: Joint, verdicts: Verdicts, cell: int) -> str | None:
        """Return the first reason of the parts, those that wait for data first."""
        reasons = [self._reason(self._members[name], int(rows[cell])) for name, rows in joint.parts]
        given = sorted((each for each in reasons if each is not None), key=lambda each: each.startswith("descriptive"))
        return next(iter(given), self._why_past if self._is_claim_past(joint, verdicts, cell) else None)

    def _is_claim_past(self, joint: Joint, verdicts: Verdicts, cell: int) -> bool:
        parts = (self._past[name][rows[cell]] for name, rows in joint.parts)
        return bool(verdicts.stands[cell] == NOTHING and all(parts))

    # Why

    @property
    def _why_past(self) -> str:
        return f"descriptive: {self._plan.n_looks} looks were planned"

    def _why_early(self, watched: Watched, row: int) -> str:
        plan = self._plan
        if watched.wiring.has_before[row] and self._enough[watched.indicator.id][row]:
            return "too_early: too few people were counted on a side before the policy"
        if watched.measure.method is Method.CLUSTERS:
            return f"too_few: fewer than {max(FEWEST_CLUSTERS, plan.disclosure.minimum_cell)} clusters on a side"
        if watched.measure.method is Method.MEANS:
            return (
                f"too_early: fewer than {max(plan.evidence.minimum_n, plan.disclosure.minimum_cell)} people on a side"
            )
        return f"too_early: fewer than {plan.disclosure.minimum_cell} people on a side"

    def _why_descriptive(self, watched: Watched, row: int) -> str | None:
        comparison = watched.wiring.rows[row]
        if comparison.claim == "elsewhere":
            return "areas have shocks of their own; compare with the placebos"
        if comparison.is_descriptive:
            return "the declared gap is over all strata together, not inside them"
        if (watched.indicator.id, comparison.arm) in self._dropped:
            return "missing outcomes differ between the arms"
        if watched.waiting.is_open_ended:
            return "clusters got units after they had contributed; their first units alone are counted"
        return None
