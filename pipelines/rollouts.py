"""The rows of `roll_out`: what regions show that come under a policy at different times, without arms to compare."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from contracts.evidence import POOLED, EvidenceRow, State
from contracts.period import parse_period
from contracts.plan import Plan, RollOutClaim
from pipelines.comparisons import IntArray
from pipelines.evidence.roll_out import NEVER, Panel, RollOut, roll_out
from pipelines.looks import LookLabel
from pipelines.watched import Watched


def roll_out_row(watched: Watched, plan: Plan, look: LookLabel, *, began: Mapping[str, date]) -> EvidenceRow | None:
    """Return what a roll-out shows of an indicator after a look; None where the plan does not ask.

    No e-value stands behind it, so it is no hypothesis and never stands.

    Args:
        watched: The indicator.
        plan: The version in force.
        look: The look.
        began: First day of every region under any version of the policy.
    """
    claim = plan.claims.roll_out
    if claim is None or watched.indicator not in plan.indicators or not (first := starts_of(plan, claim, began)):
        return None
    panel = _panel(watched, first)
    rng = np.random.default_rng(int(plan.sha256[:16], 16))  # the same draws in every replay
    shown = roll_out(panel, drawn_by_lot=claim.drawn_by_lot, rng=rng, alpha=plan.evidence.alpha)
    return _row(shown, panel, watched, plan, look)


def starts_of(plan: Plan, claim: RollOutClaim, began: Mapping[str, date]) -> dict[str, date | None]:
    """Return the first day under the policy of every region, None where it never starts; empty if all are alike.

    A region of which the plan names no start began with the first version that has it. Areas elsewhere may be harmed by
    the policy, so they are compared with nothing here.
    """
    given, areas = dict(claim.starts), plan.choices.areas
    first: dict[str, date | None] = {
        region: began[region] if region in areas.here else None for region in (*areas.here, *areas.comparison)
    }
    first |= {region: period.start for region, period in given.items()}
    return first if len(set(first.values())) > 1 else {}


def _panel(watched: Watched, first: Mapping[str, date | None]) -> Panel:
    """Return the outcomes of regions over periods, of all units of every arm."""
    amounts = watched.panel.amounts
    regions = tuple(sorted(region for region in first if any(region == seen for seen, _ in amounts)))
    periods = tuple(sorted({period for _, period in amounts}, key=lambda each: parse_period(each).start))
    n = np.array([[amounts.get((region, period), (0, 0))[0] for period in periods] for region in regions])
    total = np.array([[amounts.get((region, period), (0, 0))[1] for period in periods] for region in regions])
    mean = total / np.maximum(n, 1) / watched.measure.unit
    shape = (len(regions), len(periods))
    return Panel(regions, periods, n.reshape(shape), mean.reshape(shape), _starts(regions, periods, first))


def _starts(regions: tuple[str, ...], periods: tuple[str, ...], first: Mapping[str, date | None]) -> IntArray:
    days = [parse_period(period).start for period in periods]
    starts = [NEVER if (start := first[region]) is None else sum(day < start for day in days) for region in regions]
    return np.array(starts, dtype=np.int64)


def _row(shown: RollOut, panel: Panel, watched: Watched, plan: Plan, look: LookLabel) -> EvidenceRow:
    treated, units = panel.is_treated, panel.n
    total = np.rint(panel.mean * units * watched.measure.unit).astype(np.int64)
    sides = [(int(units[at].sum()), watched.measure.written(int(total[at].sum()))) for at in (~treated, treated)]
    state: State = "too_early" if shown.estimate is None else "watching"
    return EvidenceRow(
        policy=plan.id,
        plan_version=plan.version,
        plan_sha256=plan.sha256,
        claim="roll_out",
        indicator=watched.indicator.id,
        other_indicator=None,
        arm=POOLED,
        region=POOLED,
        group=POOLED,
        look=look.label,
        look_index=look.index,
        offsets=look.offsets,
        n_a=sides[0][0],
        k_a=sides[0][1],
        n_b=sides[1][0],
        k_b=sides[1][1],
        scale=None if shown.estimate is None else "difference",
        estimate=shown.estimate,
        lower=shown.lower,
        upper=shown.upper,
        difference=shown.estimate,
        difference_lower=shown.lower,
        difference_upper=shown.upper,
        log_e_worse=0.0,
        log_e_better=0.0,
        log_detector_worse=None,
        log_detector_better=None,
        recent=None,
        guarantee="descriptive",  # it is read at every look, and holds at one
        state=state,
        stands=None,
        smallest_visible=None,
        reason=_reason(shown),
        placebos=shown.placebos,
    )


def _reason(shown: RollOut) -> str:
    """Return the reason, with how alike the regions moved before the policy and what other draws would have shown."""
    said = [shown.reason or "descriptive: the interval holds at one look"]
    if shown.pre_trend is not None and shown.p_pre_trend is not None:
        trend = f"{shown.pre_trend:.1f} standard errors (p = {shown.p_pre_trend:.3f})"
        said.append(f"before the policy regions differed by up to {trend}")
    if shown.p_lot is not None:
        said.append(f"{shown.p_lot:.3f} of the draws by lot show as much")
    return "; ".join(said)
