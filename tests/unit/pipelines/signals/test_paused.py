"""While the data of a series fail, its verdicts are kept and none is told; afterwards the evidence says what stands."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from contracts.plan import Plan
from contracts.quality import Cell
from contracts.signal import Subject
from pipelines.judgement import Closing, judge
from pipelines.quality_pauses import covers

QUIET = {"stands": None, "recent": None, "state": "withdrawn"}
CALM = {"group": "older"}
LARGE = {"difference": -0.2, "log_e_worse": 9.0}
WORK = (Cell("work"),)


@dataclass
class Court:
    """Judges look after look of one row, in a time that moves on by a day a look."""

    plan: Plan
    now: datetime
    make_row: object
    signals: dict = field(default_factory=dict)
    number: int = 0

    def look(self, *, paused=(), **facts):
        self.number += 1
        row = self.make_row(**{"look_index": self.number, **CALM, **facts})
        closing = Closing("trial", self.number, "work", self.number)
        now = self.now + timedelta(days=self.number)
        verdicts = judge(closing, [row], list(self.signals.values()), plan=self.plan, now=now, paused=paused)
        self.signals.update({each.signal.subject: each.signal for each in verdicts if each.kind != "held"})
        return [each.kind for each in verdicts]

    @property
    def signal(self):
        (known,) = self.signals.values()
        return known


@pytest.fixture
def court(plan, now, make_row):
    return Court(plan, now, make_row)


def test_a_new_finding_is_held_and_raised_at_the_first_look_after_the_pause(court):
    assert court.look(paused=WORK) == ["held"]
    assert court.look(paused=WORK) == ["held"]
    assert court.signals == {}
    assert court.look() == ["raised"]
    assert (court.signal.first_closing, court.signal.raised_at) == (3, court.now + timedelta(days=3))


def test_a_finding_that_the_evidence_gave_up_during_the_pause_is_never_raised(court):
    assert court.look(paused=WORK) == ["held"]
    assert court.look(**QUIET) == []


def test_an_open_signal_stays_as_people_know_it_and_changes_after_the_pause(court):
    court.look()
    known = court.signal
    assert court.look(paused=WORK, **LARGE) == ["kept"]
    assert (court.signal.severity, court.signal.decide_before) == (known.severity, known.decide_before)
    assert court.signal.last_closing == 2
    assert court.look(**LARGE) == ["changed"]
    assert court.signal.severity == "warning"


def test_an_open_signal_is_withdrawn_after_the_pause_and_not_in_it(court):
    court.look()
    kinds = [court.look(paused=WORK, **QUIET) for _ in range(3)]
    assert kinds == [["kept"]] * 3
    assert court.signal.state == "open"
    assert court.look(**QUIET) == ["withdrawn"]


def test_a_pause_of_another_indicator_holds_nothing_back(court):
    assert court.look(paused=[Cell("trust")]) == ["raised"]


def test_a_region_that_is_paused_does_not_join(plan, now, make_row):
    rows = [make_row(), make_row(region="GM0150"), make_row(region="GM0344")]
    closing = Closing("trial", 1, "work", 3)
    verdicts = judge(closing, rows, [], plan=plan, now=now, paused=[Cell("work", region="GM0150")])
    (pooled,) = [each for each in verdicts if each.signal.subject.is_pooled]
    assert pooled.kind == "raised"
    assert pooled.signal.memory.regions == ("GM0344",)


SUBJECT = Subject("trial", "effect", "work", None, "trust", "all", "all", "worse")


@pytest.mark.parametrize(
    ("cell", "changes", "is_held"),
    [
        (Cell(), {}, True),
        (Cell("work"), {}, True),
        (Cell("work"), {"indicator": "debts", "other_indicator": "work"}, True),
        (Cell("work"), {"indicator": "all", "claim": "cumulation"}, True),
        (Cell("mood"), {"indicator": "all", "claim": "cumulation"}, False),  # context
        (Cell("gone"), {"indicator": "all", "claim": "cumulation"}, False),  # of an earlier version of the plan
        (Cell("debts"), {}, False),
        (Cell("work"), {"indicator": "work.missing"}, False),
        (Cell("work", arm="trust"), {}, True),
        (Cell("work", arm="control"), {}, True),  # every arm is compared with it
        (Cell("work", arm="trust"), {"arm": "all"}, False),
        (Cell("work", region="north"), {}, False),  # its small part in the whole
        (Cell("work", region="north"), {"region": "north"}, True),
        (Cell("work", group="parents"), {"group": "parents"}, True),
        (Cell("work", group="parents"), {"group": "older"}, False),
    ],
)
def test_which_signals_a_pause_holds_back(plan_of, plan_document, cell, changes, is_held):
    work, debts = plan_document()["indicators"]
    plan = plan_of(indicators=[work, debts, {**debts, "id": "mood", "role": "context"}])
    assert covers(cell, replace(SUBJECT, **changes), plan) is is_held
