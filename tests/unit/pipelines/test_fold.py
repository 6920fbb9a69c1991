"""What becomes of the records of a policy's log."""

import json

import pytest

from contracts.errors import LogBroken
from contracts.period import parse_period
from contracts.records import LogRecord
from pipelines.changes import DeliveryTally, Tally
from pipelines.fold import Partition

NOW_MS = 1_900_000_000_000
"""Some time in 2030."""


def test_a_record_before_any_plan_is_of_an_unknown_policy(log):
    assert log.observe("2020-01", policy="another") == "unknown_policy"


def test_the_same_content_again_is_a_duplicate_and_other_content_conflicts(log):
    assert log.observe("2020-01", unit=7) == "counted"
    assert log.observe("2020-01", unit=7) == "duplicate"
    assert log.observe("2020-01", unit=7, value=0) == "conflicts_with_counted"
    assert log.observe("2020-01", unit=7, region="south") == "conflicts_with_counted conflicts_with_enrolment"


def test_a_unit_counts_once_per_indicator(log):
    assert log.observe("2020-01", unit=7) == "counted"
    assert log.observe("2020-02", unit=7, indicator="debts") == "counted"


def test_the_first_observation_of_a_unit_fixes_where_it_belongs(log):
    log.observe("2020-01", unit=7)
    assert log.observe("2020-01", unit=7, indicator="debts", arm="control") == "conflicts_with_enrolment"
    assert log.observe("2020-01", unit=7, indicator="debts", groups=["parents"]) == "conflicts_with_enrolment"


def test_an_enrolment_fixes_where_a_unit_belongs_and_when_it_is_ripe(log):
    assert log.enrol(7, start="2029-12-01") == "counted"
    assert log.enrol(7, start="2029-12-01") == "duplicate"
    assert log.enrol(7, start="2029-11-01") == "conflicts_with_enrolment"
    assert log.observe("2020-01", unit=7) == "before_maturity"
    assert log.observe("2020-01", unit=7, arm="control") == "conflicts_with_enrolment before_maturity"
    assert log.enrol(8, start="2029-06-01") == "counted"
    assert log.observe("2020-01", unit=8) == "counted"


def test_an_enrolment_after_an_observation_adds_the_start(log):
    log.observe("2020-01", unit=7)
    assert log.enrol(7, start="2029-12-01") == "counted"
    assert log.observe("2020-01", unit=7, indicator="debts") == "before_maturity"


def test_a_record_of_a_later_period_closes_the_look(log):
    for period in ("2020-01", "2020-01", "2020-02", "2020-04"):
        log.observe(period)
    assert log.looks == [("work", "2020-01", 1, 2), ("work", "2020-02", 2, 1)]


def test_a_late_record_counts_in_the_open_look_until_it_is_too_late(log):
    log.observe("2020-04")
    assert log.observe("2020-02") == "counted"
    assert log.observe("2020-01") == "too_late"
    log.mark()
    assert log.looks == [("work", "2020-04", 1, 2)]


def test_a_refused_record_closes_nothing(log):
    log.observe("2020-01", unit=7)
    assert log.observe("2020-03", unit=7, value=0) == "conflicts_with_counted"
    assert log.observe("2020-03", arm="other") == "unknown_arm"
    assert log.looks == []


def test_a_marker_closes_every_indicator_in_the_plans_order(log):
    log.observe("2020-01", indicator="debts")
    log.observe("2020-02")
    assert log.mark() == "counted"
    assert log.looks == [("work", "2020-02", 1, 1), ("debts", "2020-01", 1, 1)]
    assert [each.closing for each in log.closings] == [1, 2]


def test_a_marker_for_one_indicator_and_period_closes_only_that(log):
    log.observe("2020-01", indicator="debts")
    log.observe("2020-02")
    log.mark("2020-01")
    assert log.looks == [("debts", "2020-01", 1, 1)]
    log.mark("2020-02", indicator="work")
    assert log.looks[1:] == [("work", "2020-02", 1, 1)]


def test_a_marker_without_counted_records_makes_no_look_but_moves_the_open_one(log):
    log.mark("2020-03")
    log.observe("2020-03")
    log.mark()
    assert log.looks == [("work", "2020-04", 1, 1)]
    log.mark()
    assert len(log.looks) == 1


def test_suppliers_may_not_send_markers_or_registrations(log):
    marker = {"period_closed": {"policy": "trial", "indicator": None, "period": None}}
    assert log.append(marker, ("leerlus-supplier", b"somebody")) == "not_for_suppliers"


def test_what_the_gateway_denied_is_quarantined_and_closes_nothing(log):
    denied = ("leerlus-denied", b"policy")
    enrolment = {"policy": "trial", "unit": "7" * 16, "start": "2020-01-01", "region": "north", "groups": []}
    for arm, codes in (("trust", "not_your_policy"), (7, "not_your_policy wrong_type")):
        assert log.append({"enrolment": {**enrolment, "arm": arm}}, denied) == codes
    assert log.append({"enrolment": {**enrolment, "arm": "trust"}}) == "counted"


