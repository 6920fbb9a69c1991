"""What a signal is: its subject, what it remembers between looks, and what a closing does to it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from contracts.events import NAMESPACE
from contracts.evidence import POOLED, Claim, Direction, EvidenceRow
from contracts.figures import Figures

Severity = Literal["info", "notice", "warning", "high"]

SEVERITIES: tuple[Severity, ...] = ("info", "notice", "warning", "high")
"""From the least to the most urgent."""

GONE = -1
"""The level of evidence that carries no signal; other levels are places in `SEVERITIES`."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a signal is about; there is never a second signal about the same subject."""

    policy: str
    claim: Claim
    indicator: str
    other_indicator: str | None
    arm: str
    region: str
    group: str
    direction: Direction

    @classmethod
    def of(cls, row: EvidenceRow, direction: Direction) -> "Subject":
        """Return the subject of a finding in this row."""
        cell = (row.policy, row.claim, row.indicator, row.other_indicator, row.arm, row.region, row.group)
        return cls(*cell, direction)

    @property
    def id(self) -> UUID:
        """The signal's id, made from what it is about: a look told twice finds the same signal."""
        parts = [self.policy, self.claim, self.indicator, self.other_indicator, self.arm, self.region, self.group]
        return uuid5(NAMESPACE, "signal\n" + json.dumps([*parts, self.direction], ensure_ascii=False))

    @property
    def pooled(self) -> "Subject":
        """The same over all regions."""
        return replace(self, region=POOLED)

    @property
    def is_pooled(self) -> bool:
        """Whether it is about all regions together."""
        return self.region == POOLED


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What a signal remembers between looks.

    Attributes:
        since: Look of its indicator in which it was raised.
        look_index: Look that was judged last.
        now, before: Highest level judged in that look, and in the one before.
        plan_version, people: Version and cumulative people of the evidence that carries it.
        regions: Regions that joined it.
        archived: The evidence started anew under a later version and says nothing about this signal yet.
    """

    since: int
    look_index: int
    now: int
    before: int = GONE
    plan_version: int
    people: int
    regions: tuple[str, ...] = ()
    archived: bool = False

    def judged(self, level: int, look_index: int) -> "Memory":
        """Return the memory after one more judgement, in the same look or a later one."""
        if look_index > self.look_index:
            return msgspec.structs.replace(self, look_index=look_index, now=level, before=self.now)
        return msgspec.structs.replace(self, now=max(level, self.now))

    @property
    def level(self) -> int:
        """The highest level of the last two looks."""
        return max(self.now, self.before)


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as it is stored."""

    subject: Subject
    state: Literal["open", "withdrawn"]
    severity: Severity
    plan_version: int
    first_closing: int
    last_closing: int
    raised_at: datetime
    changed_at: datetime
    decide_before: datetime
    memory: Memory

    @property
    def is_open(self) -> bool:
        """Whether the evidence carries it."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a closing does to one signal.

    Attributes:
        kind: What is told; `kept` is not told but remembered, `held` is a new finding that a pause holds back.
        signal: The signal from now on.
        was: The severity before; None where there was no signal.
        figures: The figures of the sentence; None where there is no evidence under this version.
    """

    kind: Literal["raised", "changed", "withdrawn", "kept", "held"]
    signal: Signal
    was: Severity | None
    figures: Figures | None


def level_of(severity: Severity) -> int:
    """Return the level that carries this severity."""
    return SEVERITIES.index(severity)
