"""The figures of a look, against numbers worked out by hand."""

from math import sqrt

import pytest

from contracts.quality import Cell
from pipelines.quality_figures import figures
from pipelines.quality_looks import ClosedLook, Sums

START = {
    "": Sums(900, 450.0, 450.0),
    "arm=control": Sums(450, 225.0, 225.0),
    "arm=trust": Sums(300, 150.0, 150.0),
    "arm=guidance": Sums(150, 75.0, 75.0),
    "region=north": Sums(780, 390.0, 390.0),
    "region=south": Sums(120, 60.0, 60.0),  # 40 a look: too few to expect any
    "group=parents": Sums(300, 150.0, 150.0),
}


@pytest.fixture
def seen(plan_of):
    """Figures of the fourth look by cell and rule; a word where there is none."""

    def figures_of(cells, *, number=4, start=START, before=None, ever=None, lags=None, **changes):
        plan = plan_of(**changes)
        sums = {key: each if isinstance(each, Sums) else Sums(each, each / 2, each / 2) for key, each in cells.items()}
        closed = ClosedLook("2020-04", number, sums, start, before or {}, ever or {}, lags or {})
        found = list(figures(closed, plan.indicators[0], plan))
        return {each.cell: {**each.seen, **each.why} for each in found}, {each.cell: each.hidden for each in found}

    return figures_of


def test_a_look_is_held_against_the_mean_of_the_first_three(seen):
    found, _ = seen({"": 120, "region=north": 130})
    assert found[Cell("work")]["volume_short"] == found[Cell("work")]["volume_over"] == 120 / 300
    assert found[Cell("work", region="north")]["volume_short"] == 130 / 260
    assert found[Cell("work", region="south")]["volume_short"] == "few_expected"


def test_the_first_looks_are_not_judged_by_themselves(seen):
    found, _ = seen({"": 120}, number=3)
    assert set(found[Cell("work")].values()) == {"reference"}
    assert set(found[Cell("work", group="parents")].values()) == {"reference"}


def test_the_plan_says_what_to_expect_where_units_are_measured_repeatedly(seen):
    arms = {"reference": "control", "watched": ["trust"], "planned": {"control": 100, "trust": 100}}
    found, _ = seen({"": 150, "arm=trust": 115}, number=1, start={}, arms=arms, measured="repeatedly", looks=6)
    assert found[Cell("work")]["volume_short"] == 0.75
    assert found[Cell("work", arm="trust")]["planned"] == 1.15
    assert found[Cell("work", arm="trust")]["delay"] == "nothing_is_late"


def test_an_arm_is_held_against_the_units_that_the_plan_names(seen):
    arms = {"reference": "control", "watched": ["trust"], "planned": {"control": 200, "trust": 100}}
    found, _ = seen({"arm=trust": 10}, ever={"control": 190, "trust": 120}, arms=arms)
    assert found[Cell("work", arm="control")]["planned"] == 0.95
    assert found[Cell("work", arm="trust")]["planned"] == 1.2
    without, _ = seen({"arm=trust": 10})
    assert without[Cell("work", arm="trust")]["planned"] == "not_planned"


def test_a_cell_without_records_is_not_covered_where_some_were_to_be_expected(seen):
    found, _ = seen({"": 300, "arm=control": 150, "group=parents": 100, "region=north": 300})
    assert found[Cell("work", arm="control")]["coverage"] == 1.0
    assert found[Cell("work", arm="trust")]["coverage"] == 0.0
    assert found[Cell("work", region="south")]["coverage"] == "few_expected"
    assert found[Cell("work", group="older")]["coverage"] == "few_expected"


def test_a_mean_drifts_by_relevant_differences_or_by_standard_errors_whichever_is_less(seen):
    now = Sums(400, 260.0, 260.0)  # 65 % where it was 50 %
    error = sqrt(0.65 * 0.35 / 400 + 0.5 * 0.5 / 900)
    found, hidden = seen({"": now, "arm=trust": Sums(99, 60.0, 60.0)})
    assert found[Cell("work")]["value_drift"] == pytest.approx(min(0.15 / 0.05, 0.15 / (3 * error)))
    assert found[Cell("work", arm="trust")]["value_drift"] == "few_records"
    assert hidden[Cell("work")] == set()
    same, _ = seen({"": 400})
    assert same[Cell("work")]["value_drift"] == 0.0


def test_a_drift_that_would_give_few_people_away_is_hidden(seen):
    _, hidden = seen({"": Sums(400, 9.0, 9.0), "group=parents": 9})
    assert hidden[Cell("work")] == {"value_drift"}
    assert hidden[Cell("work", group="parents")] == {"share_drift"}


def test_the_time_before_the_policy_is_the_reference_where_there_is_one(seen):
    before = {"": Sums(500, 300.0, 300.0), "group=parents": Sums(100, 50.0, 50.0)}
    found, _ = seen({"": 400, "group=parents": 80}, number=1, start={}, before=before)
    error = sqrt(0.25 / 400 + 0.6 * 0.4 / 500)
    assert found[Cell("work")]["value_drift"] == pytest.approx(min(0.1 / 0.05, 0.1 / (3 * error)))
    assert found[Cell("work", group="parents")]["share_drift"] == 0.0


def test_a_share_of_people_drifts_by_points_or_by_standard_errors_whichever_is_less(seen):
    found, _ = seen({"": 300, "group=parents": 160})
    together = 460 / 1200
    error = sqrt(together * (1 - together) * (1 / 300 + 1 / 900))
    moved = 160 / 300 - 1 / 3
    assert found[Cell("work", group="parents")]["share_drift"] == pytest.approx(min(moved / 0.05, moved / (3 * error)))


def test_an_arm_that_is_reported_later_than_the_reference_is_seen_after_two_periods(seen):
    lags = {f"2020-0{month}": {0: {"control": 100, "trust": 20, "guidance": 100}, 1: {"trust": 80}} for month in (1, 2)}
    found, _ = seen({"": 300}, lags=lags)
    assert found[Cell("work", arm="trust")]["delay"] == pytest.approx(0.8 / 0.25)  # the evidence is far beyond
    assert found[Cell("work", arm="guidance")]["delay"] == 0.0
    assert "delay" not in found[Cell("work", arm="control")]
    early, _ = seen({"": 300}, lags={"2020-01": lags["2020-01"]})
    assert early[Cell("work", arm="trust")]["delay"] == "few_records"


def test_looks_that_count_records_have_no_volume_and_no_delay(seen):
    found, _ = seen({"": 300}, look="P300N", lateness=...)
    assert found[Cell("work")]["volume_short"] == "counts_records"
    assert found[Cell("work", arm="trust")]["delay"] == "nothing_is_late"