def test_counted_looks_close_with_their_nth_observation(make):
    log = make.log(make.plan(look="P3N"))
    for unit in (1, 1, 2, 3, 4):
        log.observe("2020-01", unit=unit)
    assert log.looks == [("work", "2020-01", 1, 3)]
    log.mark()
    assert log.looks == [("work", "2020-01", 1, 3), ("work", "2020-01", 2, 1)]
    assert [each.offsets for each in log.closings] == [(1, 4), (5, 5)]


def test_a_delivery_is_told_per_policy_with_the_periods_that_were_counted(log):
    headers = (("leerlus-supplier", b"school\xff"), ("leerlus-upload", b"u-1"))
    observed = [("2020-02", 1, 1), ("2020-01", 2, 1), ("2020-01", 2, 1), ("2019-06", 3, 7)]
    values = [log.observation(period, unit=unit, value=value) for period, unit, value in observed]
    values += [{"period_closed": {"policy": "trial", "indicator": None, "period": "2030-01"}}, {"policy": "gone"}]
    records = [LogRecord(n, NOW_MS + n, b"", json.dumps(each).encode(), headers) for n, each in enumerate(values, 1)]
    unnamed = LogRecord(7, NOW_MS + 99, b"", json.dumps(log.observation("2020-03", unit=4)).encode(), headers[:1])
    log.partition.apply([*records, unnamed], log.plans)
    changes = log.partition.take_changes()
    gone, told = sorted(changes.deliveries, key=lambda each: each.policy or "")
    january, february = parse_period("2020-01"), parse_period("2020-02")
    assert told == DeliveryTally(
        "u-1", "trial", "school\ufffd", 5, 2, 1, 2, again=0, arrived_ms=NOW_MS + 5, earliest=january, latest=february
    )
    assert (gone.policy, gone.received, gone.quarantined, gone.earliest) == (None, 1, 1, None)
    assert changes.tallies["trial", "school\ufffd"] == Tally(6, 3, 1, 2)
    assert log.partition.take_changes() is None


def test_records_of_another_home_are_sent_there_and_accounted_once(plan):
    away = Partition(index=3, home=lambda _: 5, next_offset=0, ledger_key=b"key")
    value = b'{"plan_registered": {"id": "trial", "version": 1, "sha256": "%s"}}' % plan.sha256.encode()
    away.apply([LogRecord(0, None, None, value)], {plan.sha256: plan})
    changes = away.take_changes()
    assert [(each.policy, each.home) for each in changes.rerouted] == [("trial", 5)]
    assert changes.tallies == {}
    at_home = Partition(index=5, home=lambda _: 5, next_offset=0, ledger_key=b"key")
    origin = changes.rerouted[0].origin
    sent = [LogRecord(offset, None, None, value, (("leerlus-origin", origin),)) for offset in (0, 1)]
    at_home.apply(sent, {plan.sha256: plan})
    changes = at_home.take_changes()
    (tally,) = changes.tallies.values()
    assert (tally.received, tally.counted, tally.duplicate) == (1, 1, 0)


@pytest.mark.parametrize("forged", [b"", b"3:0", b"not a place", b"3:0:" + b"0" * 32, b"\xff:1:2"])
def test_an_origin_that_we_did_not_seal_hides_no_record_and_stops_nothing(plan, forged):
    partition = Partition(index=5, home=lambda _: 5, next_offset=0, ledger_key=b"key")
    value = b'{"plan_registered": {"id": "trial", "version": 1, "sha256": "%s"}}' % plan.sha256.encode()
    partition.apply([LogRecord(each, None, None, value, (("leerlus-origin", forged),)) for each in (0, 1)], {})
    (tally,) = partition.take_changes().tallies.values()
    assert tally.received == 2


def test_a_gap_in_the_log_stops_the_fold_and_earlier_records_are_skipped(plan):
    partition = Partition(next_offset=5, ledger_key=b"key")
    with pytest.raises(LogBroken, match="from offset 5"):
        partition.apply([LogRecord(6, None, None, b"{}")], {})
    assert partition.apply([LogRecord(offset, None, None, b"{}") for offset in (3, 4, 5)], {}) == 1
    assert partition.next_offset == 6
    assert partition.apply([LogRecord(4, None, None, b"{}")], {}) == 0
    with pytest.raises(LogBroken, match="without gaps"):
        partition.apply([LogRecord(offset, None, None, b"{}") for offset in (6, 8)], {})


def test_received_is_counted_plus_duplicate_plus_quarantined(log):
    outcomes = [log.observe("2020-01", unit=unit, value=value) for unit, value in ((1, 1), (1, 1), (1, 0), (2, 3))]
    assert outcomes == ["counted", "duplicate", "conflicts_with_counted", "not_binary"]


