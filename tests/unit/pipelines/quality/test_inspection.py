"""Micro-batches: which records they hold, which looks close in them, and that cutting them elsewhere is harmless."""

import pytest

from contracts.errors import LogBroken
from contracts.events import SUPPLIER_HEADER
from contracts.expectations import RECORD_COLUMNS
from contracts.records import LogRecord
from pipelines.quality import examine
from pipelines.quality_state import PolicyState

MONTHS = [f"2020-{month:02}" for month in range(1, 8)]
LATE = {"observed_at": "2020-12-01T00:00:00Z"}


def looks_of(examination, indicator="work"):
    whole = [each for each in examination.figures if (each.cell.indicator, each.cell.arm) == (indicator, "all")]
    return [each.look for each in whole if each.cell.region == each.cell.group == "all"]


def test_records_of_unknown_policies_and_of_those_that_live_elsewhere_are_left_out(supply):
    supply.observe(policy="never-registered")
    supply.observe(policy="elsewhere")
    supply.put(b"{")
    lots, registered = supply.gathering.cut()
    assert (lots, registered) == ((), {"trial"})
    assert supply.gathering.next_offset == 4


def test_a_lot_knows_its_offsets_and_its_suppliers(supply):
    supply.observe(policy="never-registered")
    supply.observe(2)
    supply.put(b'{"policy": "trial"', headers=((SUPPLIER_HEADER, b"gemeente-een"),))
    lot = supply.lot()
    assert (lot.first, lot.last, len(lot.rows), lot.suppliers) == (2, 4, 3, {"gemeente-een"})


def test_a_gap_in_the_log_is_refused_and_what_was_read_is_skipped(supply):
    supply.observe()
    old = LogRecord(0, None, None, b"{}")
    assert supply.gathering.read([old]) == 0
    with pytest.raises(LogBroken, match="goes on at 9, where 2 was expected"):
        supply.gathering.read([LogRecord(9, None, None, b"{}")])


def test_the_frame_of_records_has_every_column_at_full_length(supply):
    supply.observe(2)
    supply.put(b'{"policy": "trial"')
    records, _ = examine(supply.lot(), PolicyState(), now_ms=0).frames
    assert tuple(records.columns) == RECORD_COLUMNS
    assert {len(column) for column in records.columns.values()} == {3}


def test_several_looks_close_in_one_batch(supply):
    for month in MONTHS[:5]:
        supply.observe(period=month, **LATE)
    assert looks_of(examine(supply.lot(), PolicyState(), now_ms=0)) == MONTHS[:4]


def test_a_marker_closes_the_look_where_it_stands_in_the_log(supply):
    supply.observe(period=MONTHS[0])
    supply.put({"period_closed": {"policy": "trial", "indicator": "work", "period": None}})
    supply.observe(period=MONTHS[2], **LATE)
    supply.put({"period_closed": {"policy": "trial", "indicator": "debts", "period": None}})
    supply.put({"period_closed": {"policy": "trial", "indicator": None, "period": MONTHS[1]}})
    state = PolicyState()
    assert looks_of(examine(supply.lot(), state, now_ms=0)) == [MONTHS[0]]
    assert state.watches["work"].cells[""].n == 1
    supply.put({"period_closed": {"policy": "trial", "indicator": None, "period": MONTHS[3]}})
    assert looks_of(examine(supply.lot(), state, now_ms=0)) == [MONTHS[2]]


def test_a_marker_of_a_supplier_closes_nothing(supply):
    supply.observe()
    marker = {"period_closed": {"policy": "trial", "indicator": None, "period": None}}
    supply.put(marker, headers=((SUPPLIER_HEADER, b"gemeente-een"),))
    assert looks_of(examine(supply.lot(), PolicyState(), now_ms=0)) == []


@pytest.mark.parametrize("size", [1, 7, 20, 100])
def test_looks_are_the_same_however_the_records_are_cut(supply_of, size):
    whole, state = supply_of(), PolicyState()
    found = []
    for place in range(100):
        whole.observe(period=MONTHS[place // 15], arm=("control", "trust")[place % 2], value=place % 3 % 2, **LATE)
        if place % size == size - 1:
            found += looks_of(examine(whole.lot(), state, now_ms=0))
            state = PolicyState.decoded(state.encoded())  # as after a restart
    if whole.gathering.n_waiting:
        found += looks_of(examine(whole.lot(), state, now_ms=0))
    assert found == MONTHS[:6]
    assert (state.watches["work"].n_looks, state.watches["work"].start[""].n) == (6, 45)
    assert state.watches["work"].start[""].total == sum(place % 3 % 2 for place in range(45))


def test_a_new_version_counts_its_looks_anew_from_the_day_it_is_in_force(plan_of, supply_of):
    second = plan_of(version=2, supersedes_reason="better", effective_from="2020-03")
    supply = supply_of()
    supply.plans[second.sha256] = second
    supply.observe(period=MONTHS[0])
    supply.put({"plan_registered": {"id": "trial", "version": 2, "sha256": second.sha256}})
    supply.observe(period=MONTHS[0])
    supply.observe(period=MONTHS[2], **LATE)
    lots, _ = supply.gathering.cut()
    assert [(lot.plan.version, len(lot.rows)) for lot in lots] == [(1, 2), (2, 1)]
    state = supply.gathering.states["trial"]
    for lot in lots:
        examine(lot, state, now_ms=0)
    assert (state.version, state.watches["work"].look) == (2, MONTHS[2])
    assert state.plans == [each.sha256 for each in supply.plans.values()]


def test_the_age_of_the_last_record_is_in_looks(supply):
    supply.observe()
    lot = supply.lot()
    day_ms = 86_400_000
    examination = examine(lot, PolicyState(), now_ms=lot.last_ms + 62 * day_ms)
    (fresh,) = [each.seen["fresh"] for each in examination.figures if "fresh" in each.seen]
    assert fresh == 2.0
