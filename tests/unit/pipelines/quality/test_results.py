"""What checks mean: failed, could not run and not applicable apart, small counts held back, pauses without flapping."""

from contracts.expectations import Check
from contracts.quality import Cell, QualityResult, Series
from pipelines.quality_pauses import moved
from pipelines.quality_results import record_results
from pipelines.quality_state import PolicyState, Share


def outcomes(conclusion, rule):
    return {each.series.cell: each.outcome for each in conclusion.results if each.rule == rule}


def test_a_share_above_the_bound_fails_in_the_cells_where_it_is_and_nowhere_else(supply, concluded):
    supply.observe(100)
    supply.observe(100, region="south", groups=["parents"])
    found = outcomes(concluded(supply.lot(), PolicyState(), complete=range(100, 103)), "complete")
    assert found == {
        Cell("work"): "passed",  # 1.5 %
        Cell("work", arm="control"): "passed",
        Cell("work", region="north"): "passed",
        Cell("work", region="south"): "failed",  # 3 %
        Cell("work", group="parents"): "failed",
    }


def test_few_records_wait_until_there_are_enough(supply, concluded):
    state = PolicyState()
    for n, expected in ((30, "not_applicable"), (15, "not_applicable"), (5, "failed"), (30, "not_applicable")):
        supply.observe(n)
        found = concluded(supply.lot(), state, complete=range(2))
        assert outcomes(found, "complete")[Cell("work")] == expected
    assert state.shares["complete|work|all|all|all"].n == 30


def test_a_count_below_the_smallest_cell_is_never_told(supply, concluded):
    supply.observe(103)
    few = concluded(supply.lot(), PolicyState(), complete=range(9))
    (whole,) = [each for each in few.results if each.series == Series("complete", Cell("work"))]
    assert (whole.outcome, whole.figure, whole.n) == ("failed", None, 105)
    supply.observe(100)
    enough = concluded(supply.lot(), PolicyState(), complete=range(10))
    (whole,) = [each for each in enough.results if each.series == Series("complete", Cell("work"))]
    assert (whole.outcome, whole.figure, whole.n) == ("failed", 0.1, 100)


def test_a_plan_with_larger_cells_waits_longer(supply_of, concluded):
    supply = supply_of(disclosure={"minimum_cell": 80, "round_to": 5})
    supply.observe(79)
    assert outcomes(concluded(supply.lot(), PolicyState()), "complete")[Cell("work")] == "not_applicable"


def test_what_broke_inside_the_check_is_no_failure_and_no_pass(supply, plan_of):
    supply.observe(60)
    checks = [Check("complete", "region", (), "no such column"), Check("complete", "unit", (1, 2, 3), None)]
    (result,) = record_results(supply.lot().rows, checks, {}, plan=plan_of())
    assert (result.outcome, result.why, result.series.cell) == ("could_not_run", "no such column", Cell())


def test_failures_of_a_record_in_two_fields_count_once(supply, plan_of):
    supply.observe(50)
    shares = {"complete|work|all|all|all": Share()}
    checks = [Check("complete", "region", (0,), None), Check("complete", "unit", (0,), None)]
    results = list(record_results(supply.lot().rows, checks, shares, plan=plan_of()))
    assert {each.outcome for each in results} == {"passed"}  # one of fifty is two per cent, which may be


def test_unread_records_fail_for_everything_and_a_known_indicator_for_itself(supply, concluded):
    supply.observe(100)
    for _ in range(10):
        supply.put(b'{"policy": "trial"')
    found = outcomes(concluded(supply.lot(), PolicyState(), readable=range(100, 110)), "readable")
    assert found == {Cell(): "failed", Cell("work"): "passed"}


def test_what_passes_again_is_told_once(supply, concluded):
    state = PolicyState()
    told = []
    for failing in ((0, 1, 2), (), ()):
        supply.observe(60, region="south")
        found = concluded(supply.lot(), state, complete=failing)
        told.append({each.outcome for each in found.told if each.region == "south"})
    assert told == [{"failed"}, {"passed"}, set()]


# Pauses


def result(outcome, *, rule="complete", severity="critical", **cell):
    return QualityResult(rule=rule, severity=severity, outcome=outcome, **{"indicator": "work", **cell})


def history(*outcomes_in_order):
    """What each judgement begins (+) and ends (-)."""
    passes, changes = {}, []
    for outcome in outcomes_in_order:
        begun, ended = moved([result(outcome)], passes)
        changes.append("+" * len(begun) + "-" * len(ended))
    return changes


def test_a_pause_begins_at_once_and_ends_after_two_passes_in_a_row():
    assert history("failed", "passed", "passed", "passed") == ["+", "", "-", ""]


def test_a_batch_that_wobbles_flips_nothing():
    assert history("failed", "passed", "failed", "passed", "failed", "passed", "passed") == ["+", *[""] * 5, "-"]


def test_what_could_not_be_judged_changes_nothing():
    assert history("could_not_run", "failed", "passed", "not_applicable", "could_not_run", "passed") == [
        *["", "+", "", "", "", "-"]
    ]


def test_a_warning_pauses_nothing():
    assert moved([result("failed", severity="warning")], {}) == ((), ())


def test_what_is_paused_as_a_whole_is_not_paused_in_its_parts():
    results = [result("failed", region="south"), result("failed"), result("failed", region="north", rule="coverage")]
    begun, _ = moved(results, {})
    assert set(begun) == {Series("complete", Cell("work")), Series("coverage", Cell("work", region="north"))}


def test_a_part_that_was_paused_first_keeps_its_own_pause():
    passes = {}
    moved([result("failed", region="south")], passes)
    begun, _ = moved([result("failed"), result("failed", region="south")], passes)
    assert begun == (Series("complete", Cell("work")),)
    assert len(passes) == 2
