"""Everything the page of one signal shows, read and made ready."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.evidence import POOLED, EvidenceRow
from contracts.plan import MISSING, Indicator, Loser, Plan
from infra.postgres import evidence_reading, reading
from infra.postgres.evidence_reading import Seen
from infra.postgres.reading import SignalEvent, StoredSignal
from services.console.comparing import comparing, shown_indicator
from services.console.family import MOST_COMPARED, Threshold, family, threshold
from services.console.figures import figure_of
from services.console.names import Names
from services.console.rendering import Screen
from services.console.sentences import Sentences
from services.console.subjects import about, working_days_left
from services.console.surroundings import cell_of, surroundings_of
from services.console.trail import Step, difference_over_looks, evidence_over_looks, first_standing, steps
from services.console.units import unit_of
from services.console.words import Words

_PLAIN = frozenset({"effect", "gap"})
"""Claims that are told as people of every hundred on both sides."""

LOOKS_IN_TABLE = 60
"""Looks in the table below the chart; earlier ones are in the API."""


async def signal_context(
    connection: AsyncConnection, number: str, *, screen: Screen, now: datetime
) -> dict[str, Any] | None:
    """Return what the template `signal.html` needs, None where there is no such signal."""
    signal = await reading.signal(connection, number)
    if signal is None:
        return None
    plan = await reading.plan_by_version(connection, signal.policy, signal.plan_version)
    indicator = None if plan is None else shown_indicator(plan, signal)
    if plan is None or indicator is None:
        return None
    names = Names(plan, screen.language.code)
    seen = await evidence_reading.history(connection, plan.id, cell_of(signal))
    trail = steps(seen, plan=plan, indicator=indicator, direction=signal.direction, words=screen.words)
    row = seen[-1].row if seen else None
    moments = await reading.signal_events(connection, signal.id)
    needed = await _threshold(connection, signal, plan=plan, row=row)
    open_signals = await reading.signals(connection, policy=plan.id, state="open")
    subject, sentences = about(signal, plan, names), Sentences(plan, names, screen.words)
    return {
        **_charts(trail, _told_at(moments, seen), needed, indicator=indicator, names=names, words=screen.words),
        "sentence": None if row is None else sentences.of(row, signal.direction),
        "reason": None if row is None else sentences.reason(row),
        "comparing": comparing(subject, plan, names, screen.words.say),
        "is_plain": signal.claim in _PLAIN and indicator.type == "binary" and not indicator.id.endswith(MISSING),
        "unit": unit_of(indicator),
        "here": "signal",
        "policy": plan.id,
        "n_open": len(open_signals),
        "signal": signal,
        "plan": plan,
        "names": names,
        "indicator": indicator,
        "about": subject,
        "row": row,
        "figure": figure_of(row, indicator, plan),
        "trail": trail,
        "since": first_standing(trail),
        "surroundings": await surroundings_of(connection, signal, plan=plan, indicator=indicator, names=names),
        "threshold": needed,
        "moments": moments,
        "days_left": working_days_left(signal.decide_before, now),
        "losers": [loser for loser in plan.choices.losers if _concerns(loser, signal)],
        "contact": _safe_link(plan.owner.contact),
        "evidence_url": _evidence_url(signal),
        "now": now,
    }


def _told_at(moments: Iterable[SignalEvent], seen: Iterable[Seen]) -> list[tuple[int, SignalEvent]]:
    """Return the moments of a signal with the look of its comparison at that time."""
    looks = {each.closing: each.row.look_index for each in seen}
    return [
        (looks[max(closing for closing in looks if closing <= moment.closing)], moment)
        for moment in moments
        if any(closing <= moment.closing for closing in looks)
    ]


def _charts(
    trail: Sequence[Step],
    told: Sequence[tuple[int, SignalEvent]],
    needed: Threshold | None,
    *,
    indicator: Indicator,
    names: Names,
    words: Words,
) -> dict[str, Any]:
    title = names.indicator(indicator.id)
    return {
        "chart_events": [moment for _, moment in told],
        "difference_chart": difference_over_looks(
            trail, indicator=indicator, title=title, events=[look for look, _ in told], words=words
        ),
        "evidence_chart": evidence_over_looks(trail, threshold=needed, title=title, words=words),
        "table": trail[-LOOKS_IN_TABLE:],
    }


def _concerns(loser: Loser, signal: StoredSignal) -> bool:
    """Return whether the plan names these people as possible losers by what the signal is about."""
    watched = (loser.indicator, loser.arm, loser.group, loser.region)
    seen = (signal.indicator, signal.arm, signal.group, signal.region)
    return all(part in (None, cell) for part, cell in zip(watched, seen, strict=True))


def _safe_link(contact: str | None) -> str | None:
    return contact if contact is not None and contact.startswith(("mailto:", "https:")) else None


def _evidence_url(signal: StoredSignal) -> str:
    names = ("policy", "claim", "indicator", "other_indicator", "arm", "region", "group")
    cell = {name: getattr(signal, name) for name in names if getattr(signal, name) is not None}
    return "/api/v1/evidence?" + urlencode({**cell, "history": "true"})


async def _threshold(
    connection: AsyncConnection, signal: StoredSignal, *, plan: Plan, row: EvidenceRow | None
) -> Threshold | None:
    """Return the evidence that is needed now, None where the family is too large to look through for a page."""
    together = family(plan, pooled=signal.region == POOLED)
    if row is None or sum(chosen.size for chosen in together) > MOST_COMPARED:
        return None
    minimum = plan.disclosure.minimum_cell
    tested, standing = await evidence_reading.tested_together(
        connection, plan.id, together, minimum_cell=minimum, is_repeated=plan.measured == "repeatedly"
    )
    return threshold(plan, n_hypotheses=tested, n_standing=standing, stands=row.stands == signal.direction)
