"""How the evaluator's findings become messages: which event, on which topic, in whose order."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from contracts.events import (
    EVENT_TOPICS,
    OBSERVATIONS,
    ORIGIN_HEADER,
    Event,
    LookClosed,
    RecordQuarantined,
    cloudevent_headers,
    encode_event,
)
from contracts.log import Message
from infra.postgres.quarantine import Refused
from infra.postgres.storable import storable_or_none
from pipelines.changes import Changes, Rerouted

SOURCE = "/leerlus/evaluator"

ROWS_PER_EVENT = 500
"""Evidence rows in one event; a look with more becomes several."""

Orders = Mapping[str, Sequence[Message]]
"""Messages by whose order they follow: a policy's, that of a home partition, or that of all unknown policies ("")."""


def messages_of(
    changes: Changes, refused: Iterable[Refused], *, partition: int, known: Container[str], now: datetime
) -> Orders:
    """Return the messages that tell of what a partition's records led to.

    Args:
        changes: From the fold.
        refused: Its refused records.
        partition: Where they lie.
        known: Policies that live there; others keep no order of their own, since anyone can make them up.
        now: When it is said, aware.
    """
    orders: dict[str, list[Message]] = defaultdict(list)
    for accepted in changes.accepted:
        orders[accepted.policy].append(_told(accepted, accepted.policy, now))
    for closing in changes.closings:
        orders[closing.policy] += (_told(part, closing.policy, now) for part in parts_of(closing))
    for place, each in [*((partition, each) for each in refused), *_refused_again(changes)]:
        order = each.policy if each.policy is not None and each.policy in known else ""
        event = quarantine_event(each, place)
        orders[order].append(_told(event, event.policy or event.supplier, now))
    for rerouted in changes.rerouted:
        orders[f"home {rerouted.home}"].append(sent_home(rerouted))
    return orders


def _refused_again(changes: Changes) -> Iterator[tuple[int, Refused]]:
    """Yield the records that were refused again, at the place where they were refused first."""
    for each in changes.replayed:
        if each.outcome == "refused":
            record = msgspec.structs.replace(each.record, offset=each.offset)
            yield each.partition, Refused(record, each.policy, each.supplier, each.reasons)


def parts_of(closing: LookClosed) -> Iterator[LookClosed]:
    """Yield a look as events of at most `ROWS_PER_EVENT` rows; at least one, which says all that is no row."""
    starts = range(0, max(1, len(closing.rows)), ROWS_PER_EVENT)
    bare = msgspec.structs.replace(closing, warnings=(), inequality=())
    for number, start in enumerate(starts, 1):
        rows = closing.rows[start : start + ROWS_PER_EVENT]
        part = closing if number == 1 else bare
        yield msgspec.structs.replace(part, rows=rows, part=number, parts=len(starts))


def quarantine_event(refused: Refused, partition: int) -> RecordQuarantined:
    """Return the event that tells of a refused record: where it lies and why, nothing of what it holds."""
    return RecordQuarantined(
        policy=storable_or_none(refused.policy),
        supplier=storable_or_none(refused.supplier),
        upload=refused.upload,
        line=refused.line,
        partition=partition,
        offset=refused.record.offset,
        codes=tuple(reason.code for reason in refused.reasons),
        places=tuple(storable_or_none(reason.place) or "" for reason in refused.reasons),
        contract=str(refused.terms),
    )


def sent_home(rerouted: Rerouted) -> Message:
    """Return a record as it goes to its home partition: as it is, with the origin that identifies it."""
    record = rerouted.record
    headers = (header for header in record.headers if header[0] != ORIGIN_HEADER)
    key = rerouted.policy.encode()
    return Message(OBSERVATIONS, rerouted.home, key, (*headers, (ORIGIN_HEADER, rerouted.origin)), record.value)


def _told(event: Event, key: str | None, now: datetime) -> Message:
    headers = tuple(cloudevent_headers(event, source=SOURCE, time=now))
    return Message(EVENT_TOPICS[type(event)], None, key.encode() if key else None, headers, encode_event(event))
