"""A plan as the engine uses it: the pre-registration of a policy or an experiment.

A plan comes from YAML through `contracts.plan_reader`, which refuses what is not understood. Registered, it is frozen:
`sha256` is the digest of its canonical JSON, and a change is a new version with a reason.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from contracts.period import Duration, Look, Period

Direction = Literal["higher_is_better", "lower_is_better"]

MISSING = ".missing"
"""Ends the id of the indicator that says whose outcome was not received; no id in a plan holds a point."""

FEWEST_CLUSTERS = 30
"""Clusters on each side without which evidence from clusters is not looked at."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Dutch, English or both; a plain string in a plan counts for both."""

    nl: str | None
    en: str | None

    def in_language(self, language: str) -> str:
        """Return the text in `language` (`nl` or `en`), or in the other one where that is all there is."""
        first, second = (self.en, self.nl) if language == "en" else (self.nl, self.en)
        return first or second or ""


@dataclass(frozen=True, slots=True)
class Owner:
    """The office that decides; never a person."""

    office: str
    table: str | None
    contact: str | None


@dataclass(frozen=True, slots=True)
class Loser:
    """Who may lose by the policy, and the cell that watches over them (None where a part is not named)."""

    who: Text
    indicator: str | None
    arm: str | None
    group: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class Areas:
    """Where the policy applies, where it could harm, and what that is compared with.

    Attributes:
        code_list: Where the codes are listed with the time in which each is in force, as `<id>@<version>`.
    """

    here: tuple[str, ...]
    elsewhere: tuple[str, ...]
    comparison: tuple[str, ...]
    code_list: str | None = None

    @property
    def every(self) -> tuple[str, ...]:
        """All regions the plan knows."""
        return self.here + self.elsewhere + self.comparison


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen before the first look."""

    for_whom: Text
    not_for_whom: Text
    losers: tuple[Loser, ...]
    no_losers_because: Text | None
    areas: Areas
    alternatives: tuple[Text, ...]
    fairness: Literal["worst_off_first", "parity", "sufficiency"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """How units came into their arm; `strata` are compared within."""

    kind: Literal["randomised", "rollout", "none"]
    strata: tuple[Literal["region", "cohort"], ...]


@dataclass(frozen=True, slots=True)
class Arms:
    """The reference arm and the arms that are watched against it.

    Attributes:
        planned: Units that are to be enrolled, per arm, for every arm or for none.
    """

    reference: str
    watched: tuple[str, ...]
    planned: tuple[tuple[str, int], ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        """All arms, the reference first."""
        return (self.reference, *self.watched)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people that the plan follows; `order` makes groups an ordered scale."""

    id: str
    label: Text
    disadvantaged: bool
    order: int | None


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured, which way is better, and which difference matters.

    Attributes:
        low, high: Bounds of a value; 0 and 1 for binary outcomes.
        decimals: Decimals that are counted exactly; 0 for binary outcomes.
        relevant_difference: Smallest difference that matters (outcome units).
        expected: Registered expectation per arm, as (low, high) of the difference.
    """

    id: str
    label: Text
    type: Literal["binary", "continuous"]
    direction: Direction
    aspect: Literal["economic", "social", "ecological"]
    horizon: Literal["now", "later"]
    maturity: Duration | None
    role: Literal["primary", "guardrail", "context"]
    relevant_difference: float
    margin_difference: float
    low: float
    high: float
    decimals: int
    floor: float | None
    target: float | None
    later_of: str | None
    expected: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class PrePeriod:
    """Where a baseline is estimated: from the start of `first` to the end of `last`."""

    first: Period
    last: Period

    def holds(self, period: Period) -> bool:
        """Say whether a period lies inside."""
        return self.first.start <= period.start and period.end <= self.last.end


@dataclass(frozen=True, slots=True)
class EffectClaim:
    """Settings of `effect`."""

    margin_odds_ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class GapClaim:
    """Settings of `gap`.

    Attributes:
        baseline: Where the accepted gap comes from; `none` is an odds ratio of 1.
        odds_ratio: Declared baseline per (indicator, group), 1 where absent.
        margin: Forgiven besides, at most 1.
        baseline_scale: `marginal` where the declared figures are over all strata together: rows are then descriptive.
    """

    baseline: Literal["declared", "pre_period", "none"] = "none"
    odds_ratio: dict[tuple[str, str], float] = field(default_factory=dict)
    margin: float = 0.9
    baseline_scale: Literal["conditional", "marginal"] = "conditional"


@dataclass(frozen=True, slots=True)
class ElsewhereClaim:
    """Settings of `elsewhere`; the baseline is always the time before the policy."""

    margin: float = 0.9


@dataclass(frozen=True, slots=True)
class PairsClaim:
    """Pairs of indicators, as ids: of `trade_off` both orders are tested, of `co_benefit` each once."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CumulationClaim:
    """Worse on at least so many of the primary and guardrail indicators."""

    at_least: int = 3


