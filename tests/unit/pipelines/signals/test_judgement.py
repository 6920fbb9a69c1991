from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec
import pytest

from contracts.plan import Plan
from contracts.signal import Subject
from pipelines.judgement import Closing, judge

QUIET = {"stands": None, "recent": None, "state": "withdrawn"}
CALM = {"group": "older"}  # two points: duration alone makes it no more severe before the sixth look
LARGE = {"difference": -0.2, "log_e_worse": 9.0}


@dataclass
class Court:
    """Judges closing after closing, with the memory that a store would keep."""

    plan: Plan
    now: datetime
    make_row: object
    signals: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    number: int = 0

    def close(self, look, *rows, indicator="work", number=None):
        self.number = self.number + 1 if number is None else number
        for row in rows:
            self.rows[(row.claim, row.indicator, row.other_indicator, row.arm, row.region, row.group)] = row
        closing = Closing("trial", self.number, indicator, look)
        verdicts = judge(closing, self.rows.values(), list(self.signals.values()), plan=self.plan, now=self.now)
        self.signals.update({verdict.signal.subject: verdict.signal for verdict in verdicts})
        return [verdict for verdict in verdicts if verdict.kind != "kept"]

    def look(self, look, **facts):
        """Close a look of `work` in which the row over all regions says this; return what is told."""
        return self.close(look, self.make_row(**{"look_index": look, **CALM, **facts}))


@pytest.fixture
def court(plan, now, make_row):
    return Court(plan, now, make_row)


def kinds(verdicts):
    return [verdict.kind for verdict in verdicts]


# Raising


def test_a_finding_is_raised_in_the_look_that_finds_it(court):
    (verdict,) = court.look(3)
    assert (verdict.kind, verdict.was, verdict.signal.state) == ("raised", None, "open")
    assert (verdict.signal.first_closing, verdict.signal.last_closing) == (1, 1)


def test_nothing_found_is_nothing_told(court):
    assert court.look(3, **QUIET) == []
    assert court.signals == {}


def test_a_better_effect_is_news(court):
    (verdict,) = court.look(3, claim="effect", arm="guidance", stands="better", log_e_better=12.0, difference=0.3)
    assert (verdict.signal.severity, verdict.signal.subject.direction) == ("info", "better")


def test_the_sentence_has_its_figures_and_the_points_of_its_severity(court):
    (verdict,) = court.look(3, group="parents", **LARGE)
    figures = verdict.figures
    assert (figures.look, figures.difference, figures.log_e, figures.n_b) == ("2026-03", -0.2, 9.0, 200)
    assert (figures.size, figures.certainty, figures.duration, figures.weight) == (2, 2, 0, 1)
    assert verdict.signal.severity == "warning"


def test_figures_of_small_cells_are_held_back_but_the_signal_is_raised(court):
    (verdict,) = court.look(3, k_b=4)
    assert verdict.figures.held_back == "few_with_outcome"
    assert verdict.figures.share_a is verdict.figures.difference is None
    assert verdict.figures.log_e is verdict.figures.log_detector is verdict.figures.smallest_visible is None


def test_a_signal_is_about_one_cell_and_direction(make_row):
    ids = {Subject.of(make_row(**{part: "other"}), "worse").id for part in ("policy", "indicator", "arm", "group")}
    ids |= {Subject.of(make_row(), direction).id for direction in ("worse", "better")}
    assert len(ids) == 6


def test_the_id_does_not_depend_on_when_or_how_much(make_row):
    early, late = make_row(), make_row(look_index=9, look="2026-09", n_a=999, plan_version=2)
    assert Subject.of(early, "worse").id == Subject.of(late, "worse").id


# Hysteresis


def test_one_quiet_look_changes_nothing(court):
    court.look(3)
    assert court.look(4, **QUIET) == court.look(5) == []


def test_two_quiet_looks_withdraw(court):
    court.look(3)
    assert court.look(4, **QUIET) == []
    (verdict,) = court.look(5, **QUIET)
    assert (verdict.kind, verdict.signal.state) == ("withdrawn", "withdrawn")


def test_a_row_that_says_nothing_new_stays_as_it_was(court):
    court.look(3)
    assert court.close(4) == court.close(5) == court.close(6) == []
    court.look(7, **QUIET)
    assert kinds(court.close(8)) == ["withdrawn"]


