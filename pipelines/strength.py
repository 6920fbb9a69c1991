"""How strong the evidence of every comparison of an indicator is after a look, and whether it may count at all."""

import numpy as np

from contracts.plan import FEWEST_CLUSTERS, Plan
from pipelines.comparisons import WORSE, BoolArray, FloatArray, IntArray, signs
from pipelines.evidence.clusters import cluster_spread
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.means import log_e_means
from pipelines.evidence.profiles import smallest_product
from pipelines.measures import Method
from pipelines.tracks import Step, fold_evidence
from pipelines.watched import Watched

_THETAS = 2001
"""Points of the grid of differences that a continuous outcome can have."""


def strengthen(watched: Watched, step: Step, plan: Plan) -> None:
    """Bring the evidence of every comparison up to date with a look that was folded in."""
    tracks, wiring = watched.tracks, watched.wiring
    if plan.measured == "repeatedly":
        _fold_repeated(watched, step, plan)
    else:
        has_detector = watched.measure.method is Method.EXACT
        step = _without(step, wiring.has_before) if has_detector else step
        fold_evidence(tracks, step, has_detector=has_detector)
        tracks.strength = _strength(watched, plan)
    np.maximum(tracks.peak, tracks.strength[:, WORSE], out=tracks.peak)


def has_detector(watched: Watched, plan: Plan) -> BoolArray:
    """Return which comparisons have e-detectors: exact evidence against one null, of units that count once."""
    has_any = watched.measure.method is Method.EXACT and plan.measured == "once"
    return ~watched.wiring.has_before & has_any


def _without(step: Step, flags: BoolArray) -> Step:
    """Return the step of the comparisons that have one null; the others add nothing to e-processes against one."""
    touched = step.touched[~flags[step.touched]]
    log_e = np.where(flags[:, None, None], 0.0, step.log_e)
    return Step(log_e, step.spread, step.people, touched, step.changed)


def _strength(watched: Watched, plan: Plan) -> FloatArray:
    """Return the log e-processes that multiply over looks; shape (rows, 2)."""
    tracks, wiring = watched.tracks, watched.wiring
    if watched.measure.method is Method.EXACT:
        strength = average_bets(tracks.log_e)
    else:
        strength = _of_means(watched, tracks.spread, tracks.units, plan)
    before = np.flatnonzero(wiring.has_before)
    if len(before):
        strength[before] = _against_before(watched, before, plan)
    return strength


def _of_means(watched: Watched, spread: FloatArray, units: IntArray, plan: Plan) -> FloatArray:
    """Return the one-sided asymptotic log e-processes of means, 0 behind their gate; shape (rows, 2)."""
    ready = has_passed_gate(units, watched, plan)
    sums = spread_of_rows(watched, spread)
    strength = np.zeros((len(sums), 2))
    for way, sign in enumerate(signs(watched.indicator)):
        log_e = log_e_means(*sums.T, tau=_tau(watched), null=watched.wiring.nulls[:, way], sign=sign)
        strength[:, way] = np.where(ready, log_e, 0.0)
    return strength


def spread_of_rows(watched: Watched, spread: FloatArray) -> FloatArray:
    """Return the sums of w, w D and w^2 v of every comparison; shape (rows, 3)."""
    return cluster_spread(spread) if watched.measure.method is Method.CLUSTERS else spread


def has_passed_gate(units: IntArray, watched: Watched, plan: Plan) -> BoolArray:
    """Return which comparisons have enough units, before the policy too where that is asked; shape (rows,).

    Args:
        units: Units of both sides since the policy; shape (rows, 2).
        watched: The indicator.
        plan: Its plan.
    """
    has_before = has_enough(watched.tracks.people_before, watched, plan)
    return has_enough(units, watched, plan) & (~watched.wiring.has_before | has_before)


