"""What the JSON API answers about the data of a policy."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from contracts.quality_rules import RULES
from infra.postgres.quality import LatestResult
from infra.postgres.quality_board import OpenPause
from services.console.records import TextRecord


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class TimelinessRecord(_Record):
    """Period against arrival; `at_once` is the share of `n` records that came before a later period began."""

    newest: str | None
    due: str | None
    due_before: date | None
    is_overdue: bool
    at_once: float | None
    n: int


class CompletenessRecord(_Record):
    """What the last look of an outcome counted, against the plan or the mean of the first looks; rounded."""

    indicator: str
    look: str
    seen: int | None
    expected: int | None
    is_planned: bool


class CoverageRecord(_Record):
    """Regions and groups of the plan without records, or with fewer people than its smallest cell."""

    regions: list[str]
    groups: list[str]
    n_regions: int
    n_groups: int


class RuleRecord(_Record):
    """The latest result of a rule of the inspector in a cell."""

    rule: str
    text: TextRecord
    severity: str
    outcome: str
    indicator: str
    arm: str
    region: str
    group: str
    look: str | None
    n: int | None
    figure: float | None
    bound: float | None
    why: str | None
    since: datetime


class PauseRecord(_Record):
    """Signals of a cell that are paused because a rule fails there."""

    rule: str
    indicator: str
    arm: str
    region: str
    group: str
    suppliers: list[str]
    began_at: datetime


class DataRecord(_Record):
    """How the data of a policy stand; `coverage` and `checked_at` are null before anything is known."""

    policy: str
    plan_version: int
    timeliness: TimelinessRecord
    completeness: list[CompletenessRecord]
    coverage: CoverageRecord | None
    checked_at: datetime | None
    rules: list[RuleRecord]
    pauses: list[PauseRecord]
    findings_held_back: int


def rule_record(latest: LatestResult) -> RuleRecord:
    """Return the latest result of a rule."""
    result, rule = latest.result, RULES[latest.result.rule]
    names = (each for each in RuleRecord.model_fields if each not in {"text", "since"})
    facts = {name: getattr(result, name) for name in names}
    return RuleRecord(**facts, text=TextRecord(nl=rule.text.nl, en=rule.text.en), since=latest.since)


def pause_record(pause: OpenPause) -> PauseRecord:
    """Return a pause."""
    cell = pause.series.cell
    return PauseRecord(
        rule=pause.series.rule,
        indicator=cell.indicator,
        arm=cell.arm,
        region=cell.region,
        group=cell.group,
        suppliers=list(pause.suppliers),
        began_at=pause.began_at,
    )
