"""Verdicts as they are told, by command, page and API alike: disclosure-checked, with the view across places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import POOLED, Claim, Direction, EvidenceRow
from contracts.figures import HeldBack, Shown
from contracts.plan import Plan
from infra.postgres import evidence_reading
from infra.postgres.evidence_reading import Chosen
from pipelines.across_sites import across_sites
from pipelines.disclosure import disclose, disclose_evidence
from pipelines.evidence.sites import AcrossSites
from pipelines.verdicts import Expected, Verdict, Why, Word, verdicts
from services.claimed import combined, comparisons

_ABOUT_EFFECTS: frozenset[Claim] = frozenset({"effect", "divergence"})
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the effect stands: of whom and in which region, and which way."""

    claim: Claim
    group: str
    region: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class ToldVerdict:
    """The verdict on an outcome and arm, as far as it may be shown; differences are in outcome units.

    Attributes:
        indicator, arm: Which effect.
        word, why: The verdict, and the rule that gave it.
        difference, lower, upper: Watched minus reference for everybody, with its interval.
        held_back: Why these are missing, where a cell is small.
        smallest_visible, relevant_difference: Smallest difference that could have been seen, and that matters.
        rules_out_relevant: Whether a difference that matters is ruled out, either way.
        expected: What was registered before the first look, and whether that is what is seen.
        standing: Where it stands.
        sites: The view across regions; None where it cannot be had.
    """

    policy: str
    indicator: str
    arm: str
    word: Word
    why: Why
    difference: float | None
    lower: float | None
    upper: float | None
    held_back: HeldBack | None
    smallest_visible: float | None
    relevant_difference: float
    rules_out_relevant: bool
    expected: Expected | None
    standing: tuple[Standing, ...]
    sites: AcrossSites | None


def told(rows: Sequence[EvidenceRow], plan: Plan) -> tuple[ToldVerdict, ...]:
    """Return the verdict on every outcome and watched arm of a plan, in its order; none where it has no arms.

    Args:
        rows: Its evidence; of what was told more than once the last row counts.
        plan: The plan in force.
    """
    sites = across_sites(rows, plan)
    return tuple(_told(each, plan, sites.get((each.indicator, each.arm))) for each in verdicts(rows, plan))


def effects_of(plan: Plan, arm: str | None = None) -> tuple[Chosen, ...]:
    """Return the comparisons that verdicts rest on, of one arm or of all."""
    return tuple(each if arm is None else replace(each, arms=(arm,)) for each in _effects(plan))


async def read(connection: AsyncConnection, plan: Plan, arm: str | None = None) -> tuple[ToldVerdict, ...]:
    """Return the verdicts by the latest evidence in the store, on one arm or on all."""
    chosen = effects_of(plan, arm)
    rows = [seen.row for each in chosen for seen in await evidence_reading.latest(connection, plan.id, each)]
    return tuple(each for each in told(rows, plan) if arm in {None, each.arm})


def _effects(plan: Plan) -> Iterator[Chosen]:
    for pooled in (True, False):
        every = (*comparisons(plan, pooled=pooled), *combined(plan, pooled=pooled))
        yield from (each for each in every if each.claims[0] in _ABOUT_EFFECTS)


def _told(verdict: Verdict, plan: Plan, sites: AcrossSites | None) -> ToldVerdict:
    indicator, whole = plan.indicator(verdict.indicator), verdict.whole
    shown = Shown() if whole is None else disclose(whole, plan)
    return ToldVerdict(
        policy=plan.id,
        indicator=verdict.indicator,
        arm=verdict.arm,
        word=verdict.word,
        why=verdict.why,
        difference=shown.difference,
        lower=shown.difference_lower,
        upper=shown.difference_upper,
        held_back=shown.held_back,
        smallest_visible=None if whole is None else disclose_evidence(whole, plan).smallest_visible,
        relevant_difference=0.0 if indicator is None else indicator.relevant_difference,
        rules_out_relevant=verdict.rules_out_relevant,
        expected=verdict.expected,
        standing=tuple(_standing(verdict.standing)),
        sites=None if sites is None or shown.held_back is not None else _rounded(sites),
    )


def _standing(rows: Sequence[EvidenceRow]) -> Iterator[Standing]:
    for row in sorted(rows, key=lambda each: (each.region != POOLED, each.region, each.group != POOLED, each.group)):
        if row.stands is not None:
            yield Standing(row.claim, row.group, row.region, row.stands)


def _rounded(sites: AcrossSites) -> AcrossSites:
    figures = ("estimate", "lower", "upper", "tau2", "i2", "predicted_lower", "predicted_upper")
    return replace(sites, **{name: round(getattr(sites, name), _DECIMALS) for name in figures})
