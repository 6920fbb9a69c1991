from dataclasses import replace

import pytest
from msgspec.structs import replace as replace_fields

from services.console.board import MOST_PLACES, group_board, place_board
from services.console.figures import Mark
from services.console.names import Names
from services.console.selection import select


@pytest.fixture(scope="module")
def effects(plan, make_row):
    """Rows of the effect of one arm on one indicator, by group, with their differences."""

    def made(differences, **changes):
        return [
            make_row(
                group=group,
                difference=difference,
                difference_lower=difference - 0.05,
                difference_upper=difference + 0.05,
                **changes.get(group, {}),
            )
            for group, difference in differences.items()
        ]

    return made


@pytest.fixture(scope="module")
def board(plan):
    """Function from rows to the board of groups."""

    def made(rows, **asked):
        return group_board(select(plan, **asked), rows, Names(plan, "nl"))

    return made


DIFFERENCES = {"single_parent": 0.01, "low_education": -0.09, "under_27": 0.08, "health": -0.02, "all": 0.02}


def test_the_worst_off_group_comes_first_and_everyone_together_is_apart(board, effects):
    found = board(effects(DIFFERENCES))
    assert [line.id for line in found.lines] == ["low_education", "health", "single_parent", "under_27"]
    assert found.everyone.id == "all"


def test_a_certain_finding_comes_before_a_larger_one_that_is_not(board, effects):
    found = board(effects(DIFFERENCES, health={"stands": "worse", "state": "standing"}))
    assert found.lines[0].id == "health"
    assert found.n_worse == 1


def test_groups_can_be_ordered_by_name_or_by_people(board, effects):
    rows = effects(DIFFERENCES, health={"n_b": 900, "k_b": 200})
    assert [line.id for line in board(rows, order="naam").lines] == [
        "single_parent",
        "health",
        "under_27",
        "low_education",
    ]
    assert board(rows, order="aantal").lines[0].id == "health"


def test_every_group_has_a_cell_for_every_indicator_even_without_evidence(board, effects):
    found = board(effects(DIFFERENCES))
    assert all(len(line.cells) == 3 for line in (*found.lines, found.everyone))
    assert [cell.figure.mark for cell in found.everyone.cells] == [Mark.NO_DIFFERENCE, Mark.TOO_EARLY, Mark.TOO_EARLY]


def test_a_board_before_the_first_look_is_empty(board):
    assert board([]).is_empty
    assert not board([]).average_hides
    assert [line.people for line in board([]).lines] == [None] * 4


def test_the_average_hides_who_is_worse_off(board, effects):
    worse = {"low_education": {"stands": "worse", "state": "standing"}}
    assert board(effects(DIFFERENCES, **worse)).average_hides
    assert not board(effects({**DIFFERENCES, "all": -0.2}, **worse)).average_hides


def test_the_triangle_is_everyone_together_turned_so_that_left_is_worse(board, effects):
    cell = board(effects(DIFFERENCES)).lines[0].cells[0]
    assert cell.bar.everyone == pytest.approx(0.02)
    arrears = [replace_fields(row, indicator="arrears") for row in effects(DIFFERENCES)]
    turned = board(arrears).lines[0].cells[1]
    assert turned.bar.everyone == pytest.approx(-0.02)
    assert turned.bar.lower < turned.bar.estimate < turned.bar.upper


def test_people_of_an_effect_are_both_sides_rounded_and_of_a_gap_the_group(board, make_row):
    assert board([make_row(n_a=303, n_b=301)]).lines[0].people == 605
    gaps = board([make_row(claim="gap", arm="all", n_a=900, k_a=200, n_b=301)], arm="all")
    assert gaps.lines[0].people == 300


def test_a_group_of_which_too_few_are_known_shows_no_number_of_people(board, make_row):
    found = board([make_row(group="under_27", n_a=4, k_a=1, n_b=3, k_b=1, state="too_early")])
    line = next(line for line in found.lines if line.id == "under_27")
    assert line.people is None
    assert not line.is_readable


def test_where_groups_are_compared_with_the_rest_everyone_has_a_share_and_no_judgement(board, make_row):
    found = board([make_row(claim="gap", arm="all", n_a=900, k_a=225, n_b=300, k_b=60)], arm="all")
    assert [line.id for line in found.lines] == ["single_parent", "low_education", "health"]
    cell = found.everyone.cells[0]
    assert cell.figure is None
    assert cell.share == 0.237
    assert found.everyone.people == 1200


def test_a_share_of_everyone_is_not_told_where_a_cell_is_small(board, make_row):
    found = board([make_row(claim="gap", arm="all", n_a=900, k_a=225, n_b=300, k_b=4)], arm="all")
    assert found.everyone.cells[0].share is None
    assert found.everyone.people is None


def test_regions_stand_beside_each_other_the_worst_first(plan, make_row):
    rows = [
        make_row(group="all", region=region, difference=difference, difference_lower=-0.3, difference_upper=0.3)
        for region, difference in {"all": 0.0, "GM0014": 0.01, "GM0344": -0.07, "GM0855": -0.02}.items()
    ]
    found = place_board(select(plan), rows)
    assert [line.id for line in found.lines] == ["GM0344", "GM0855", "GM0014"]
    assert found.everyone.id == "all"
    assert found.left_out == 0
    assert not found.compares_groups


def test_with_several_groups_the_columns_of_the_regions_are_groups(plan, make_row):
    found = place_board(select(plan, arm="all"), [make_row(claim="gap", arm="all")])
    assert found.compares_groups
    assert [column.group for column in found.columns] == ["single_parent", "low_education", "health"]


def test_of_many_regions_only_the_worst_are_shown(plan, make_row):
    many = tuple(f"GM{number:04}" for number in range(MOST_PLACES + 5))
    wide = _with_regions(plan, many)
    found = place_board(select(wide), [make_row(group="all", region=region) for region in ("all", *many)])
    assert len(found.lines) == MOST_PLACES
    assert found.left_out == 5


def _with_regions(plan, regions):
    areas = replace(plan.choices.areas, here=regions)
    return replace(plan, choices=replace(plan.choices, areas=areas))
