"""What came of one policy's records in a micro-batch, and how it is stored and told."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.events import QUALITY, QualityChecked, cloudevent_headers, encode_event
from contracts.log import Message
from contracts.plan import Plan
from contracts.quality import Outcome
from infra.expectations import Validated
from infra.postgres.pauses import begin_pauses, end_pauses
from infra.postgres.quality import CheckedBatch, StoredDocument, save_batch, save_documents, save_results
from pipelines.quality import Conclusion, Examination
from pipelines.quality_rows import Lot

SOURCE = "/leerlus/inspector"


@dataclass(frozen=True, slots=True)
class Inspected:
    """A lot that was examined, validated and concluded."""

    examination: Examination
    validated: tuple[Validated, ...]
    conclusion: Conclusion

    @property
    def lot(self) -> Lot:
        """The records."""
        return self.examination.lot

    @property
    def policy(self) -> str:
        """Whose they are."""
        return self.lot.plan.id

    def count(self, outcome: Outcome) -> int:
        """Return how many results have this outcome."""
        return Counter(each.outcome for each in self.conclusion.results)[outcome]


async def save_inspected(
    connection: AsyncConnection, partition: int, inspected: Inspected, *, now: datetime
) -> list[Message]:
    """Store what came of a lot, and return the message that tells of it."""
    lot, conclusion = inspected.lot, inspected.conclusion
    plan = lot.plan
    await save_batch(connection, _batch(partition, inspected, now))
    await save_results(connection, plan.id, conclusion.told, plan_version=plan.version, last_offset=lot.last, now=now)
    await save_documents(connection, _documents(inspected, now))
    begun = {series.pause_id(plan.id, lot.first): series for series in conclusion.begun}
    await begin_pauses(connection, plan, begun, suppliers=sorted(lot.suppliers), now=now)
    await end_pauses(connection, plan.id, conclusion.ended, now=now)
    return [_message(partition, inspected, now)]


def _batch(partition: int, inspected: Inspected, now: datetime) -> CheckedBatch:
    lot = inspected.lot
    return CheckedBatch(
        policy=lot.plan.id,
        plan_version=lot.plan.version,
        partition=partition,
        first_offset=lot.first,
        last_offset=lot.last,
        n_records=_shown(len(lot.rows), lot.plan),
        n_passed=inspected.count("passed"),
        n_failed=inspected.count("failed"),
        n_could_not_run=inspected.count("could_not_run"),
        n_not_applicable=inspected.count("not_applicable"),
        checked_at=now,
    )


def _shown(n: int, plan: Plan) -> int | None:
    step = plan.disclosure.round_to
    return None if n < plan.disclosure.minimum_cell else (n + step // 2) // step * step


def _documents(inspected: Inspected, now: datetime) -> list[StoredDocument]:
    lot = inspected.lot
    return [
        StoredDocument(
            policy=lot.plan.id,
            frame=frame.name,
            expectations=frame.expectations,
            document=validated.document,
            first_offset=lot.first,
            last_offset=lot.last,
            checked_at=now,
        )
        for frame, validated in zip(inspected.examination.frames, inspected.validated, strict=True)
        if validated.document
    ]


def _message(partition: int, inspected: Inspected, now: datetime) -> Message:
    lot = inspected.lot
    event = QualityChecked(
        policy=lot.plan.id,
        plan_version=lot.plan.version,
        plan_sha256=lot.plan.sha256,
        partition=partition,
        offsets=(lot.first, lot.last),
        n_records=_shown(len(lot.rows), lot.plan),
        n_passed=inspected.count("passed"),
        n_failed=inspected.count("failed"),
        n_could_not_run=inspected.count("could_not_run"),
        n_not_applicable=inspected.count("not_applicable"),
        results=tuple(each for each in inspected.conclusion.told if each.outcome != "not_applicable"),
    )
    headers = tuple(cloudevent_headers(event, source=SOURCE, time=now))
    return Message(QUALITY, None, event.policy.encode(), headers, encode_event(event))
