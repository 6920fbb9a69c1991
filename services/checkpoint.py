"""What one checkpoint of the evaluator writes: state, findings, refusals, and the events that tell of them."""

from collections.abc import Container, Iterator
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.in_force import terms_of
from infra import metrics
from infra.at_rest import Keyring
from infra.postgres.blocks import StoredBlock, save_blocks
from infra.postgres.delivery_tallies import DeliveryOutcome, add_deliveries
from infra.postgres.looks import instant, save_looks
from infra.postgres.plans import mark_accepted
from infra.postgres.quarantine import Refused, SentAgain, mark_sent_again, save_refused
from infra.postgres.segments import Segments
from infra.postgres.tallies import Outcome, add_outcomes
from pipelines.changes import Changes, DeliveryTally
from services.telling import Orders, messages_of


async def save_changes(
    connection: AsyncConnection,
    partition: int,
    changes: Changes,
    *,
    ledger: Segments,
    keyring: Keyring,
    known: Container[str],
    now: datetime,
) -> Orders:
    """Write what a partition's records led to; returns the messages that tell of it, for the outbox.

    Args:
        connection: In the checkpoint's transaction.
        partition: Which partition.
        changes: From the fold.
        ledger: The partition's stored ledger.
        keyring: Encrypts what refused records held.
        known: Policies that live in the partition.
        now: When it is said, aware.
    """
    blocks = [StoredBlock(each.policy, each.name, each.data) for each in changes.blocks]
    refused = [Refused(each.record, each.policy, each.supplier, each.reasons) for each in changes.quarantined]
    outcomes = {
        who: Outcome(each.received, each.counted, each.duplicate, each.quarantined)
        for who, each in changes.tallies.items()
    }
    await save_blocks(connection, partition, blocks)
    for segment in changes.segments:
        await ledger.append(connection, changes.next_offset, kind=segment.kind, data=segment.data)
    for accepted in changes.accepted:
        await mark_accepted(connection, accepted.plan_sha256, offset=accepted.offset)
    await save_looks(connection, changes.closings)
    await save_refused(connection, partition, refused, keyring)
    await mark_sent_again(connection, _sent_again(changes))
    await add_outcomes(connection, partition, outcomes)
    await add_deliveries(connection, partition, map(_delivery, changes.deliveries))
    return messages_of(changes, refused, partition=partition, known=known, now=now)


def _sent_again(changes: Changes) -> Iterator[SentAgain]:
    for each in changes.replayed:
        yield SentAgain(each.partition, each.offset, each.outcome, each.reasons, terms_of(each.record.value))


def _delivery(tally: DeliveryTally) -> DeliveryOutcome:
    return DeliveryOutcome(
        tally.supplier,
        tally.upload,
        tally.policy,
        tally.received,
        tally.counted,
        tally.duplicate,
        tally.quarantined,
        again=tally.again,
        arrived_at=instant(tally.arrived_ms),
        earliest=tally.earliest,
        latest=tally.latest,
    )


def count(changes: Changes) -> None:
    """Add what was stored to the figures of this process."""
    for tally in changes.tallies.values():
        for outcome in ("counted", "duplicate", "quarantined"):
            metrics.OUTCOMES.labels(outcome).inc(getattr(tally, outcome))
    metrics.OUTCOMES.labels("rerouted").inc(len(changes.rerouted))
    metrics.LOOKS_CLOSED.inc(len(changes.closings))
    metrics.EVIDENCE_ROWS.inc(sum(len(closing.rows) for closing in changes.closings))