def has_enough(units: IntArray, watched: Watched, plan: Plan) -> BoolArray:
    """Return which comparisons have enough of these units for their kind of evidence; arguments as above."""
    least = {
        Method.EXACT: plan.disclosure.minimum_cell,
        Method.MEANS: max(plan.evidence.minimum_n, plan.disclosure.minimum_cell),
        Method.CLUSTERS: max(FEWEST_CLUSTERS, plan.disclosure.minimum_cell),
    }[watched.measure.method]
    enough: BoolArray = (units[:, 1] >= least) & ((units[:, 0] >= least) | watched.wiring.is_level)
    return enough


def _tau(watched: Watched) -> float:
    return watched.indicator.relevant_difference


def _against_before(watched: Watched, rows: IntArray, plan: Plan) -> FloatArray:
    """Return the log e-processes against "as before the policy, within the margin"; shape (rows, 2).

    The product of evidence that it was on one side of a value before and is beyond it now, at the worst value.
    """
    strength = np.zeros((len(rows), 2))
    for way, sign in enumerate(signs(watched.indicator)):
        if sign < 0:
            strength[:, way] = smallest_product(
                beyond(watched, rows, sign=1, is_before=True), beyond(watched, rows, sign=-1, way=way)
            )
        else:
            strength[:, way] = smallest_product(
                beyond(watched, rows, sign=1, way=way), beyond(watched, rows, sign=-1, is_before=True)
            )
    ready = has_passed_gate(watched.tracks.units, watched, plan)[rows]
    return np.where(ready[:, None], strength, 0.0)


def beyond(
    watched: Watched,
    rows: IntArray,
    *,
    sign: int,
    way: int | None = None,
    is_before: bool = False,
    reach: float | None = None,
) -> FloatArray:
    """Return the log e-processes against "not beyond theta" for every theta of a grid; shape (rows, thetas).

    Args:
        watched: The indicator.
        rows: Comparisons.
        sign: 1 for evidence of more than theta, -1 for less.
        way: Direction whose margin moves the grid; None moves nothing.
        is_before: Whether evidence from before the policy is asked for.
        reach: Of means, where the grid of differences ends; the span of the indicator where None.
    """
    shift = watched.wiring.nulls[rows, way] if way is not None else np.zeros(len(rows))
    if watched.measure.method is Method.EXACT:
        evidence = watched.profiles.above if sign > 0 else watched.profiles.below
        return evidence(rows, is_before=is_before, shift=shift)
    tracks = watched.tracks
    sums = spread_of_rows(watched, tracks.spread_before if is_before else tracks.spread)[rows]
    thetas = np.linspace(-1.0, 1.0, _THETAS) * (reach or span_of(watched))
    columns = (sums[:, [place]] for place in range(3))
    return log_e_means(*columns, tau=_tau(watched), null=thetas + shift[:, None], sign=float(sign))


def span_of(watched: Watched) -> float:
    """Return the largest difference that an outcome can have."""
    return watched.indicator.high - watched.indicator.low


def _fold_repeated(watched: Watched, step: Step, plan: Plan) -> None:
    """Add the look's e-values: their mean over the planned looks may be read at any time, whatever the dependence.

    A look that lies before the policy is none of the planned ones.
    """
    tracks, n_looks, n_closed = watched.tracks, plan.n_looks or 1, watched.open.index
    look = watched.open.period
    if plan.pre_period is not None and look is not None and plan.pre_period.holds(look):
        tracks.since_look = np.maximum(tracks.since_look, n_closed + 1)
        return
    if watched.measure.method is Method.EXACT:
        of_look = step.log_e
    else:
        of_look = _of_means(watched, step.spread, step.people[:, [0, 2]], plan)[:, :, None]
    is_planned = n_closed - tracks.since_look < n_looks
    tracks.log_e[is_planned] = np.logaddexp(tracks.log_e[is_planned], of_look[is_planned])
    tracks.strength = average_bets(tracks.log_e) - np.log(n_looks)
