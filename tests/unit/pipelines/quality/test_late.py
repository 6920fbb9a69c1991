"""Records that come too late or are sent again: they open no look and judge none, and say nothing of the data."""

import pytest

from contracts.events import DENIED_HEADER, REPLAY_HEADER
from contracts.quality import Cell
from pipelines.quality import examine
from pipelines.quality_state import PolicyState

NOON_MS = 1_610_000_000_000  # January 2021
MONTHS = [f"2020-{month:02}" for month in range(1, 10)]
LATE = {"observed_at": "2020-12-01T00:00:00Z"}
REPEATEDLY = {"measured": "repeatedly", "looks": 12}
CLOSE_ALL = {"period_closed": {"policy": "trial", "indicator": None, "period": None}}
WATCHED = [{"arm": "control"}, {"arm": "trust", "region": "south", "groups": ["parents"]}]


@pytest.fixture
def closed(supply_of, concluded):
    """A policy of which nine looks have closed; every cell of each was full."""

    def supplied(**changes):
        supply, state = supply_of(**changes), PolicyState()
        for month in MONTHS:
            for cell in WATCHED:
                supply.observe(200, period=month, **cell, **LATE)
        supply.put(CLOSE_ALL)
        assert concluded(supply.lot(), state).begun == ()
        return supply, state

    return supplied


def failing_cells(examination):
    """Rows of the frame of cells whose figure is below the bound of the rule that judges presence or volume."""
    _, frame = examination.frames
    bounds = {"coverage": 1.0, "volume_short": 0.5}
    return [
        (rule, frame.columns["look"][place])
        for rule in bounds.keys() & frame.columns.keys()
        for place, figure in enumerate(frame.columns[rule])
        if figure is not None and figure < bounds[rule]
    ]


@pytest.mark.parametrize("changes", [{}, REPEATEDLY])
def test_refused_records_that_are_sent_again_open_no_look(closed, changes):
    supply, state = closed(**changes)
    before = state.encoded()
    for number in range(75):
        supply.observe(again=True, period=MONTHS[number % 3], **LATE)
    supply.observe(13, again=True, region="atlantis", period=MONTHS[8], **LATE)
    supply.put(CLOSE_ALL)
    lot = supply.lot()
    assert failing_cells(examine(lot, state, now_ms=NOON_MS)) == []
    assert (len(lot.rows), state.encoded()) == (0, before)


@pytest.mark.parametrize("changes", [{}, REPEATEDLY])
def test_records_of_looks_that_closed_long_ago_are_set_apart(closed, changes):
    supply, state = closed(**changes)
    before = state.encoded()
    for month in (MONTHS[2], MONTHS[0], MONTHS[1]):
        supply.observe(30, period=month, **LATE)
    supply.put(CLOSE_ALL)
    lot = supply.lot()
    assert failing_cells(examine(lot, state, now_ms=NOON_MS)) == []
    assert (lot.n_apart, len(lot.rows), state.encoded()) == (90, 0, before)


def test_a_look_is_judged_once_though_records_of_it_still_count(closed):
    supply, state = closed()
    supply.observe(30, period=MONTHS[7], **LATE)
    supply.put(CLOSE_ALL)
    lot = supply.lot()
    assert failing_cells(examine(lot, state, now_ms=NOON_MS)) == []
    assert (lot.n_apart, len(lot.rows), state.watches["work"].n_looks) == (0, 30, 9)


def test_a_record_that_only_claims_to_be_sent_again_is_checked(supply):
    supply.observe(headers=((REPLAY_HEADER, b"0:1:0123456789abcdef0123456789abcdef"),))
    assert len(supply.lot().rows) == 1


def test_a_record_of_a_sender_without_a_say_is_not_checked(supply):
    supply.observe()
    supply.observe(60, headers=((DENIED_HEADER, b"1"),), region="atlantis")
    supply.put(b'{"policy": "trial"', headers=((DENIED_HEADER, b"1"),))
    assert len(supply.lot().rows) == 1


def test_records_that_do_not_fit_open_no_look_and_begin_no_version(plan_of, supply_of):
    second = plan_of(version=2, supersedes_reason="better", effective_from="2020-03")
    supply, state = supply_of(), PolicyState()
    supply.plans[second.sha256] = second
    supply.put({"plan_registered": {"id": "trial", "version": 2, "sha256": second.sha256}})
    supply.observe(period=MONTHS[0])
    supply.observe(period=MONTHS[4], region="atlantis", **LATE)
    lots, _ = supply.gathering.cut()
    for lot in lots:
        examine(lot, state, now_ms=NOON_MS)
    assert [lot.plan.version for lot in lots] == [1, 2]
    assert (state.version, state.watches["work"].look) == (1, MONTHS[0])


@pytest.mark.parametrize(("changes", "severity", "n_begun"), [({}, "warning", 0), (REPEATEDLY, "critical", 1)])
def test_a_gap_pauses_where_the_same_units_come_each_look_and_warns_elsewhere(
    closed, concluded, changes, severity, n_begun
):
    supply, state = closed(**changes)
    supply.observe(200, period="2020-10", **LATE)
    supply.put(CLOSE_ALL)
    lot = supply.lot()
    found = concluded(lot, state, coverage=[2])  # everything, the arm that is there, and the one that is missing
    (gap,) = [each for each in found.results if (each.rule, each.outcome) == ("coverage", "failed")]
    assert (gap.series.cell, gap.severity, len(found.begun)) == (Cell("work", arm="trust"), severity, n_begun)