def test_closings_of_other_indicators_do_not_count_as_looks(court):
    court.look(3)
    quiet = court.make_row(look_index=3, **CALM, **QUIET)
    told = [court.close(look, quiet, indicator="trust") for look in (1, 2, 3, 4)]
    assert told == [[], [], [], []]


def test_severity_rises_at_once_and_falls_after_two_looks(court):
    court.look(3)
    assert kinds(court.look(4, **LARGE)) == ["changed"]
    assert court.look(5) == []
    (verdict,) = court.look(6)
    assert (verdict.kind, verdict.was) == ("changed", "warning")


def test_it_falls_to_the_highest_of_the_two_looks(court):
    court.look(3, **LARGE)
    court.look(4, **QUIET)
    (verdict,) = court.look(5)
    assert (verdict.signal.state, verdict.signal.severity) == ("open", "notice")


def test_alternating_looks_tell_nothing_after_the_first(court):
    told = [court.look(look, **(QUIET if look % 2 else {})) for look in range(4, 8)]
    assert [kinds(each) for each in told] == [["raised"], [], [], []]


def test_a_signal_found_again_is_raised_again_under_its_own_id(court):
    first = court.look(3)[0].signal
    court.look(4, **QUIET)
    court.look(5, **QUIET)
    (verdict,) = court.look(6)
    assert (verdict.kind, verdict.signal.subject.id) == ("raised", first.subject.id)
    assert (verdict.signal.first_closing, verdict.signal.memory.since) == (4, 6)


def test_the_deadline_comes_nearer_with_severity_and_never_moves_away(court):
    calm = court.look(3)[0].signal.decide_before
    court.now += timedelta(days=2)
    near = court.look(4, **LARGE)[0].signal.decide_before
    assert near < calm
    court.now += timedelta(days=60)
    court.look(5)
    assert court.look(6)[0].signal.decide_before == near


# Regions


def test_a_region_joins_the_signal_over_all_regions(court):
    region = court.make_row(region="south", **CALM)
    (verdict,) = court.close(3, region, court.make_row(**CALM))
    assert verdict.signal.subject.is_pooled
    assert verdict.figures.regions == ("south",)


def test_a_region_that_stands_alone_makes_its_own_signal(court):
    (verdict,) = court.close(3, court.make_row(region="south"), court.make_row(**QUIET))
    assert verdict.signal.subject.region == "south"


def test_a_region_with_a_signal_of_its_own_keeps_it(court):
    court.close(3, court.make_row(region="south"))
    (verdict,) = court.close(4, court.make_row())
    assert verdict.signal.subject.is_pooled
    assert verdict.figures.regions == ()
    assert [signal.state for signal in court.signals.values()] == ["open", "open"]


def test_a_region_that_still_stands_goes_on_alone_when_the_whole_is_withdrawn(court):
    court.close(3, court.make_row(region="south", **CALM), court.make_row(**CALM))
    court.look(4, **QUIET)
    told = court.look(5, **QUIET)
    assert [(each.kind, each.signal.subject.region) for each in told] == [("withdrawn", "all"), ("raised", "south")]


# Versions


def test_evidence_that_began_anew_does_not_withdraw_what_stood(court):
    court.look(3)
    for look in range(4, 9):
        assert court.look(look, plan_version=2, n_a=40 * look, n_b=40 * look, **QUIET) == []
    assert [signal.state for signal in court.signals.values()] == ["open"]


def test_evidence_that_goes_on_under_a_new_version_can_withdraw(court):
    court.look(3)
    court.look(4, plan_version=2, n_a=220, **QUIET)
    assert kinds(court.look(5, plan_version=2, n_a=240, **QUIET)) == ["withdrawn"]


def test_new_evidence_that_finds_the_same_takes_the_signal_over(court):
    court.look(3)
    court.look(4, plan_version=2, n_a=50, n_b=50, **QUIET)
    court.look(5, plan_version=2, n_a=90, n_b=90)
    court.look(6, plan_version=2, n_a=95, n_b=95, **QUIET)
    assert kinds(court.look(7, plan_version=2, n_a=99, n_b=99, **QUIET)) == ["withdrawn"]


