"""Advice about a plan that is correct: what it means, and what its authors may not have seen."""

from collections.abc import Iterator

from contracts.plan import Plan


def notes(plan: Plan) -> tuple[str, ...]:
    """Return advice about a plan, for its authors to read before they register it."""
    return tuple(
        note
        for topic in (_unwatched, _untested, _baselines, _assignment, _programme, _run_length)
        for note in topic(plan)
    )


def _unwatched(plan: Plan) -> Iterator[str]:
    for loser in plan.choices.losers:
        if not any((loser.indicator, loser.arm, loser.group, loser.region)):
            yield f"`{loser.who.in_language('en')}` may lose and nothing watches over them: `watched_by` is left out."


def _untested(plan: Plan) -> Iterator[str]:
    disadvantaged = [group.id for group in plan.groups if group.disadvantaged]
    if plan.claims.gap is None and disadvantaged:
        yield f"`gap` is not tested: nothing says whether {', '.join(disadvantaged)} fall behind the rest."
    if plan.claims.effect is None and plan.arms is not None:
        yield f"`effect` is not tested: nothing says what {', '.join(plan.arms.watched)} bring."


def _baselines(plan: Plan) -> Iterator[str]:
    gap = plan.claims.gap
    if gap is None:
        return
    for indicator in plan.indicators:
        groups = [group.id for group in plan.groups if group.disadvantaged]
        undeclared = [group for group in groups if (indicator.id, group) not in gap.odds_ratio]
        if undeclared:
            yield (
                f"The gap in `{indicator.id}` for {', '.join(undeclared)} has no declared baseline and is tested "
                f"against an odds ratio of 1 (margin {gap.margin:g}), so a gap from before the policy counts."
            )


def _assignment(plan: Plan) -> Iterator[str]:
    if plan.arms is not None and plan.assignment.kind != "randomised":
        yield "The arms were not drawn by lot: an effect may come from how people came into them."


def _programme(plan: Plan) -> Iterator[str]:
    if plan.programme is not None:
        yield (
            f"`programme: {plan.programme}` is registered; false findings are controlled inside this plan, "
            "not yet over successive plans of the programme."
        )


def _run_length(plan: Plan) -> Iterator[str]:
    n_detectors = 2 * n_rows(plan)
    looks = plan.evidence.run_length / n_detectors
    yield (
        f"{n_detectors} detectors (worse and better for {n_rows(plan)} rows) that each sound a false alarm once in "
        f"{plan.evidence.run_length:,} looks on average do so together about once in {looks:,.0f} looks at most; "
        "`recent` corrects for their number."
    )


def n_rows(plan: Plan) -> int:
    """Return how many comparisons the plan implies over all its indicators."""
    regions = 1 + len(plan.choices.areas.here)
    arms = plan.arms
    n_effects = len(arms.watched) * (1 + len(plan.groups)) if plan.claims.effect and arms else 0
    n_gaps = (1 + (len(arms.every) if arms else 0)) * sum(group.disadvantaged for group in plan.groups)
    return len(plan.indicators) * regions * (n_effects + (n_gaps if plan.claims.gap else 0))
