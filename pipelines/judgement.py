"""From the evidence of a closing to signals: what is raised, what changes, what is withdrawn.

A **finding** is a row that is worth a conversation (`pipelines.findings`): worse for people, standing or recent, or
standing and better. A finding without an open signal about its subject raises one.

**Hysteresis.** At every look the evidence has a level: a severity, or none. A signal has the highest level of the
last two looks of its indicator. So it is raised, and rises, at once, since the evidence is valid whenever one looks;
it falls, and is withdrawn, only after two looks in a row: one look that wobbles flips nothing. Within a look, in
which other indicators close and move the thresholds, the highest level counts. Found again after that, it is the same
signal, raised again.

**Regions.** A region that stands joins the open signal over all regions as a detail; without one it makes its own
signal, which then keeps its own life.

**Versions.** Evidence that started anew under a later version of the plan says nothing about a signal of before: it
stays as it stood until the new evidence itself makes a finding.

**Pauses.** While the data of a series fail a critical rule its verdicts are kept and not told (`pipelines.paused`).

**Repetition.** A closing at or before the last one that any signal of the policy saw changes nothing: an
older look never overrules a newer one, and a look told twice is told once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from contracts.evidence import COMBINED, POOLED, Direction, EvidenceRow
from contracts.plan import Plan
from contracts.quality import Cell
from contracts.signal import GONE, SEVERITIES, Memory, Signal, Subject, Verdict, level_of
from pipelines.disclosure import figures_of
from pipelines.findings import findings
from pipelines.paused import held_back
from pipelines.quality_pauses import covers
from pipelines.severity import Aspects, deadline, severity_of, weigh

_DIRECTIONS: tuple[Direction, ...] = ("worse", "better")


@dataclass(frozen=True, slots=True)
class Closing:
    """Which closing is judged: its number in the policy, and the look of the indicator that closed."""

    policy: str
    number: int
    indicator: str
    look_index: int


def judge(
    closing: Closing,
    rows: Iterable[EvidenceRow],
    signals: Sequence[Signal],
    *,
    plan: Plan,
    now: datetime,
    paused: Collection[Cell] = (),
) -> tuple[Verdict, ...]:
    """Return what a closing does to the signals of its policy.

    Args:
        closing: Which closing.
        rows: The latest row, at or before the closing, of every comparison that changed in it or that an open signal
            (or a region that joined one, or a finding that a pause holds back) is about.
        signals: Every signal of the policy, open or withdrawn.
        plan: The version of the plan that governs the closing.
        now: The present, aware; for deadlines and moments only.
        paused: Cells whose data fail a critical rule.
    """
    if any(signal.last_closing >= closing.number for signal in signals):
        return ()
    session = _Session(closing, rows, signals, plan=plan, now=now, paused=paused)
    subjects = {*session.found, *(signal.subject for signal in signals if signal.is_open)}
    verdicts = (session.verdict(subject) for subject in sorted(subjects, key=_pooled_first))
    return tuple(verdict for verdict in verdicts if verdict is not None)


def _pooled_first(subject: Subject) -> tuple[bool, tuple[str, ...]]:
    cell = (subject.claim, subject.indicator, subject.other_indicator or "", subject.arm, subject.region, subject.group)
    return (not subject.is_pooled, (*cell, subject.direction))


class _Session:
    """One closing under judgement: the findings, the latest rows and the signals as they become."""

    def __init__(
        self,
        closing: Closing,
        rows: Iterable[EvidenceRow],
        signals: Iterable[Signal],
        *,
        plan: Plan,
        now: datetime,
        paused: Collection[Cell],
    ) -> None:
        self.closing, self.plan, self.now, self.paused = closing, plan, now, paused
        self.latest = {Subject.of(row, direction): row for row in rows for direction in _DIRECTIONS}
        self.found = {subject: row for subject, row in self.latest.items() if subject.direction in findings(row, plan)}
        self.signals = {signal.subject: signal for signal in signals}

    def verdict(self, subject: Subject) -> Verdict | None:
        """Return what becomes of one subject, None where nothing is to be told or remembered."""
        made = self._again(subject) if self._has_open(subject) else self._first(subject)
        if made is not None and self._is_paused(subject):
            made = held_back(made, self.signals.get(subject) if self._has_open(subject) else None)
        if made is not None and made.kind != "held":
            self.signals[subject] = made.signal
        return made

    def _is_paused(self, subject: Subject) -> bool:
        return any(covers(cell, subject, self.plan) for cell in self.paused)

    def _has_open(self, subject: Subject) -> bool:
        signal = self.signals.get(subject)
        return signal is not None and signal.is_open

    def _is_known(self, subject: Subject) -> bool:
        """Return whether the plan still knows what is measured."""
        named = (each for each in (subject.indicator, subject.other_indicator) if each not in (None, POOLED))
        return all(self.plan.indicator(each) is not None for each in named if each is not None)

    def _first(self, subject: Subject) -> Verdict | None:
        """Return the signal that a finding raises, unless the one over all regions takes it in."""
        if not self._is_known(subject) or (not subject.is_pooled and self._has_open(subject.pooled)):
            return None
        row, number = self.found[subject], self.closing.number
        aspects = weigh(row, self.plan, direction=subject.direction, looks=1)
        severity = severity_of(aspects, row, subject.direction)
        look_index = self._look_index(subject, row.look_index)
        memory = Memory(
            since=look_index,
            look_index=look_index,
            now=level_of(severity),
            plan_version=row.plan_version,
            people=_people(row),
            regions=self._regions(subject),
        )
        signal = Signal(
            subject=subject,
            state="open",
            severity=severity,
            plan_version=row.plan_version,
            first_closing=number,
            last_closing=number,
            raised_at=self.now,
            changed_at=self.now,
            decide_before=deadline(severity, self.now),
            memory=memory,
        )
        return Verdict("raised", signal, None, figures_of(row, signal, aspects, plan=self.plan))

    def _again(self, subject: Subject) -> Verdict:
        """Return what an open signal becomes."""
        signal, row = self.signals[subject], self.latest.get(subject)
        seen = replace(signal, last_closing=self.closing.number)
        if row is None or not self._is_known(subject):
            return Verdict("kept", seen, signal.severity, None)
        if subject not in self.found and _started_anew(row, signal.memory):
            return Verdict("kept", replace(seen, memory=_archived(signal.memory)), signal.severity, None)
        look_index = self._look_index(subject, signal.memory.look_index)
        looks = look_index - signal.memory.since + 1
        aspects = weigh(row, self.plan, direction=subject.direction, looks=looks)
        level = level_of(severity_of(aspects, row, subject.direction)) if subject in self.found else GONE
        memory = msgspec.structs.replace(
            signal.memory.judged(level, look_index),
            plan_version=row.plan_version,
            people=_people(row),
            regions=self._regions(subject),
            archived=False,
        )
        return self._moved(replace(seen, memory=memory), row, aspects)

    def _moved(self, signal: Signal, row: EvidenceRow, aspects: Aspects) -> Verdict:
        """Return the verdict that the signal's level asks for."""
        was, level = signal.severity, signal.memory.level
        figures = figures_of(row, signal, aspects, plan=self.plan)
        if level == GONE:
            gone = replace(signal, state="withdrawn", changed_at=self.now)
            return Verdict("withdrawn", gone, was, figures)
        severity = SEVERITIES[level]
        if severity == was:
            return Verdict("kept", signal, was, figures)
        sooner = min(signal.decide_before, deadline(severity, self.now))
        changed = replace(signal, severity=severity, changed_at=self.now, decide_before=sooner)
        return Verdict("changed", changed, was, figures)

    def _look_index(self, subject: Subject, known: int) -> int:
        """Return the look of the subject's indicator: the one that closes, or the last known one.

        What is about all indicators is as far as the one that is furthest.
        """
        if subject.indicator == POOLED:
            return max(self.closing.look_index, known)
        return self.closing.look_index if subject.indicator == self.closing.indicator else known

    def _regions(self, subject: Subject) -> tuple[str, ...]:
        """Return the regions that join this subject: found there, without a signal of their own."""
        if not subject.is_pooled:
            return ()
        joined = (each for each in self.found if each != subject and each.pooled == subject)
        return tuple(sorted(each.region for each in joined if not (self._has_open(each) or self._is_paused(each))))


def _people(row: EvidenceRow) -> int:
    return row.n_a + row.n_b


def _started_anew(row: EvidenceRow, memory: Memory) -> bool:
    """Return whether the row counts from the start of a later version.

    People only ever add up within one. A combined claim has the people of one of its parts, and another may have begun
    anew; what it said before it would otherwise have withdrawn.
    """
    if memory.archived or row.plan_version == memory.plan_version:
        return memory.archived
    return _people(row) < memory.people or (row.claim in COMBINED and row.state in {"too_early", "watching"})


def _archived(memory: Memory) -> Memory:
    return msgspec.structs.replace(memory, archived=True)
