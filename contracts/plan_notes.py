"""Advice about a plan that is correct: what it means, and what its authors may not have seen."""

from collections.abc import Iterator

from contracts.plan import FEWEST_CLUSTERS, Indicator, Plan
from contracts.plan_implied import MULTIPLYING, facts_of, first_days, lacking, named
from contracts.plan_rows import n_detectors, n_hypotheses, n_rows

FEWEST_REGIONS = 20
"""Regions under which a roll-out is described and nothing is concluded from it."""

"""Comparison areas from which on the rank of an area elsewhere among them can be evidence."""


def notes(plan: Plan) -> tuple[str, ...]:
    """Return advice about a plan, for its authors to read before they register it."""
    topics = (
        _unwatched,
        _untested,
        _empty_claims,
        _baselines,
        _margins,
        _areas,
        _assignment,
        _roll_out,
        _clusters,
        _repeated,
        _programme,
        _numbers,
    )
    return tuple(note for topic in topics for note in topic(plan))


def _unwatched(plan: Plan) -> Iterator[str]:
    for loser in plan.choices.losers:
        if not any((loser.indicator, loser.arm, loser.group, loser.region)):
            yield f"`{loser.who.in_language('en')}` may lose and nothing watches over them: `watched_by` is left out."


def _untested(plan: Plan) -> Iterator[str]:
    disadvantaged = _disadvantaged(plan)
    if plan.claims.gap is None and disadvantaged:
        yield f"`gap` is not tested: nothing says whether {', '.join(disadvantaged)} fall behind the rest."
    if plan.claims.effect is None and plan.arms is not None:
        yield f"`effect` is not tested: nothing says what {', '.join(plan.arms.watched)} bring."


def _empty_claims(plan: Plan) -> Iterator[str]:
    facts = facts_of(plan)
    for claim in named(plan.claims):
        lack = lacking(claim, plan.claims, facts)
        if lack is not None:
            yield f"`{claim}` is named, but {lack}: nothing is tested by it."


def _baselines(plan: Plan) -> Iterator[str]:
    gap = plan.claims.gap
    if gap is None or gap.baseline == "pre_period":
        return
    for indicator in plan.indicators:
        undeclared = [group for group in _disadvantaged(plan) if (indicator.id, group) not in gap.odds_ratio]
        if undeclared:
            yield (
                f"The gap in `{indicator.id}` for {', '.join(undeclared)} has no declared baseline and is tested "
                f"against {_no_gap(plan, indicator)}, so a gap from before the policy counts."
            )
    if gap.baseline_scale == "marginal":
        yield "`baseline_scale: marginal`: an odds ratio over all strata is not that inside them; rows are descriptive."


def _no_gap(plan: Plan, indicator: Indicator) -> str:
    """Return in words what counts as no gap."""
    if plan.claims.gap is not None and not _has_means(plan, indicator):
        return f"an odds ratio of 1 (margin {plan.claims.gap.margin:g})"
    return f"a difference of 0 (margin {indicator.margin_difference:g})"


def _margins(plan: Plan) -> Iterator[str]:
    of_means = [f"`{each.id}`" for each in plan.indicators if _has_means(plan, each)]
    if of_means and any((plan.claims.effect, plan.claims.gap, plan.claims.elsewhere)):
        yield (
            f"{', '.join(of_means)} are compared by their means: their margin is `margin_difference`, and margins in "
            "odds ratios do not count for them."
        )


def _areas(plan: Plan) -> Iterator[str]:
    if plan.claims.elsewhere is not None and lacking("elsewhere", plan.claims, facts_of(plan)) is None:
        n = len(plan.choices.areas.comparison)
        placebos = f"{n} comparison areas serve as placebos" if n > 1 else "One comparison area gives no placebo"
        yield (f"`elsewhere` is descriptive: areas have shocks of their own. {placebos}.")


def _assignment(plan: Plan) -> Iterator[str]:
    if plan.arms is not None and plan.assignment.kind != "randomised":
        yield "The arms were not drawn by lot: an effect may come from how people came into them."


def _roll_out(plan: Plan) -> Iterator[str]:
    claim, facts = plan.claims.roll_out, facts_of(plan)
    if claim is None or lacking("roll_out", plan.claims, facts) is not None:
        return
    n = len(plan.choices.areas.every)
    if n < FEWEST_REGIONS:
        yield f"`roll_out` compares {n} regions: descriptive only, because {FEWEST_REGIONS} are needed for more."
    if not claim.drawn_by_lot:
        yield "The starts of `roll_out` were not drawn by lot: regions may differ in more than when they started."
    first = min((day for day in first_days(facts, plan.claims) if day is not None), default=None)
    if plan.pre_period is None and first is not None and first <= plan.effective_from.start.toordinal():
        yield (
            "`roll_out` compares with the time before a region's start, and records from before "
            f"{plan.effective_from.label} are refused: give `pre_period`."
        )


def _clusters(plan: Plan) -> Iterator[str]:
    if plan.cluster is not None:
        yield (
            f"Clusters are counted ({plan.cluster}), each once per indicator: under {FEWEST_CLUSTERS} clusters per arm "
            "rows say `too_few`. One that gets units after it contributed is refused as `cluster_closed`; where more "
            "than a twentieth do, rows are descriptive. One that gets enrolments all the time never contributes."
        )


def _repeated(plan: Plan) -> Iterator[str]:
    if plan.n_looks is not None:
        yield (
            f"The same units are measured in {plan.n_looks:,} looks, whose evidence is averaged; looks after that are "
            "descriptive, and what stands by then goes on standing. "
            f"{', '.join(f'`{claim}`' for claim in MULTIPLYING)} cannot be tested so."
        )


def _programme(plan: Plan) -> Iterator[str]:
    if plan.programme is not None:
        yield (
            f"False findings over the successive policies of `programme: {plan.programme}` are controlled by e-LOND: "
            f"`leerlus programme {plan.programme}`."
        )


def _numbers(plan: Plan) -> Iterator[str]:
    asked = f"The plan asks for {n_rows(plan):,} rows of evidence, which are {n_hypotheses(plan):,} hypotheses"
    n, run_length = n_detectors(plan), plan.evidence.run_length
    if not n:
        yield f"{asked}. No row has a detector, so `recent` stays empty."
        return
    yield (
        f"{asked}. {n:,} detectors (worse and better for {n // 2:,} rows) that each sound a false alarm once in "
        f"{run_length:,} looks on average do so together about once in {run_length / n:,.0f} looks at most; "
        "`recent` corrects for their number."
    )


def _disadvantaged(plan: Plan) -> list[str]:
    return [group.id for group in plan.groups if group.disadvantaged]


def _has_means(plan: Plan, indicator: Indicator) -> bool:
    """Say whether means are compared, not counts of events."""
    return indicator.type == "continuous" or plan.cluster is not None
