"""A goal that is not reached is named, and ends the benchmark with 1."""

from benchmarks.goals import Goal, judge


def test_goals_that_are_reached_end_with_0(capsys):
    assert judge([Goal("delay", 1.1, 1.2), Goal("power", 0.95, 0.95, is_floor=True)]) == 0
    assert capsys.readouterr().err == ""


def test_a_missed_goal_is_named_and_ends_with_1(capsys):
    assert judge([Goal("delay", 1.3, 1.2), Goal("power", 0.9, 0.95, is_floor=True)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "goal not reached: delay: 1.3, goal at most 1.2",
        "goal not reached: power: 0.9, goal at least 0.95",
    ]
