"""What a record keeps of the rules, seen record by record."""

import pytest

from contracts.quality import Cell


def fields_of(supply):
    return [row.fields for row in supply.lot().rows.rows]


def test_a_clean_record_keeps_every_rule_and_counts(supply):
    supply.observe()
    (row,) = supply.lot().rows.rows
    assert {row.fields[name] for name in ("readable", "known_codes", "in_time", "one_outcome")} == {True}
    assert row.fits


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"region": "atlantis"}, "known_codes"),
        ({"arm": "magic"}, "known_codes"),
        ({"groups": ["giants"]}, "known_codes"),
        ({"indicator": "happiness"}, "known_codes"),
        ({"period": "2020-03"}, "in_time"),  # begins after the day of observation
        ({"period": "2019-12"}, "in_time"),  # before the plan is in force
        ({"observed_at": "2031-01-01T00:00:00Z"}, "in_time"),
        ({"unit": "a name"}, "readable"),
        ({"region": None}, "readable"),
    ],
)
def test_a_record_that_breaks_one_rule_keeps_the_others(supply, change, broken):
    supply.observe(**change)
    (row,) = supply.lot().rows.rows
    flags = {name: row.fields[name] for name in ("readable", "known_codes", "in_time", "one_outcome")}
    assert [name for name, kept in flags.items() if not kept] == [broken]
    assert not row.fits


def test_what_a_broken_record_still_says_is_seen(supply):
    supply.observe(region=None, groups=["parents"], unit="x")
    (row,) = supply.lot().rows.rows
    assert (row.fields.get("region"), row.fields["indicator"], row.fields["value"]) == (None, "work", 1.0)
    assert row.groups == ("parents",)


def test_bytes_that_are_no_json_make_a_row_that_holds_nothing(supply):
    supply.put(b'{"policy": "trial", "indicator": "work", ')
    (fields,) = fields_of(supply)
    assert fields.get("indicator") is None
    assert fields["readable"] is False


def test_another_outcome_of_a_unit_is_a_contradiction_and_the_same_one_a_repetition(supply):
    for value in (1, 0, 1):
        supply.observe(unit="0123456789abcdef", value=value)
    rows = supply.lot().rows
    assert [rows.is_first(row) for row in rows.rows] == [True, False, False]
    assert [row.fields["one_outcome"] for row in rows.rows] == [True, False, True]


def test_units_measured_repeatedly_count_once_a_look(supply_of):
    supply = supply_of(measured="repeatedly", looks=4)
    for period in ("2020-01", "2020-01-09", "2020-02"):
        supply.observe(unit="0123456789abcdef", period=period, observed_at="2020-02-10T12:00:00Z")
    rows = supply.lot().rows
    assert [rows.is_first(row) for row in rows.rows] == [True, False, True]


def test_nothing_is_said_of_rows_that_are_set_apart(supply):
    for region in ("north", "south", "north"):
        supply.observe(region=region)
    rows = supply.lot().rows
    rows.set_apart({0, 2})
    assert (rows.columns()["region"], len(rows)) == (["south"], 1)


def test_a_record_is_in_the_cells_of_its_arm_region_and_groups_that_the_plan_knows(supply):
    supply.observe(groups=["parents", "older"], arm="trust")
    supply.observe(indicator="happiness", region="atlantis")
    rows = supply.lot().rows
    assert set(rows.cells(rows.kind(0))) == {
        Cell("work"),
        Cell("work", arm="trust"),
        Cell("work", region="north"),
        Cell("work", group="parents"),
        Cell("work", group="older"),
    }
    assert set(rows.cells(rows.kind(1))) == {Cell(), Cell(arm="control")}