@dataclass(frozen=True, slots=True)
class RollOutClaim:
    """Settings of `roll_out`.

    Attributes:
        starts: First period under the policy per region; regions of `areas.here` that are absent start with
            `effective_from`, all other areas never.
        drawn_by_lot: Whether the starts were drawn by lot.
    """

    starts: tuple[tuple[str, Period], ...] = ()
    drawn_by_lot: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """What is tested; None or False where a claim is not."""

    effect: EffectClaim | None = None
    gap: GapClaim | None = None
    elsewhere: ElsewhereClaim | None = None
    level: bool = False
    divergence: bool = False
    effects_differ: bool = False
    average_hides: bool = False
    trade_off: PairsClaim | None = None
    co_benefit: PairsClaim | None = None
    later: bool = False
    cumulation: CumulationClaim | None = None
    roll_out: RollOutClaim | None = None


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """How much may go wrong, and the bets.

    Attributes:
        alpha: Promised bound on false findings.
        run_length: Average number of looks between false alarms of one detector.
        minimum_events, minimum_n: Gates of asymptotic claims (a side).
        bets: Distances from the null in log odds, positive, multiples of 0.1.
    """

    alpha: float = 0.05
    run_length: int = 10_000
    minimum_events: int = 10
    minimum_n: int = 100
    bets: tuple[float, ...] = (0.3, 0.5, 0.8, 1.2)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Cells with fewer people are not shown; counts are rounded."""

    minimum_cell: int = 10
    round_to: int = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked plan; `canonical` is the JSON of what was written, `sha256` its digest.

    Attributes:
        cluster: What was assigned or served as a whole; clusters are counted then, not units.
        n_looks: Planned number of looks where units are measured repeatedly.
    """

    id: str
    version: int
    sha256: str
    supersedes_reason: Text | None
    kind: Literal["experiment", "policy"]
    title: Text
    question: Text
    owner: Owner
    effective_from: Period
    choices: Choices
    unit: str
    cluster: str | None
    measured: Literal["once", "repeatedly"]
    n_looks: int | None
    look: Look
    lateness: Duration
    assignment: Assignment
    arms: Arms | None
    groups: tuple[Group, ...]
    programme: str | None
    indicators: tuple[Indicator, ...]
    claims: Claims
    evidence: EvidenceSettings
    pre_period: PrePeriod | None
    follow_up: Duration | None
    disclosure: Disclosure
    canonical: bytes

    def indicator(self, indicator_id: str) -> Indicator | None:
        """Return the indicator with this id, the missingness of one included, or None."""
        known = self.watched_indicators if indicator_id.endswith(MISSING) else self.indicators
        return next((each for each in known if each.id == indicator_id), None)

    @property
    def watched_indicators(self) -> tuple[Indicator, ...]:
        """The indicators, and after them the missingness of each where arms are compared and outcomes have a time."""
        if self.arms is None or self.claims.effect is None or self.measured == "repeatedly":
            return self.indicators
        return (*self.indicators, *(missing_of(each) for each in self.indicators if each.maturity is not None))


def missing_of(indicator: Indicator) -> Indicator:
    """Return the indicator "no outcome was received in time", a binary one of its own.

    Its `relevant_difference` is 0.05: drop-out that differs by less between arms is common.
    """
    label = Text(
        f"geen uitkomst ontvangen: {indicator.label.in_language('nl')}",
        f"no outcome received: {indicator.label.in_language('en')}",
    )
    return replace(
        indicator,
        id=indicator.id + MISSING,
        label=label,
        type="binary",
        direction="lower_is_better",
        role="context",
        relevant_difference=0.05,
        margin_difference=0.0,
        low=0.0,
        high=1.0,
        decimals=0,
        floor=None,
        target=None,
        later_of=None,
        expected=(),
    )