def test_a_combined_claim_of_which_another_part_began_anew_does_not_withdraw_what_stood(court, make_row):
    """Its people are those of its first part, which goes on; so it can only be seen from its state."""
    subject = {"claim": "trade_off", "other_indicator": "debts", "group": "all"}
    assert kinds(court.close(3, make_row(look_index=3, **subject))) == ["raised"]
    for look in (4, 5, 6):
        quiet = QUIET | {"state": "watching"}
        assert court.close(look, make_row(look_index=look, plan_version=2, **subject, **quiet)) == []
    assert [signal.state for signal in court.signals.values()] == ["open"]


def test_an_indicator_that_the_plan_dropped_leaves_its_signal_open(court, make_plan, make_indicator):
    court.look(3)
    court.plan = make_plan(make_indicator(id="trust"), version=2)
    assert court.close(4, indicator="trust") == court.close(5, indicator="trust") == []
    assert [signal.is_open for signal in court.signals.values()] == [True]


# Repetition


def test_a_look_told_twice_is_told_once(court):
    court.look(3)
    before = dict(court.signals)
    assert court.close(3, number=1) == []
    assert court.signals == before


def test_an_older_look_never_overrules_a_newer_one(court):
    court.close(3, court.make_row(look_index=3), number=7)
    assert court.close(2, court.make_row(look_index=2, **QUIET), number=4) == []


def test_memory_survives_its_own_json(court):
    memory = court.look(3)[0].signal.memory
    assert msgspec.json.decode(msgspec.json.encode(memory), type=type(memory)) == memory


def test_the_same_closing_gives_the_same_verdicts(court, now):
    twin = replace(court, signals={}, rows={})
    assert court.look(3) == twin.look(3)


# Every kind of claim


def test_setbacks_over_all_indicators_raise_a_signal_that_ages_with_the_furthest_of_them(court, make_row):
    row = make_row(
        claim="cumulation", indicator="all", arm="trust", group="older", difference=None, estimate=None, upper=None
    )
    (raised,) = court.close(3, row, indicator="work")
    assert (raised.kind, raised.signal.severity) == ("raised", "notice")
    assert (raised.figures.relevant_difference, raised.figures.difference, raised.figures.n_b) == (None, None, 200)
    court.close(2, row, indicator="debts")
    assert court.signals[raised.signal.subject].memory.look_index == 3
    court.close(4, row, indicator="debts")
    assert court.signals[raised.signal.subject].memory.look_index == 4


def test_the_two_orders_of_a_pair_are_two_signals(court, make_row):
    pair = {"claim": "trade_off", "arm": "trust", "group": "older", "other_difference": -0.06}
    told = court.close(
        3,
        make_row(indicator="work", other_indicator="debts", **pair),
        make_row(indicator="debts", other_indicator="work", **pair),
    )
    assert {(each.signal.subject.indicator, each.signal.subject.other_indicator) for each in told} == {
        ("work", "debts"),
        ("debts", "work"),
    }


def test_a_pair_of_which_the_plan_knows_one_indicator_raises_nothing(court, make_row):
    assert court.close(3, make_row(claim="trade_off", indicator="work", other_indicator="gone")) == []


def test_missing_outcomes_that_differ_are_a_notice_about_the_data(plan, now, make_row):
    court = Court(plan, now, make_row)
    row = make_row(claim="effect", indicator="work.missing", arm="trust", group="all", stands="better", difference=-0.2)
    (raised,) = court.close(3, row, indicator="work.missing")
    assert (raised.signal.severity, raised.signal.subject.direction) == ("notice", "better")


def test_an_area_elsewhere_that_falls_behind_is_never_more_than_a_notice(court, make_row):
    area = {"claim": "elsewhere", "region": "east", "group": "all", "guarantee": "descriptive"}
    row = make_row(**area, placebos=(0, 5), **LARGE)
    for look in range(1, 8):
        court.close(look, row)
    (signal,) = court.signals.values()
    assert (signal.severity, signal.is_open) == ("notice", True)
    court.close(8, make_row(**area, placebos=(1, 5), **LARGE))
    told = court.close(9, make_row(**area, placebos=(0, 5), stands=None))
    assert kinds(told) == ["withdrawn"]
