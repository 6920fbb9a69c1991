"""Signals in the store: what a judgement reads and what it leaves, inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Integer, RowMapping, ScalarSelect, Text, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import EvidenceRow
from contracts.plan import Owner
from contracts.signal import Memory, Signal, Subject, Verdict
from infra.postgres.evidence_rows import row_of
from infra.postgres.schema import evidence, other_of_pair, signal, signal_event

_CELL = ("claim", "indicator", "other_indicator", "arm", "region", "group")
_SUBJECT = ("policy", *_CELL, "direction")
_NUMBERS_LOCK = 5_210_031
"""Advisory lock held to the end of a transaction that gives out signal numbers, so that none is given twice."""


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict that was stored and is to be told, under the number people know it by."""

    number: str
    verdict: Verdict


async def load_signals(connection: AsyncConnection, policy: str) -> dict[str, Signal]:
    """Return every signal of a policy by its number."""
    found = await connection.execute(select(signal).where(signal.c.policy == policy))
    return {row["number"]: _signal(row) for row in found.mappings()}


async def rows_to_judge(
    connection: AsyncConnection, policy: str, closing: int, signals: Iterable[Signal], held: Iterable[Subject] = ()
) -> list[EvidenceRow]:
    """Return the rows of a closing that may be findings, and the latest rows that open signals are about.

    Args:
        connection: The caller's transaction.
        policy: Whose evidence.
        closing: Rows after this closing are left out.
        signals: The signals of the policy; withdrawn ones ask for nothing.
        held: What findings that a pause holds back are about.
    """
    at_once = select(evidence).where(
        evidence.c.policy == policy,
        evidence.c.closing == closing,
        or_(evidence.c.stands.is_not(None), evidence.c.recent.is_not(None)),
    )
    rows = [row_of(row) for row in (await connection.execute(at_once)).mappings()]
    watched = [*held, *(subject for each in signals if each.is_open for subject in _asked_by(each))]
    return rows + await _latest_rows(connection, policy, closing, watched) if watched else rows


def _asked_by(known: Signal) -> list[Subject]:
    joined = [replace(known.subject, region=region) for region in known.memory.regions]
    return [known.subject, *joined]


async def _latest_rows(
    connection: AsyncConnection, policy: str, closing: int, subjects: Sequence[Subject]
) -> list[EvidenceRow]:
    """Return the last row at or before a closing for each subject: one probe of the index `evidence_by_claim` each."""
    columns = [cast([getattr(subject, name) or "" for subject in subjects], ARRAY(Text)) for name in _CELL]
    asked = func.unnest(*columns).table_valued(*_CELL).render_derived(name="asked")
    same = [evidence.c[name] == asked.c[name] for name in _CELL if name != "other_indicator"]
    same.append(other_of_pair == asked.c.other_indicator)
    last = (
        select(evidence)
        .where(evidence.c.policy == policy, evidence.c.closing <= closing, *same)
        .order_by(evidence.c.closing.desc())
        .limit(1)
        .lateral("last")
    )
    found = await connection.execute(select(last).select_from(asked.join(last, true())))
    return [row_of(row) for row in found.mappings()]


async def store_verdicts(
    connection: AsyncConnection, verdicts: Sequence[Verdict], *, numbers: dict[str, Signal], owner: Owner, now: datetime
) -> list[Told]:
    """Write what became of each signal and the moments to be told, and return those.

    Args:
        connection: The caller's transaction.
        verdicts: What a closing does, in order.
        numbers: The signals known before, by number.
        owner: The office that decides.
        now: The present, aware; new numbers carry its year.
    """
    number_of = {known.subject: number for number, known in numbers.items()}
    new = [verdict for verdict in verdicts if verdict.signal.subject not in number_of]
    fresh = await _new_numbers(connection, len(new), year=now.year) if new else []
    number_of |= {verdict.signal.subject: number for verdict, number in zip(new, fresh, strict=True)}
    for verdict in verdicts:
        await _store_signal(connection, verdict.signal, number=number_of[verdict.signal.subject], owner=owner)
    told = [Told(number_of[verdict.signal.subject], verdict) for verdict in verdicts if verdict.kind != "kept"]
    for each in told:
        await _add_moment(connection, each.verdict, now=now)
    return told


async def _new_numbers(connection: AsyncConnection, count: int, *, year: int) -> list[str]:
    """Return the next numbers of the year, without gaps, since nobody else takes any until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(_NUMBERS_LOCK)))
    serial = cast(func.split_part(signal.c.number, "-", 2), Integer)
    last = await connection.scalar(select(func.max(serial)).where(signal.c.number.startswith(f"{year}-")))
    return [f"{year}-{(last or 0) + place:03}" for place in range(1, count + 1)]


async def _store_signal(connection: AsyncConnection, known: Signal, *, number: str, owner: Owner) -> None:
    state = {
        "plan_version": known.plan_version,
        "severity": known.severity,
        "state": known.state,
        "owner_office": owner.office,
        "owner_table": owner.table,
        "decide_before": known.decide_before,
        "first_closing": known.first_closing,
        "last_closing": known.last_closing,
        "raised_at": known.raised_at,
        "changed_at": known.changed_at,
        "memory": msgspec.to_builtins(known.memory),
    }
    made = insert(signal).values(id=known.subject.id, number=number, **asdict(known.subject), **state)
    await connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=state))


async def _add_moment(connection: AsyncConnection, verdict: Verdict, *, now: datetime) -> None:
    identity = verdict.signal.subject.id
    await connection.execute(
        insert(signal_event).values(
            signal=identity,
            number=_next_moment(identity),
            event=verdict.kind,
            severity=verdict.signal.severity,
            closing=verdict.signal.last_closing,
            slots=msgspec.to_builtins(verdict.figures),
            happened_at=now,
        )
    )


def _next_moment(identity: UUID) -> ScalarSelect[int]:
    last = select(func.coalesce(func.max(signal_event.c.number), 0) + 1).where(signal_event.c.signal == identity)
    return last.scalar_subquery()


def _signal(row: RowMapping) -> Signal:
    values = {name: row[name] for name in Signal.__slots__ if name not in ("subject", "memory")}
    subject = Subject(**{name: row[name] for name in _SUBJECT})
    return Signal(subject=subject, memory=msgspec.convert(row["memory"], Memory), **values)
