"""Evidence: what a look says about one claim. One JSON object a row; the field names are fixed."""

from typing import Literal

import msgspec

Claim = Literal[
    "effect",
    "gap",
    "elsewhere",
    "level",
    "divergence",
    "effects_differ",
    "average_hides",
    "trade_off",
    "co_benefit",
    "later",
    "cumulation",
    "roll_out",
]
COMBINED: frozenset[Claim] = frozenset(
    {"divergence", "effects_differ", "average_hides", "trade_off", "co_benefit", "later", "cumulation"}
)
"""Claims that several comparisons make together."""

Direction = Literal["worse", "better"]
Guarantee = Literal["exact", "asymptotic", "descriptive"]
State = Literal["too_early", "watching", "standing", "withdrawn"]

REFUSALS = ("too_early", "too_few", "descriptive", "not_identified")
"""Codes that begin a `reason`: wait for data, it will never be enough people, no guarantee, cannot be told at all."""

POOLED = "all"
"""The value of `arm`, `region` and `group` in a row that is pooled over them."""


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one look says about one claim.

    Attributes:
        policy, plan_version, plan_sha256: Which plan.
        claim: Which kind of claim.
        indicator, other_indicator: What is measured; the second only for pairs (of `later` the shorter maturity).
            `<indicator>.missing` is whose outcome was not received, `all` is every indicator (`cumulation`).
        arm, region, group: The watched cell; `all` where pooled.
        look: Label of the period of the indicator's last closed look.
        look_index: That look's number, from 1.
        offsets: First and last input offset that the look covers.
        n_a, k_a, n_b, k_b: Cumulative people (or clusters) and events, reference (a) and watched (b); of a continuous
            outcome the sum of values. `level` has no reference: 0.
        scale: `odds_ratio` or `difference`; None while too early.
        estimate, lower, upper: Mantel-Haenszel odds ratio b:a and its anytime-valid interval (of `roll_out` it holds at
            one look); a bound that does not exist is None.
        difference, difference_lower, difference_upper: b minus a in outcome units, weighted over strata.
        log_e_worse, log_e_better: Log e-processes (nats).
        log_detector_worse, log_detector_better: Log e-detectors (nats); None before the first table.
        recent: Direction found by e-BH over the detectors.
        guarantee: What the e-process promises.
        state: Where the claim is in its life.
        stands: Direction found by e-BH over the e-processes.
        smallest_visible: Smallest difference that 80 % of repetitions would have shown by now (outcome units). Of a
            combined claim, and against the time before the policy, that of its own part alone: at least as much.
        reason: Why nothing, or less, may be concluded, as `code: text` with the codes of `REFUSALS`; None otherwise.
        selected_lower, selected_upper: Interval on the row's scale that also allows for having been selected as
            standing; None where nothing stands.
        other_difference, other_difference_lower, other_difference_upper: Of a combined claim, the other part on its
            outcome's own scale: the rest (`divergence`, `effects_differ`), everybody's effect (`average_hides`), the
            effect on `other_indicator`. The row's own figures are those of `indicator` and `group`.
        began: Of a row with `recent`, the look in which the change most likely began.
        placebos: Of `elsewhere` and `roll_out`, how many comparison regions or placebo starts show at least as much,
            and of how many.
    """

    policy: str
    plan_version: int
    plan_sha256: str
    claim: Claim
    indicator: str
    other_indicator: str | None
    arm: str
    region: str
    group: str
    look: str
    look_index: int
    offsets: tuple[int, int]
    n_a: int
    k_a: int | float
    n_b: int
    k_b: int | float
    scale: Literal["odds_ratio", "difference"] | None
    estimate: float | None
    lower: float | None
    upper: float | None
    difference: float | None
    difference_lower: float | None
    difference_upper: float | None
    log_e_worse: float
    log_e_better: float
    log_detector_worse: float | None
    log_detector_better: float | None
    recent: Direction | None
    guarantee: Guarantee
    state: State
    stands: Direction | None
    smallest_visible: float | None
    reason: str | None
    selected_lower: float | None = None
    selected_upper: float | None = None
    other_difference: float | None = None
    other_difference_lower: float | None = None
    other_difference_upper: float | None = None
    began: int | None = None
    placebos: tuple[int, int] | None = None