# Versions


def test_a_registration_must_name_a_stored_plan_and_the_next_version(make):
    first, third, unknown = make.plan(), make.plan(version=3), make.plan(gap=0.5)
    log = make.log(first, third)
    assert log.register(unknown) == "unknown_plan"
    assert log.register(first) == "duplicate"
    assert log.register(third) == "plan_out_of_order"


def test_a_new_version_comes_into_force_with_the_first_counted_record_of_its_time(make):
    first, second = make.plan(), make.plan(version=2, effective_from="2020-03", gap=0.7)
    log = make.log(first, second)
    log.observe("2020-02")
    log.observe("2020-02", indicator="debts")
    assert log.register(second) == "counted"
    assert log.observe("2020-02") == "counted"
    assert log.observe("2020-03", arm="other") == "unknown_arm"
    assert log.looks == []
    assert log.observe("2020-03") == "counted"
    assert log.looks == [("work", "2020-02", 1, 2), ("debts", "2020-02", 1, 1)]
    assert {each.plan_version for each in log.closings} == {1}
    assert log.observe("2020-02") == "too_late"
    log.mark()
    assert (log.closings[-1].plan_version, log.looks[-1]) == (2, ("work", "2020-03", 2, 1))


def test_unchanged_comparisons_go_on_over_versions_and_changed_ones_start_anew(make):
    first, second = make.plan(), make.plan(version=2, effective_from="2020-03", gap=0.7)
    log = make.log(first, second)

    def look(period):
        for number in range(48):
            arm, groups = ("control", "trust")[number % 2], [["parents"], []][number % 3 == 0]
            log.observe(period, arm=arm, groups=groups, value=int(number % 4 == 0))

    look("2020-01")
    log.register(second)
    look("2020-03")
    log.mark()
    rows = {(row.claim, row.indicator, row.arm, row.region, row.group): row for row in log.closings[-1].rows}
    assert rows["effect", "work", "trust", "all", "all"].n_b == 48
    assert rows["gap", "work", "all", "all", "parents"].n_b == 32
    assert rows["gap", "work", "all", "all", "parents"].plan_version == 2


def test_an_enrolment_is_held_against_the_version_of_its_start(make):
    first, second = make.plan(), make.plan(version=2, effective_from="2020-03", regions="north, south, west")
    log = make.log(first, second)
    log.observe("2020-02")
    log.register(second)
    assert log.enrol(7, region="west", start="2020-02-01") == "unknown_region"
    assert log.enrol(7, region="west", start="2020-03-01") == "counted"


def test_an_indicator_that_was_gone_begins_anew_and_is_restored_so(make):
    first = make.plan()
    second = make.plan(version=2, effective_from="2020-02", debts=False)
    third = make.plan(version=3, effective_from="2020-03")

    def rows(*, restart: bool):
        log = make.log(first, second, third)
        for plan, period in ((None, "2020-01"), (second, "2020-02"), (third, "2020-03")):
            if plan is not None:
                log.register(plan)
            for number in range(40):
                indicator = "work" if period == "2020-02" else "debts"
                log.observe(
                    period, indicator=indicator, arm=("control", "trust")[number % 2], value=int(number % 3 == 0)
                )
            if restart:
                log.restart()
        log.mark()
        return [row for closing in log.closings for row in closing.rows]

    assert rows(restart=True) == rows(restart=False)


def test_counted_looks_are_closed_by_a_marker_without_period_alone(make):
    log = make.log(make.plan(look="P3N"))
    log.observe("2020-01")
    log.mark("2020-01")
    assert log.looks == []
    log.mark()
    assert log.looks == [("work", "2020-01", 1, 1)]


def test_minus_zero_is_zero(log):
    assert log.observe("2020-01", unit=7, value=0) == "counted"
    assert log.observe("2020-01", unit=7, value=-0.0) == "duplicate"


def test_a_record_too_large_to_be_sent_on_is_quarantined_where_it_lies(log):
    assert log.observe("2020-01", remark="x" * 70_000) == "too_long"
    padding = {"period_closed": {"policy": "trial", "indicator": None, "period": None}}
    assert log.append(padding, ("x", b"y" * 70_000)) == "too_long"


def test_a_record_that_is_set_aside_is_quarantined_unread(plan):
    value = b'{"plan_registered": {"id": "trial", "version": 1, "sha256": "%s"}}' % plan.sha256.encode()
    partition = Partition(next_offset=0, ledger_key=b"key", set_aside={1})
    partition.apply([LogRecord(offset, None, None, value) for offset in range(3)], {plan.sha256: plan})
    changes = partition.take_changes()
    assert [(each.record.offset, each.reasons[0].code) for each in changes.quarantined] == [(1, "internal_error")]
    (tally,) = changes.tallies.values()
    assert (tally.received, tally.counted, tally.duplicate, tally.quarantined) == (3, 1, 1, 1)
