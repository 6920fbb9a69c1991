"""What the JSON API answers, record by record, through the same disclosure rule as the pages."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.evidence import POOLED
from contracts.plan import Plan, Text
from infra.postgres.evidence_reading import Seen
from infra.postgres.reading import StoredPlan, StoredSignal
from pipelines.disclosure import disclose, disclose_evidence, disclosed_reason


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class TextRecord(_Record):
    """A text in Dutch, English or both."""

    nl: str | None
    en: str | None


class PolicyRecord(_Record):
    """A policy or experiment and the plan it follows."""

    id: str
    version: int
    sha256: str
    is_accepted: bool
    kind: str
    title: TextRecord
    owner_office: str
    regions: list[str]
    arms: list[str]
    groups: list[str]
    indicators: list[str]


class SignalRecord(_Record):
    """A signal as it is now."""

    id: UUID
    number: str
    policy: str
    plan_version: int
    claim: str
    indicator: str
    other_indicator: str | None
    arm: str
    region: str
    group: str
    direction: str
    severity: str
    state: str
    owner_office: str
    owner_table: str | None
    decide_before: datetime
    raised_at: datetime
    changed_at: datetime


class EvidenceQuery(BaseModel):
    """Which comparisons; what is left out may be anything.

    Attributes:
        history: Every look instead of the latest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str
    claim: str | None = None
    indicator: str | None = None
    other_indicator: str | None = None
    arm: str | None = None
    region: str = POOLED
    group: str | None = None
    history: bool = False


class EvidenceRecord(_Record):
    """What a look says about one claim, as far as it may be shown: `held_back` says why figures are missing.

    Of a continuous outcome `share_a` and `share_b` are means. `other_difference` is the other part of a combined claim.
    """

    policy: str
    plan_version: int
    plan_sha256: str
    claim: str
    indicator: str
    other_indicator: str | None
    arm: str
    region: str
    group: str
    look: str
    look_index: int
    closing: int
    closed_at: datetime | None
    n_a: int | None
    n_b: int | None
    share_a: float | None
    share_b: float | None
    scale: str | None
    estimate: float | None
    lower: float | None
    upper: float | None
    difference: float | None
    difference_lower: float | None
    difference_upper: float | None
    selected_lower: float | None
    selected_upper: float | None
    other_difference: float | None
    other_difference_lower: float | None
    other_difference_upper: float | None
    smallest_visible: float | None
    held_back: str | None
    log_e_worse: float | None
    log_e_better: float | None
    recent: str | None
    began: int | None
    placebos: tuple[int, int] | None
    guarantee: str
    state: str
    stands: str | None
    reason: str | None


def policy_record(stored: StoredPlan) -> PolicyRecord:
    """Return a policy with its plan."""
    plan = stored.plan
    return PolicyRecord(
        id=plan.id,
        version=plan.version,
        sha256=plan.sha256,
        is_accepted=stored.is_accepted,
        kind=plan.kind,
        title=_text(plan.title),
        owner_office=plan.owner.office,
        regions=list(plan.choices.areas.every),
        arms=list(plan.arms.every) if plan.arms is not None else [],
        groups=[group.id for group in plan.groups],
        indicators=[indicator.id for indicator in plan.indicators],
    )


def _text(text: Text) -> TextRecord:
    return TextRecord(nl=text.nl, en=text.en)


def signal_record(signal: StoredSignal) -> SignalRecord:
    """Return a signal."""
    return SignalRecord.model_validate(signal)


def evidence_record(seen: Seen, plan: Plan) -> EvidenceRecord:
    """Return a row as it may be shown: what is held back, is, and e-values are too coarse to count people from."""
    row, shown = seen.row, disclose(seen.row, plan)
    evidence = disclose_evidence(row, plan)
    sources = (evidence, shown, row, seen)
    facts = {
        name: next(getattr(source, name) for source in sources if hasattr(source, name))
        for name in EvidenceRecord.model_fields
    }
    return EvidenceRecord(**facts | {"reason": disclosed_reason(row, plan)})
